import StrataBase
import StrataWire

/// Tags, group membership and host configuration.
extension WireFormat {
  public static let vlan = WireFormat(
    name: "vlan",
    vectors: [
      Vector("an IPv4 packet in network 5", "0005 0800 4500"),
      Vector("everything set", "ffff 86dd 60"),
    ],
    describe: { raw throws(WireError) in try VLANView(raw).description },
    rewrite: { raw throws(WireError) in
      let view = try VLANView(raw)
      var bytes = [UInt8](repeating: 0xaa, count: VLANHeader.count + view.payload.byteCount)
      var span = bytes.mutableSpan
      var out = span.mutableBytes
      VLANHeader.emit(
        &out, at: 0, number: view.number, priority: view.priority, isDropEligible: view.isDropEligible,
        type: view.type)
      out.set(view.payload, at: VLANHeader.count)
      return bytes
    })

  public static let igmp = WireFormat(
    name: "igmp",
    vectors: [
      Vector("a general query", "1164ec1e00000000 027d0000"),
      Vector("a query for one group and source", "118fe94def010203 0a140001 0a000009"),
      Vector("a general query of version 2", "1164ee9b00000000"),
      Vector("a report of version 2", "1600f8faef010203"),
      Vector("a report", "2200f4f200000002 04000000ef010203 03000000ef010204"),
      Vector("a record with a source and more", "2200435100000001 02010001ef010203 0a000009deadbeef"),
    ],
    describe: { raw throws(WireError) in
      let view = try IGMPView(raw)
      return "\(view.description) \(view.checksumIsRight) \(view.maximumResponse)"
    },
    rewrite: { raw throws(WireError) in
      let view = try IGMPView(raw)
      var bytes = [UInt8](repeating: 0xaa, count: IGMPHeader.count + view.body.byteCount)
      var span = bytes.mutableSpan
      var out = span.mutableBytes
      out.set(view.body, at: IGMPHeader.count)
      IGMPHeader.emit(
        &out, at: 0, type: view.type, code: view.code, rest: view.rest, bodyCount: view.body.byteCount)
      return bytes
    })

  /// The fixed part of a message from 02:00:00:00:00:01, between its first twelve bytes and its options.
  private static let dhcpMiddle =
    "00000000 00000000 020000000001" + String(repeating: "00", count: 10 + 64 + 128) + "63825363"

  public static let dhcp = WireFormat(
    name: "dhcp",
    vectors: [
      Vector(
        "a discover as it is sent here",
        "01010600 01020304 00058000 00000000 00000000" + dhcpMiddle + "350101 3707010306 0f3a3b79 ff",
        isCanonical: false),
      Vector(
        "an acknowledgment with padding behind",
        "02010600 01020304 00000000 00000000 0a000064" + dhcpMiddle
          + "350105 36040a000001 330400000e10 0104ffffff00 03040a000001 7908 18c0a80a0a000002 ff 0000",
        isCanonical: false),
    ],
    describe: { raw throws(WireError) in
      let view = try DHCPView(raw)
      let lease = view.number(.leaseTime) ?? 0
      return "\(view.description) \(lease) \(view.address(.router)?.description ?? "")"
    },
    rewrite: { raw throws(WireError) in
      let view = try DHCPView(raw)
      var bytes = [UInt8](repeating: 0, count: DHCPHeader.count + view.optionsCount)
      var span = bytes.mutableSpan
      var out = span.mutableBytes
      DHCPHeader.emit(
        &out, at: 0, isReply: view.isReply, transaction: view.transaction, seconds: view.seconds,
        wantsBroadcast: view.wantsBroadcast, client: view.client, yours: view.yours, hardware: view.hardware)
      let options = DHCPHeader.count..<(DHCPHeader.count + view.optionsCount)
      out.set(raw.extracting(options), at: DHCPHeader.count)
      return bytes
    })
}
