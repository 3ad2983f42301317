import StrataBase
import StrataInternet
import StrataWire
import Testing

private let payload: [UInt8] = [0, 7, 0, 9, 0, 8, 0, 0]
private let v6 = Family.v6

@Suite struct IPv6InputTests {
  func bytes(_ hex: String) -> [UInt8] { StrataInternetTests.bytes(hex.filter { $0 != " " }) }

  /// A packet with extension headers, the first of which is `first`.
  func extended(_ first: IPProtocol, _ headers: String, to destination: Address? = nil) -> [UInt8] {
    packet6(bytes(headers) + payload, from: v6.theirs, to: destination ?? v6.mine, first)
  }

  /// The one reason for which a frame was dropped.
  func reason(_ bytes: [UInt8]) -> PacketDrop? {
    var site = v6.site()
    let before = site.internet.counters.dropped
    #expect(site.receive(bytes, at: v6.begin) == .none)
    #expect(site.pool.outstanding == site.internet.outgoing.count + site.internet.neighbours.count)
    let reasons = PacketDrop.allCases.filter { site.internet.counters[$0] > 0 }
    return reasons.count == 1 && site.internet.counters.dropped == before + 1 ? reasons[0] : nil
  }

  @Test func everyBrokenHeaderIsDroppedForItsReason() {
    let good = packet6(payload, from: v6.theirs, to: v6.mine)
    #expect(reason(Array(good[..<53])) == .shortHeader)
    var version = good
    version[14] = 0x45
    #expect(reason(version) == .badVersion)
    #expect(reason(Array(good.dropLast())) == .badTotalLength)
    #expect(reason(packet6([], from: v6.theirs, to: v6.mine, .noNextHeader)) == .noNextHeader)
  }

  @Test(arguments: ["::", "::1", "::ffff:10.0.0.2", "::10.0.0.2", "ff02::1", "fd00::1"])
  func noDatagramComesFromAnImpossibleSource(source: String) {
    let address = Address(source)!
    var frame = packet6(payload, from: v6.theirs, to: v6.mine)
    var out = frame.mutableSpan
    var raw = out.mutableBytes
    raw.setNative64(address.high, at: 22)
    raw.setNative64(address.low, at: 30)
    #expect(reason(frame) == .badSource)
    // Nor once the destination is a usual one.
    var site = v6.site()
    #expect(site.receive(packet6(payload, from: v6.theirs, to: v6.mine)) != .none)
    #expect(site.receive(frame) == .none)
  }

  @Test(arguments: ["::", "::1", "::ffff:10.0.0.1", "fd00::2", "ff02::2", "ff05::1"])
  func noDatagramGoesToWhatIsNotOurs(destination: String) {
    let address = Address(destination)!
    let hardware = address.isMulticast ? HardwareAddress(ipv6Group: address) : mineHardware
    #expect(reason(packet6(payload, from: v6.theirs, to: address, hardware: hardware)) == .otherAddress)
  }

