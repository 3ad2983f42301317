import StrataBase
import StrataWire

/// The formats of the transport layer. Their checksums are those between 10.0.0.1 and 10.0.0.2.
extension WireFormat {
  /// The pseudo header's sum for a segment or datagram of the vectors.
  public static func pseudo(_ protocol: IPProtocol, count: Int) -> UInt64 {
    PseudoHeader.sum(
      source: Address(v4: 0x0a00_0001), destination: Address(v4: 0x0a00_0002), protocol: `protocol`,
      count: count)
  }

  public static let udp = WireFormat(
    name: "udp",
    vectors: [
      Vector(
        "a DNS query",
        "14e9003500297 9eb 12340100000100000000000003777777076578616d706c6503636f6d0000010001"),
      Vector("no checksum", "00010002000b0000 616263", isCanonical: false),
      Vector("a sum of zero, sent as all ones", "00070009000affff ebc7"),
    ],
    describe: { raw throws(WireError) in
      let view = try UDPView(raw)
      let isRight = view.checksumIsRight(pseudo: pseudo(.udp, count: view.raw.byteCount))
      return "\(view.description) \(view.hasChecksum) \(isRight)"
    },
    rewrite: { raw throws(WireError) in
      let view = try UDPView(raw)
      let total = UDPHeader.count + view.payload.byteCount
      var bytes = [UInt8](repeating: 0xaa, count: total)
      var span = bytes.mutableSpan
      var out = span.mutableBytes
      UDPHeader.emit(
        &out, at: 0, sourcePort: view.sourcePort, destinationPort: view.destinationPort,
        payloadCount: view.payload.byteCount, pseudo: pseudo(.udp, count: total),
        payloadSum: Checksum.sum(view.payload))
      out.set(view.payload, at: UDPHeader.count)
      return bytes
    })

  public static let tcp = WireFormat(
    name: "tcp",
    vectors: [
      Vector(
        "a SYN as Linux sends it",
        "c00000501122334400000000a002faf0306e0000 020405b4 0402080a000003e800000000 01030307"),
      Vector(
        "a SYN-ACK without timestamps",
        "c0000050fffffff0112233458012ffff564f0000 020405b4 01010402 0103030e"),
      Vector("a bare ACK", "c000005011223345fffffff1501001f695320000"),
      Vector(
        "data with timestamps",
        """
        c000005011223345fffffff1801801f6792a0000 0101080a000003e90000004d
        474554202f20485454502f312e310d0a0d0a
        """),
      Vector(
        "timestamps and three SACK blocks",
        """
        c00000500000000500000064f01003e81d450000 0101080a0000000900000008
        0101051a 000000c80000012c 00000190000001f4 00000258000002bc
        """),
      Vector(
        "four SACK blocks",
        """
        c00000500000000500000064e01003e8365b0000
        01010522 000000c80000012c 00000190000001f4 00000258000002bc fffffffe00000003
        """),
      Vector(
        "every flag, user timeout, an urgent byte",
        "c0000050000000070000000861f100002c820001 1c048005 01"),
      Vector("a reset", "c0000050000000010000000050040000db8c0000"),
      Vector(
        "an option that is not read here",
        "c0000050000000010000000090c203e8609c0000 02040218 220a0102030405060708 0000", isCanonical: false),
    ],
    describe: { raw throws(WireError) in
      let view = try TCPView(raw)
      let isRight = view.checksumIsRight(pseudo: pseudo(.tcp, count: raw.byteCount))
      return "\(view.description) \(isRight)"
    },
    rewrite: { raw throws(WireError) in
      let view = try TCPView(raw)
      var options = TCPOptions.parse(view)
      options.isMalformed = false
      let headerCount = TCPHeader.count + options.encodedCount
      var bytes = [UInt8](repeating: 0xaa, count: headerCount + view.payloadCount)
      var span = bytes.mutableSpan
      var out = span.mutableBytes
      var sum = TCPHeader.emit(
        &out, at: 0, ports: view.ports, sequence: view.sequence, acknowledgment: view.acknowledgment,
        flags: view.flags, window: view.window, headerCount: headerCount)
      sum &+= options.emit(&out, at: TCPHeader.count)
      if view.flags.contains(.urg) { sum &+= TCPHeader.setUrgentPointer(&out, at: 0, view.urgentPointer) }
      out.set(view.payload, at: headerCount)
      sum &+= pseudo(.tcp, count: headerCount + view.payloadCount) &+ Checksum.sum(view.payload)
      TCPHeader.setChecksum(&out, at: 0, sum: sum)
      return bytes
    })
}
