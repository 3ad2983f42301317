import StrataBase
import StrataWire

/// The formats below the transport layer.
extension WireFormat {
  public static let ethernet = WireFormat(
    name: "ethernet",
    vectors: [
      Vector("an IPv4 frame", "020000000002 020000000001 0800 4500"),
      Vector("a frame without payload", "ffffffffffff 020000000001 0806"),
      Vector("a length instead of a type", "01005e000001 020000000001 0003 424203"),
    ],
    describe: { raw throws(WireError) in try EthernetView(raw).description },
    rewrite: { raw throws(WireError) in
      let view = try EthernetView(raw)
      var bytes = [UInt8](repeating: 0xaa, count: EthernetHeader.count + view.payload.byteCount)
      var span = bytes.mutableSpan
      var out = span.mutableBytes
      EthernetHeader.emit(&out, at: 0, to: view.destination, from: view.source, type: view.type)
      out.set(view.payload, at: EthernetHeader.count)
      return bytes
    })

  public static let arp = WireFormat(
    name: "arp",
    vectors: [
      Vector("a request", "0001 0800 06 04 0001 020000000001 0a000001 000000000000 0a000002"),
      Vector("a reply", "0001 0800 06 04 0002 020000000002 0a000002 020000000001 0a000001"),
    ],
    describe: { raw throws(WireError) in try ARPView(raw).description },
    rewrite: { raw throws(WireError) in
      let view = try ARPView(raw)
      var bytes = [UInt8](repeating: 0xaa, count: ARPHeader.count)
      var span = bytes.mutableSpan
      var out = span.mutableBytes
      ARPHeader.emit(
        &out, at: 0, operation: view.operation, senderHardware: view.senderHardware,
        senderAddress: view.senderAddress, targetHardware: view.targetHardware,
        targetAddress: view.targetAddress)
      return bytes
    })

  public static let ipv4 = WireFormat(
    name: "ipv4",
    vectors: [
      Vector(
        "a TCP packet",
        """
        4500004600014000400626af0a0000010a000002 c000005011223345fffffff1801801f6792a0000
        0101080a000003e90000004d 474554202f20485454502f312e310d0a0d0a
        """),
      Vector(
        "a fragment", "45b80024beef20b90111c5660a0000010a000002 000102030405060708090a0b0c0d0e0f"),
      Vector("no payload", "45000014000000004011f8c0c0a80001c0a800c7"),
      Vector(
        "router alert", "4600002000014000400191d50a0000010a000002 94040000 0800f7fe00000001",
        isCanonical: false),
    ],
    describe: { raw throws(WireError) in
      let view = try IPv4View(raw)
      return "\(view.description) \(view.checksumIsRight) \(view.isFragment) \(view.hasOptions)"
    },
    rewrite: { raw throws(WireError) in
      let view = try IPv4View(raw)
      var bytes = [UInt8](repeating: 0xaa, count: IPv4Header.count + view.payload.byteCount)
      var span = bytes.mutableSpan
      var out = span.mutableBytes
      IPv4Header.emit(
        &out, at: 0, source: view.source, destination: view.destination, protocol: view.protocol,
        payloadCount: view.payload.byteCount, identification: view.identification,
        timeToLive: view.timeToLive, typeOfService: view.typeOfService, dontFragment: view.dontFragment,
        moreFragments: view.moreFragments, fragmentOffset: view.fragmentOffset)
      out.set(view.payload, at: IPv4Header.count)
      return bytes
    })

  public static let icmpv4 = WireFormat(
    name: "icmpv4",
    vectors: [
      Vector(
        "an echo request",
        "080005fb00010002 101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f"),
      Vector("an echo reply with an odd body", "00002c9800010002 6f6464"),
      Vector(
        "port unreachable", "0303111900000000 4500001c00014000401126ce0a0000010a000002 000100020008ebd8"),
      Vector(
        "fragmentation needed",
        "0304f2cb00000578 4500002800014000400626cd0a0000010a000002 c000005011223345"),
      Vector("time exceeded", "0b00f04700000000 4500002800014000400626cd0a0000010a000002 c000005011223345"),
    ],
    describe: { raw throws(WireError) in
      let view = try ICMPv4View(raw)
      return "\(view.description) \(view.checksumIsRight)"
    },
    rewrite: { raw throws(WireError) in
      let view = try ICMPv4View(raw)
      var bytes = [UInt8](repeating: 0xaa, count: ICMPv4Header.count + view.body.byteCount)
      var span = bytes.mutableSpan
      var out = span.mutableBytes
      ICMPv4Header.emit(
        &out, at: 0, type: view.type, code: view.code,
        rest: UInt32(view.identifier) << 16 | UInt32(view.sequence), body: view.body)
      return bytes
    })

  public static let pcapng = WireFormat(
    name: "pcapng",
    vectors: [
      Vector(
        "as it is written here",
        """
        0a0d0d0a 2c000000 4d3c2b1a 01000000 ffffffffffffffff 04000600 7374726174610000 00000000 2c000000
        01000000 2c000000 01000000 00000000 02000600 6361626c65300000 09000100 09000000 00000000 2c000000
        06000000 3c000000 00000000 fe9c9717 15cd853d 0f000000 3c000000
        0200000000020200000000010806 0000 0200 0400 01000000 00000000 3c000000
        """),
      Vector(
        "the other byte order, microseconds",
        """
        0a0d0d0a 0000002c 1a2b3c4d 00010000 ffffffffffffffff 00040006 7374726174610000 00000000 0000002c
        00000001 00000024 00010000 00000000 00020006 6361626c65300000 00000000 00000024
        00000006 0000003c 00000000 00060a24 18202240 0000000f 0000003c
        020000000002020000000001080600 00 0002 0004 00000001 00000000 0000003c
        00000005 0000000c 0000000c
        """, isCanonical: false),
    ],
    describe: { raw throws(WireError) in
      var view = try PcapngView(raw)
      var text = ""
      while let block = try view.next() {
        text += "\(block)\n"
        if case .packet(let packet) = block { text += "\(view.bytes(of: packet).byteCount)\n" }
      }
      return text
    },
    rewrite: { raw throws(WireError) in
      var view = try PcapngView(raw)
      var out: [UInt8] = []
      while let block = try view.next() {
        switch block {
        case .section: Pcapng.emitSection(&out, application: "strata")
        case .interface(_, let snapLength): Pcapng.emitInterface(&out, name: "cable0", snapLength: snapLength)
        case .packet(let packet):
          Pcapng.emitPacket(
            &out, interface: packet.interface, time: packet.time, bytes: view.bytes(of: packet),
            originalCount: packet.originalCount, direction: packet.direction)
        case .other: break
        }
      }
      return out
    })
}
