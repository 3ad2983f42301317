import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

private let otherHardware = HardwareAddress(2, 0, 0, 0, 1, 9), otherPort = HardwareAddress(2, 0, 0, 0, 1, 1)

/// What routers do, in both versions.
@Suite struct ForwardingTests {
  @Test(arguments: Family.allCases)
  func aPacketForOthersIsPassedOnWithOneHopLess(family: Family) {
    var site = router(family)
    #expect(site.receive(family.packet([1, 2, 3], to: family.other, hops: 17), at: family.begin) == .none)
    let frames = site.transmitted()
    #expect(frames.count == 1)
    let sent = family.sent(frames[0])
    #expect(sent.to == otherHardware && sent.destination == family.other && sent.payload == [1, 2, 3])
    #expect(family.hops(of: frames[0]) == 16)
    if family == .v4 { #expect(Sent(frames[0]).checksumsAreRight) }
    #expect(site.internet.counters.forwarded == 1 && site.pool.outstanding == 0)
  }

  @Test(arguments: Family.allCases)
  func nothingButTheHopsChanges(family: Family) {
    var site = router(family)
    for hops in 2...255 as ClosedRange<UInt8> {
      let packet = family.packet([hops, 1, 2], to: family.other, hops: hops)
      _ = site.receive(packet, at: family.begin)
      var expected = packet
      expected[14 + (family == .v4 ? 8 : 7)] = hops - 1
      let frame = site.transmitted()[0]
      if family == .v4 {
        #expect(Sent(frame).checksumsAreRight)
        (expected[24], expected[25]) = (frame[24], frame[25])
      }
      #expect(frame.dropFirst(14) == expected.dropFirst(14))
    }
  }

  @Test(arguments: Family.allCases)
  func aHostThatIsNoRouterPassesNothingOn(family: Family) {
    var site = router(family) { $0.forwards = false }
    #expect(site.receive(family.packet([1], to: family.other), at: family.begin) == .none)
    #expect(site.transmitted().isEmpty && site.internet.counters[.otherAddress] == 1)
    #expect(!InternetSettings().forwards, "off unless somebody asks for it")
  }

  @Test(arguments: Family.allCases, [0, 1] as [UInt8])
  func aPacketWithoutHopsLeftIsAnsweredTimeExceeded(family: Family, hops: UInt8) {
    // RFC 1122 §3.2.1.7 has a host drop what comes in without any.
    if family == .v4, hops == 0 { return }
    var site = router(family)
    let bytes = family.packet([0, 7, 0, 9, 1, 2, 3, 4], to: family.other, hops: hops)
    _ = site.receive(bytes, at: family.begin)
    let frames = site.transmitted()
    let answer = family.control(in: frames[0])
    #expect(answer?.type == (family == .v4 ? 11 : 3) && answer?.code == 0)
    #expect(answer?.body == Array(bytes.dropFirst(14)))
    #expect(family.sent(frames[0]).destination == family.theirs && frames.count == 1)
    #expect(site.internet.counters[.timeToLive] == 1 && site.pool.outstanding == 0)
  }

  @Test(arguments: Family.allCases)
  func anEchoRequestWithoutHopsIsAnsweredToo(family: Family) {
    var site = router(family)
    let request: [UInt8] = family == .v4 ? [8, 0, 0xf7, 0xff] : [128, 0, 0, 0]
    let error: [UInt8] = family == .v4 ? [3, 3, 0xfc, 0xfc] : [1, 4, 0, 0]
    for message in [request, error] {
      _ = site.receive(
        family.packet(message + [0, 0, 0, 0], to: family.other, family.control, hops: 1), at: family.begin)
    }
    #expect(site.transmitted().count == 1, "no error about an error")
    #expect(site.internet.counters[.errorForbidden] == 1)
  }

  @Test(arguments: Family.allCases)
  func timeExceededIsLimitedInRate(family: Family) {
    var site = router(family) {
      $0.errorRate = 10
      $0.errorBurst = 3
    }
    for _ in 0..<50 { _ = site.receive(family.packet([1], to: family.other, hops: 1), at: family.begin) }
    #expect(site.transmitted().count == 3 && site.internet.counters[.errorLimited] == 47)
  }

  @Test(arguments: Family.allCases)
  func whereNoRouteLeadsTheSenderIsTold(family: Family) {
    var site = router(family)
    _ = site.receive(family.packet([1], to: family.far), at: family.begin)
    let answer = family.control(in: site.transmitted()[0])
    #expect(answer?.type == (family == .v4 ? 3 : 1) && answer?.code == 0)
  }

  @Test(arguments: Family.allCases)
  func aHostThatDoesNotAnswerIsToldToTheSender(family: Family) {
    var site = router(family)
    let silent = Address(family == .v4 ? "10.0.1.77" : "fd00:1::77")!
    let bytes = family.packet([1, 2, 3, 4, 5, 6, 7, 8], to: silent)
    _ = site.receive(bytes, at: family.begin)
    for second in 1...4 as ClosedRange<Int64> { site.internet.expire(at: family.begin + .seconds(second)) }
    let errors = site.transmitted().filter { family.sent($0).destination == family.theirs }
    let answer = errors.first.flatMap { family.control(in: $0) }
    #expect(errors.count == 1 && answer?.type == (family == .v4 ? 3 : 1))
    #expect(answer?.code == (family == .v4 ? 1 : 3), "host, or address, unreachable")
    #expect(site.pool.outstanding == 0)
  }

  @Test(arguments: Family.allCases)
  func aPacketThatMayNotBeCutIsAnsweredWithTheNextMTU(family: Family) {
    var site = router(family, mtu: 1_300)
    _ = site.receive(family.packet(Array(repeating: 5, count: 1_400), to: family.other), at: family.begin)
    let frames = site.transmitted()
    let answer = family.control(in: frames[0])
    #expect(answer?.type == (family == .v4 ? 3 : 2) && answer?.code == (family == .v4 ? 4 : 0))
    let at = 14 + family.headerCount + 6
    #expect(Int(frames[0][at]) << 8 | Int(frames[0][at + 1]) == 1_300)
    #expect(frames.count == 1 && frames[0].count <= 14 + (family == .v4 ? 576 : 1_280))
  }

  @Test(arguments: Family.allCases)
  func neitherGroupsNorWhatWasSentToAllIsPassedOn(family: Family) {
    var site = router(family)
    let group = Address(family == .v4 ? "239.1.2.3" : "ff0e::123")!
    let hardware = family == .v4 ? HardwareAddress(1, 0, 0x5e, 1, 2, 3) : HardwareAddress(ipv6Group: group)
    _ = site.receive(family.packet([1], to: group, hardware: hardware), at: family.begin)
    _ = site.receive(family.packet([1], to: family.other, hardware: .broadcast), at: family.begin)
    if family == .v4 { _ = site.receive(packet([1], to: .broadcastV4, hardware: .broadcast)) }
    #expect(site.transmitted().isEmpty && site.internet.counters.forwarded == 0)
  }

  @Test(arguments: [
    ("127.0.0.1", "10.0.1.9"), ("0.0.0.0", "10.0.1.9"), ("224.0.0.5", "10.0.1.9"), ("10.0.1.1", "10.0.1.9"),
    ("169.254.1.1", "10.0.1.9"), ("10.0.0.2", "169.254.1.1"), ("10.0.0.2", "127.0.0.1"),
    ("10.0.0.2", "240.0.0.1"), ("10.0.0.2", "0.1.2.3"), ("10.0.0.2", "10.0.1.255"), ("::1", "fd00:1::9"),
    ("::", "fd00:1::9"), ("ff02::5", "fd00:1::9"), ("fd00:1::1", "fd00:1::9"), ("fd00::2", "fe80::77"),
    ("fd00::2", "::1"), ("fd00::2", "::"), ("::ffff:10.0.0.2", "fd00:1::9"), ("fd00::2", "::7"),
  ])
  func martiansAreNotPassedOn(source: String, destination: String) {
    let family = source.contains(".") && !source.contains(":") ? Family.v4 : .v6
    var site = router(family)
    let to = Address(destination)!
    // A mapped address in a packet of IPv6 is no address of IPv4.
    let bytes =
      family == .v4
      ? packet([1], from: Address(source)!, to: to)
      : packet6([1], from: Address(source)!, to: to)
    _ = site.receive(bytes, at: family.begin)
    #expect(site.transmitted().isEmpty && site.internet.counters[.martian] == 1)
    #expect(site.pool.outstanding == 0)
  }
}

/// What a router passes on: `mine` towards one network, and a second interface towards a host on another.
private func router(
  _ family: Family, mtu: Int = 1_500, _ change: (inout InternetSettings) -> Void = { _ in }
) -> Site {
  var settings = InternetSettings()
  settings.forwards = true
  settings.duplicateProbes = 0
  change(&settings)
  var site = family.site(settings)
  site.internet.attach(
    hardware: otherPort, address: family.otherNetwork, capabilities: LinkCapabilities(mtu: mtu))
  for second in 9..<90 { site.internet.expire(at: s(Int64(second))) }
  _ = site.receive(family.question, at: family.begin)
  let local = family.otherNetwork.address
  let question =
    family == .v4
    ? arp(.request, from: family.other, otherHardware, to: local)
    : solicitation(local, from: family.other, otherHardware)
  var frame = site.pool.take()!
  frame.append(question.span.bytes)
  _ = site.internet.receive(frame, on: 1, at: family.begin)
  _ = site.transmitted()
  return site
}

/// What routers do in IPv4 alone: cutting up, source routes.
@Suite struct IPv4ForwardingTests {
  private let farHost = Family.v4.other