  @Test func extensionHeadersAreSkipped() {
    var site = v6.site()
    let chains: [(IPProtocol, String)] = [
      (.hopByHop, "11 00 050200000100"), (.destinationOptions, "11 00 1e0411223344"),
      (.routing, "11 00 fd00 00000000"), (.fragment, "11 00 0000 12345678"),
      (
        .hopByHop,
        "3c 00 010400000000 2b 00 010400000000 2c 00 fd00 00000000 3c 00 0000 00000001 11 00 0104 00000000"
      ),
    ]
    for (first, headers) in chains {
      #expect(
        site.receive(extended(first, headers)) == .packet(payload, from: v6.theirs, to: v6.mine, .udp),
        "\(headers)")
    }
    #expect(site.internet.counters.dropped == 0)
    // An error about such a packet quotes all of it.
    _ = site.receive(v6.question)
    _ = site.transmitted()
    site.refuse(extended(.hopByHop, "11 00 050200000100"))
    #expect(v6.control(in: site.transmitted()[0])?.body.count == 40 + 8 + 8)
  }

  @Test func headersThatDoNotFitAreDropped() {
    for (first, headers) in [
      (IPProtocol.hopByHop, "11 09 010400000000"), (.destinationOptions, "11 00 010900000000"),
      (.destinationOptions, "11 00 010300000001"), (.fragment, ""), (.routing, "11 07 fd00 00000000"),
      (.destinationOptions, String(repeating: "3c 00 010400000000", count: 8) + "11 00 010400000000"),
    ] {
      let frame =
        headers.isEmpty ? packet6([1], from: v6.theirs, to: v6.mine, first) : extended(first, headers)
      #expect(reason(frame) == .badExtension, "\(headers)")
    }
  }

  @Test(
    arguments: [
      // The two highest bits: skip it; drop; drop and tell; drop and tell, but not a group.
      (UInt8(0x1e), false, nil, nil), (0x5e, true, nil, nil), (0x9e, true, 2, 2), (0xde, true, 2, nil),
    ] as [(UInt8, Bool, UInt8?, UInt8?)])
  func anUnknownOptionSaysWhatBecomesOfThePacket(
    type: UInt8, isDropped: Bool, code: UInt8?, codeToGroup: UInt8?
  ) {
    let option = "11 00 " + String(type, radix: 16).padded + "0411223344"
    for (destination, expected) in [(v6.mine, code), (Address.allNodes, codeToGroup)] {
      var site = v6.site()
      _ = site.receive(v6.question)
      _ = site.transmitted()
      let arrived = site.receive(extended(.destinationOptions, option, to: destination))
      #expect((arrived == .none) == isDropped)
      let sent = site.transmitted().map { SentIPv6($0) }
      #expect(sent.map(\.icmp.type) == (expected == nil ? [] : [4]))
      if expected != nil {
        #expect(sent[0].icmp.code == 2 && sent[0].icmp.rest == 42 && sent[0].checksumIsRight)
        #expect(sent[0].source == v6.mine && sent[0].destination == v6.theirs)
      }
      #expect(site.internet.counters[.unknownExtension] == (isDropped ? 1 : 0))
    }
  }

  @Test(arguments: [
    ("a routing header that wants a route", IPProtocol.routing, "11 00 0001 00000000", UInt8(0), UInt32(42)),
    (
      "hop-by-hop options that do not come first", .destinationOptions,
      "00 00 010400000000 11 00 010400000000", 1, 40
    ),
  ])
  func whatCannotBeDoneIsToldWithAPointer(
    _ name: String, first: IPProtocol, headers: String, code: UInt8, pointer: UInt32
  ) {
    var site = v6.site()
    _ = site.receive(v6.question)
    _ = site.transmitted()
    #expect(site.receive(extended(first, headers)) == .none)
    let sent = SentIPv6(site.transmitted()[0])
    #expect(sent.icmp == (4, code, pointer) && sent.checksumIsRight)
  }

  @Test func anUnknownProtocolIsToldWithAPointerAtItsNumber() {
    var site = v6.site()
    _ = site.receive(v6.question)
    _ = site.transmitted()
    _ = site.receive(extended(.destinationOptions, "84 00 010400000000"))
    #expect(SentIPv6(site.transmitted()[0]).icmp == (4, 1, 40))
  }

  @Test func datagramsToAGroupOfOursArriveAndSegmentsDoNot() {
    var site = v6.site()
    let group = Address("ff02::fb")!
    #expect(site.receive(packet6(payload, from: v6.theirs, to: group)) == .none)
    let isIn = site.internet.join(group, on: 0, at: v6.begin)
    #expect(isIn)
    #expect(site.receive(packet6(payload, from: v6.theirs, to: group)) != .none)
    #expect(site.receive(packet6(payload, from: v6.theirs, to: group, .tcp)) == .none)
    #expect(site.internet.counters[.broadcast] == 1)
    site.refuse(packet6(payload, from: v6.theirs, to: group))
    #expect(site.internet.counters[.errorForbidden] == 1)
    // RFC 1122 §3.3.6 in spirit: one host's address in a frame to a group.
    let both = packet6(payload, from: v6.theirs, to: v6.mine, hardware: HardwareAddress(ipv6Group: group))
    #expect(site.receive(both) == .none && site.internet.counters[.broadcast] == 2)
  }

  @Test func aTooBigMessageBelowTheLeastMTUIsForged() {
    var site = v6.site()
    let quote = Array(packet6(payload, from: v6.mine, to: v6.theirs)[14...])
    #expect(site.receive(icmp6(2, rest: 1_279, quote, from: v6.theirs, to: v6.mine)) == .none)
    #expect(site.receive(icmp6(2, rest: 1_280, quote, from: v6.theirs, to: v6.mine)) != .none)
  }

  @Test func aFloodOfDamagedFramesNeitherTrapsNorLeaks() {
    var settings = InternetSettings()
    settings.autoconfigures = true
    var site = Site(settings, address: "10.0.0.1/24 fd00::1/64", frames: 1_024)
    for second in 0..<9 { site.internet.expire(at: s(Int64(second))) }
    let frames = [
      v6.question, v6.answer, packet6(payload, from: v6.theirs, to: v6.mine), v6.echo([1, 2, 3]),
      routerAdvertisement([.mtu(1_400), prefixOption("2001:db8::/64", valid: 90, preferred: 50)]),
      extended(.hopByHop, "3c 00 050200000100 2c 00 9e0400000000 11 00 0009 00000001"),
      packet6(
        message6(28, from: routerAddress, to: .allNodes) {
          out in MLDHeader.emitQuery(&out, at: 0, group: .any, maximumResponse: 10_000)
        }, from: routerAddress, to: .allNodes, .icmpv6, hopLimit: 1),
    ]
    var random = Random(seed: 7)
    var now = s(10)
    // Making a frame takes longer than receiving it: each of these comes some ten times.
    let damaged = (0..<4_000).map { _ in
      var bytes = frames[Int(random.below(UInt64(frames.count)))]
      for _ in 0..<random.below(4) {
        bytes[14 + Int(random.below(UInt64(bytes.count - 14)))] = UInt8(truncatingIfNeeded: random.next())
      }
      if random.below(8) == 0 { bytes = Array(bytes.prefix(Int(random.below(UInt64(bytes.count))))) }
      if random.below(2) == 0, bytes.count > 58, bytes[20] == 58 { bytes = sealed(bytes) }
      return bytes
    }
    for n in 0..<40_000 {
      let bytes = damaged[Int(random.below(4_000))]
      now = now + .microseconds(Int64(random.below(2_000)))
      site.refuse(bytes, at: now)
      if site.internet.nextDeadline <= now { site.internet.expire(at: now) }
      if n % 16 == 0 { _ = site.transmitted() }
      _ = site.errors()
    }
    let ipv6 = site.internet.interface(0).ipv6
    #expect(ipv6.addresses.count <= 16 && ipv6.routers.count <= 8)
    #expect(site.internet.neighbours.count <= 512)
    #expect(site.internet.counters.neighboursAnswered > 100 && site.internet.counters.echoesAnswered > 100)
    for reason in [PacketDrop.badExtension, .unknownExtension, .badControlChecksum, .otherAddress] {
      #expect(site.internet.counters[reason] > 10, "\(reason)")
    }
    for second in 1...200 { site.internet.expire(at: now + .seconds(Int64(second))) }
    _ = site.transmitted()
    #expect(site.pool.outstanding == 0)
  }

  /// Makes the checksum of a control message right, where its length is.
  private func sealed(_ bytes: [UInt8]) -> [UInt8] {
    let count = bytes.count - 54
    guard let view = try? IPv6View(bytes.span.bytes.extracting(droppingFirst: 14)), count >= 8,
      view.payload.byteCount == count
    else { return bytes }
    let body = message6(count, from: view.source, to: view.destination) { out in
      out.set(bytes.span.bytes.extracting(droppingFirst: 54), at: 0)
    }
    return Array(bytes[..<54]) + body
  }
}

extension String {
  fileprivate var padded: String { count < 2 ? "0" + self : self }
}
