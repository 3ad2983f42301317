import StrataBase
import StrataWire

/// IPv6 and the control messages on it. Their checksums are those between fe80::1 and fe80::2.
extension WireFormat {
  /// The pseudo header's sum for a control message of the vectors.
  public static func pseudo6(count: Int) -> UInt64 {
    PseudoHeader.sum(
      source: Address("fe80::1")!, destination: Address("fe80::2")!, protocol: .icmpv6, count: count)
  }

  private static func written(_ count: Int, _ emit: (inout MutableRawSpan) -> Void) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xaa, count: count)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    emit(&out)
    return bytes
  }

  public static let ipv6 = WireFormat(
    name: "ipv6",
    vectors: [
      Vector(
        "a UDP packet with a flow label",
        """
        6b11234500081140 20010db8000000000000000000000001 20010db8000000000000000000000002
        000100020008ebd8
        """),
      Vector(
        "no payload", "6000000000003b01 fe800000000000000000000000000001 ff020000000000000000000000000001"),
      Vector(
        "hop-by-hop with a router alert, then a listener report",
        """
        6000000000100001 fe800000000000000000000000000001 ff020000000000000000000000000016
        3a00050200000100 8f00000000000000
        """),
      Vector(
        "destination options, routing without segments left, the first fragment",
        """
        6000000000203c40 fe800000000000000000000000000001 fe800000000000000000000000000002
        2b001e0411223344 2c00fd0000000000 1100000112345678 000100020008ebd8
        """),
      Vector(
        "the last fragment",
        """
        6000000000102c40 fe800000000000000000000000000001 fe800000000000000000000000000002
        1100059012345678 0102030405060708
        """),
      Vector(
        "an option that must be known, and a routing header with a segment left",
        """
        6000000000103c40 fe800000000000000000000000000001 fe800000000000000000000000000002
        2b00c20411223344 2c00000100000000
        """),
    ],
    describe: { raw throws(WireError) in
      let view = try IPv6View(raw)
      do throws(IPv6Refusal) {
        let walk = try IPv6ExtensionsView(view.raw)
        return "\(view.description) \(walk.description) \(walk.fragmentName) \(walk.payload.byteCount)"
      } catch {
        return "\(view.description) \(error)"
      }
    },
    rewrite: { raw throws(WireError) in
      let view = try IPv6View(raw)
      let payload = view.payload.array
      let (source, destination, next) = (view.source, view.destination, view.nextHeader)
      let (hopLimit, trafficClass, flowLabel) = (view.hopLimit, view.trafficClass, view.flowLabel)
      return written(IPv6Header.count + payload.count) { out in
        IPv6Header.emit(
          &out, at: 0, source: source, destination: destination, nextHeader: next,
          payloadCount: payload.count, hopLimit: hopLimit, trafficClass: trafficClass, flowLabel: flowLabel)
        out.set(payload.span.bytes, at: IPv6Header.count)
      }
    })

  public static let icmpv6 = WireFormat(
    name: "icmpv6",
    vectors: [
      Vector(
        "an echo request",
        "8000909300010002 101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"),
      Vector("an echo reply with an odd body", "8100ae4d00010002 6f6464"),
      Vector("port unreachable", "0104a75300000000" + quoted),
      Vector("packet too big", "0200a15700000500" + quoted),
      Vector("time exceeded", "0300a55700000000" + quoted),
      Vector("an unknown option", "0402a42b0000002a" + quoted),
    ],
    describe: { raw throws(WireError) in
      let view = try ICMPv6View(raw)
      return "\(view.description) \(view.checksumIsRight(pseudo: pseudo6(count: raw.byteCount)))"
    },
    rewrite: { raw throws(WireError) in
      let view = try ICMPv6View(raw)
      let body = view.body.array
      let (type, code, rest) = (view.type, view.code, view.rest)
      return written(ICMPv6Header.count + body.count) { out in
        ICMPv6Header.emit(
          &out, at: 0, type: type, code: code, rest: rest, body: body.span.bytes,
          pseudo: pseudo6(count: ICMPv6Header.count + body.count))
      }
    })

  /// The beginning of a datagram from fe80::2 to fe80::1.
  private static let quoted =
    "6000000000081140 fe800000000000000000000000000002 fe800000000000000000000000000001 000100020008ebd8"

  public static let ndp = WireFormat(
    name: "ndp",
    vectors: [
      Vector("a router solicitation", "85007aae00000000 0101020000000001"),
      Vector("one from nobody yet", "85007db800000000"),
      Vector(
        "a router advertisement with prefix and MTU",
        """
        8600e33840c00708 00007530000003e8 0101020000000001 05010000000005dc
        030440c0000151800000384000000000fd000001000000000000000000000000
        """),
      Vector(
        "a neighbour solicitation",
        "87007a1b00000000 fe800000000000000000000000000002 0101020000000001"),
      Vector("whether an address is free", "87007ea500000000 fd000000000000000000000000000002"),
      Vector(
        "a neighbour advertisement",
        "8800981be0000000 fe800000000000000000000000000001 0201020000000001"),
      Vector(
        "a redirect",
        """
        8900494a00000000 fe800000000000000000000000000009 20010db8000000000000000000000001
        0201020000000001
        """),
      Vector(
        "an option that is not read here",
        "8800451120000000 fe800000000000000000000000000001 0e01010203040506", isCanonical: false),
    ],
    describe: { raw throws(WireError) in
      let view = try NDPView(raw)
      let message = try ICMPv6View(raw)
      return "\(view.description) \(message.checksumIsRight(pseudo: pseudo6(count: raw.byteCount)))"
    },
    rewrite: { raw throws(WireError) in try rewritten(NDPView(raw)) })

  private static func rewritten(_ view: borrowing NDPView) -> [UInt8] {
    var options: [NDPOption] = []
    var at = view.headerCount
    while let option = view.option(at: &at) { options.append(option) }
    let most = view.raw.byteCount
    var bytes = [UInt8](repeating: 0, count: most)
    var count = view.headerCount
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    switch view.type {
    case .routerSolicitation: NDPHeader.emitRouterSolicitation(&out, at: 0)
    case .routerAdvertisement:
      NDPHeader.emitRouterAdvertisement(
        &out, at: 0, hopLimit: view.hopLimit, isManaged: view.isManaged,
        hasOtherSettings: view.hasOtherSettings, lifetime: view.routerLifetime,
        reachableTime: view.reachableTime, retransmissionTime: view.retransmissionTime)
    case .neighbourSolicitation: NDPHeader.emitNeighbourSolicitation(&out, at: 0, target: view.target)
    case .neighbourAdvertisement:
      NDPHeader.emitNeighbourAdvertisement(
        &out, at: 0, target: view.target, isRouter: view.isRouter, isSolicited: view.isSolicited,
        overrides: view.overrides)
    default: NDPHeader.emitRedirect(&out, at: 0, target: view.target, destination: view.destination)
    }
    for option in options { count += NDPHeader.emit(option, &out, at: count) }
    ICMPv6Header.seal(&out, at: 0, count: count, pseudo: pseudo6(count: count))
    return Array(bytes[..<count])
  }

  public static let mldQuery = WireFormat(
    name: "mld query",
    vectors: [
      Vector("to all", "8200571727100000 00000000000000000000000000000000 027d0000"),
      Vector(
        "of version 1, about one group", "8200599a27100000 ff0200000000000000000000000000fb",
        isCanonical: false),
      Vector(
        "with a source and a long time",
        "8200f87f87100000 ff0200000000000000000000000000fb 027d0001 fe800000000000000000000000000007",
        isCanonical: false),
    ],
    describe: { raw throws(WireError) in
      let view = try MLDQueryView(raw)
      let message = try ICMPv6View(raw)
      return "\(view.description) \(message.checksumIsRight(pseudo: pseudo6(count: raw.byteCount)))"
    },
    rewrite: { raw throws(WireError) in
      let view = try MLDQueryView(raw)
      let group = view.group, time = UInt16(min(view.maximumResponse, 32_767))
      return written(MLDHeader.queryCount) { out in
        MLDHeader.emitQuery(&out, at: 0, group: group, maximumResponse: time)
        ICMPv6Header.seal(
          &out, at: 0, count: MLDHeader.queryCount, pseudo: pseudo6(count: MLDHeader.queryCount))
      }
    })

  public static let mldReport = WireFormat(
    name: "mld report",
    vectors: [
      Vector(
        "a group joined, another left",
        """
        8f006e8a00000002 04000000ff0200000000000000000001ff000001
        03000000ff0200000000000000000000000000fb
        """),
      Vector(
        "a source blocked",
        "8f00409400000001 06000001ff3e000000000000000000000000000520010db8000000000000000000000001",
        isCanonical: false),
    ],
    describe: { raw throws(WireError) in
      let view = try MLDReportView(raw)
      let message = try ICMPv6View(raw)
      return "\(view.description) \(message.checksumIsRight(pseudo: pseudo6(count: raw.byteCount)))"
    },
    rewrite: { raw throws(WireError) in
      let view = try MLDReportView(raw)
      var records: [(GroupRecordType, Address)] = []
      var at = MLDHeader.reportCount
      for _ in 0..<view.recordCount {
        guard let record = view.record(at: &at) else { break }
        if let type = record.type { records.append((type, record.group)) }
      }
      let count = MLDHeader.reportCount + records.count * MLDHeader.recordCount
      return written(count) { out in
        MLDHeader.emitReport(&out, at: 0, records: records.count)
        for (index, (type, group)) in records.enumerated() {
          MLDHeader.emitRecord(
            &out, at: MLDHeader.reportCount + index * MLDHeader.recordCount, type, group)
        }
        ICMPv6Header.seal(&out, at: 0, count: count, pseudo: pseudo6(count: count))
      }
    })
}