  @Test func aPacketThatMayBeCutIsCut() {
    var site = router(.v4, mtu: 1_000)
    let payload = (0..<1_200).map { UInt8(truncatingIfNeeded: $0) }
    _ = site.receive(patched(packet(payload, to: farHost), 6, 0))
    let sent = site.transmitted().map { Sent($0) }
    #expect(sent.map(\.payload.count) == [976, 224] && sent.flatMap(\.payload) == payload)
    #expect(sent.allSatisfy { $0.checksumsAreRight && $0.timeToLive == 63 && !$0.dontFragment })
  }

  @Test func aPieceOfAPieceKeepsItsPlace() throws {
    var site = router(.v4, mtu: 500)
    _ = site.receive(packet(Array(repeating: 1, count: 1_000), to: farHost, more: true, offset: 2_000))
    let views = site.transmitted().map { bytes -> [Int] in
      guard let view = try? IPv4View(bytes.span.bytes.extracting(droppingFirst: 14)) else { return [] }
      return [view.fragmentOffset, view.payload.byteCount, view.moreFragments ? 1 : 0]
    }
    #expect(views == [[2_000, 480, 1], [2_480, 480, 1], [2_960, 40, 1]])
  }

  @Test func sourceRoutesAreNotFollowed() {
    var site = router(.v4)
    let routed = patched(packet([0x83, 3, 4, 0] + [1, 2, 3], to: farHost), 0, 0x46)
    _ = site.receive(routed)
    #expect(site.transmitted().isEmpty && site.internet.counters[.sourceRoute] == 1)
    _ = site.receive(patched(packet([1, 1, 1, 0] + [1, 2, 3], to: farHost), 0, 0x46))
    #expect(site.transmitted().count == 1, "other options pass")
  }
}

/// What routers do in IPv6 alone.
@Suite struct IPv6ForwardingTests {
  @Test func whoSendsFurtherThanItsAddressReachesIsTold() {
    var site = router(.v6)
    let source = Address("fe80::2")!
    _ = site.receive(solicitation(Address("fe80::ff:fe00:1")!, from: source, theirHardware), at: s(100))
    _ = site.transmitted()
    _ = site.receive(packet6([1, 2, 3], from: source, to: Family.v6.other), at: s(100))
    let sent = SentIPv6(site.transmitted()[0])
    #expect(sent.icmp.type == 1 && sent.icmp.code == 2 && sent.destination == source, "beyond scope")
    #expect(sent.checksumIsRight && sent.source.isLinkLocal && site.internet.counters.forwarded == 0)
  }

  @Test func extensionHeadersAreForTheDestination() {
    var site = router(.v6)
    // A hop-by-hop option that says: drop me if you do not know me; then a piece of something.
    let headers: [UInt8] = [44, 0, 0x7e, 4, 0, 0, 0, 0] + [17, 0, 0, 8, 0, 0, 0, 1]
    let bytes = packet6(headers + [1, 2, 3], from: Family.v6.theirs, to: Family.v6.other, .hopByHop)
    _ = site.receive(bytes, at: s(100))
    let frames = site.transmitted()
    #expect(frames.count == 1 && frames[0].dropFirst(54) == bytes.dropFirst(54))
  }

  @Test func aRouterSaysThatItIsOne() {
    var site = router(.v6)
    _ = site.receive(Family.v6.question, at: s(101))
    #expect(site.said().allSatisfy { $0.contains(", router, solicited") })
    let isMember = site.internet.isMember(of: .allRouters, on: 0)
    #expect(isMember)
  }
}
