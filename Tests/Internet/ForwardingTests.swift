import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

private let farHost = Address("10.0.1.9")!, farHardware = HardwareAddress(2, 0, 0, 0, 1, 9)

@Suite struct ForwardingTests {
  /// A router between 10.0.0.0/24 and 10.0.1.0/24, which knows a host on each.
  private func router(_ change: (inout InternetSettings) -> Void = { _ in }, mtu: Int = 1_500) -> Site {
    var settings = InternetSettings()
    settings.forwards = true
    change(&settings)
    var site = Site(settings)
    site.internet.attach(
      hardware: HardwareAddress(2, 0, 0, 0, 1, 1), address: AddressPrefix("10.0.1.1/24")!,
      capabilities: LinkCapabilities(mtu: mtu))
    site.learnTheirs()
    var frame = site.pool.take()!
    let question = arp(.request, from: farHost, farHardware, to: Address("10.0.1.1")!)
    frame.append(question.span.bytes)
    _ = site.internet.receive(frame, on: 1, at: .start)
    _ = site.transmitted()
    return site
  }

  @Test func aPacketForOthersIsPassedOnWithOneHopLess() {
    var site = router()
    let bytes = packet([1, 2, 3], to: farHost, timeToLive: 17)
    #expect(site.receive(bytes) == .none)
    let frames = site.transmitted()
    #expect(frames.count == 1)
    let sent = Sent(frames[0])
    #expect(sent.to == farHardware && sent.from == HardwareAddress(2, 0, 0, 0, 1, 1))
    #expect(sent.source == theirs && sent.destination == farHost && sent.payload == [1, 2, 3])
    #expect(sent.timeToLive == 16 && sent.checksumsAreRight)
    #expect(site.internet.counters.forwarded == 1 && site.pool.outstanding == 0)
  }

  @Test func theChecksumStaysRightForEveryTimeToLive() {
    var site = router()
    for hops in 2...255 as ClosedRange<UInt8> {
      _ = site.receive(packet([hops], to: farHost, timeToLive: hops))
      let sent = Sent(site.transmitted()[0])
      #expect(sent.timeToLive == hops - 1 && sent.checksumsAreRight)
    }
  }

  @Test func aHostThatIsNoRouterPassesNothingOn() {
    var site = router { $0.forwards = false }
    #expect(site.receive(packet([1], to: farHost)) == .none)
    #expect(site.transmitted().isEmpty && site.internet.counters[.otherAddress] == 1)
  }

  @Test func aPacketWithoutHopsLeftIsAnsweredTimeExceeded() {
    var site = router()
    let bytes = packet([0, 7, 0, 9, 1, 2, 3, 4], to: farHost, timeToLive: 1)
    _ = site.receive(bytes)
    let answer = Sent(site.transmitted()[0])
    #expect(answer.icmp == (11, 0) && answer.checksumsAreRight && answer.destination == theirs)
    #expect(answer.source == mine && answer.body == Array(bytes.dropFirst(14)))
    #expect(site.internet.counters[.timeToLive] == 1 && site.pool.outstanding == 0)
  }

  @Test func anEchoRequestWithoutHopsIsAnsweredToo() {
    var site = router()
    _ = site.receive(packet([8, 0, 0xf7, 0xff, 0, 0, 0, 0], to: farHost, .icmp, timeToLive: 1))
    _ = site.receive(packet([3, 3, 0xfc, 0xfc, 0, 0, 0, 0], to: farHost, .icmp, timeToLive: 1))
    #expect(site.transmitted().map { Sent($0).icmp.type } == [11], "no error about an error")
  }

  @Test func timeExceededIsLimitedInRate() {
    var site = router {
      $0.errorRate = 10
      $0.errorBurst = 3
    }
    for _ in 0..<50 { _ = site.receive(packet([1], to: farHost, timeToLive: 1)) }
    #expect(site.transmitted().count == 3 && site.internet.counters[.errorLimited] == 47)
  }

  @Test func whereNoRouteLeadsTheSenderIsTold() {
    var site = router()
    _ = site.receive(packet([1], to: Address("192.0.2.1")!))
    #expect(Sent(site.transmitted()[0]).icmp == (3, 0))
  }

  @Test func aHostThatDoesNotAnswerIsToldToTheSender() {
    var site = router()
    _ = site.receive(packet([1, 2, 3, 4, 5, 6, 7, 8], to: Address("10.0.1.77")!))
    for second in 1...4 { site.internet.expire(at: s(Int64(second))) }
    let errors = site.transmitted().map { Sent($0) }.filter { $0.protocol == .icmp }
    #expect(errors.count == 1 && errors[0].icmp == (3, 1) && errors[0].destination == theirs)
    #expect(site.pool.outstanding == 0)
  }

  @Test func aPacketThatMayNotBeCutIsAnsweredWithTheNextMTU() {
    var site = router(mtu: 1_000)
    _ = site.receive(packet(Array(repeating: 5, count: 1_200), to: farHost))
    let frame = site.transmitted()[0]
    #expect(Sent(frame).icmp == (3, 4))
    #expect(Int(frame[34 + 6]) << 8 | Int(frame[34 + 7]) == 1_000)
  }

  @Test func aPacketThatMayBeCutIsCut() {
    var site = router(mtu: 1_000)
    let payload = (0..<1_200).map { UInt8(truncatingIfNeeded: $0) }
    _ = site.receive(patched(packet(payload, to: farHost), 6, 0))
    let sent = site.transmitted().map { Sent($0) }
    #expect(sent.map(\.payload.count) == [976, 224] && sent.flatMap(\.payload) == payload)
    #expect(sent.allSatisfy { $0.checksumsAreRight && $0.timeToLive == 63 && !$0.dontFragment })
  }

  @Test func aPieceOfAPieceKeepsItsPlace() throws {
    var site = router(mtu: 500)
    _ = site.receive(packet(Array(repeating: 1, count: 1_000), to: farHost, more: true, offset: 2_000))
    let views = site.transmitted().map { bytes -> [Int] in
      guard let view = try? IPv4View(bytes.span.bytes.extracting(droppingFirst: 14)) else { return [] }
      return [view.fragmentOffset, view.payload.byteCount, view.moreFragments ? 1 : 0]
    }
    #expect(views == [[2_000, 480, 1], [2_480, 480, 1], [2_960, 40, 1]])
  }

  @Test(arguments: [
    ("127.0.0.1", "10.0.1.9"), ("0.0.0.0", "10.0.1.9"), ("224.0.0.5", "10.0.1.9"), ("10.0.1.1", "10.0.1.9"),
    ("169.254.1.1", "10.0.1.9"), ("10.0.0.2", "169.254.1.1"), ("10.0.0.2", "127.0.0.1"),
    ("10.0.0.2", "240.0.0.1"), ("10.0.0.2", "0.1.2.3"), ("10.0.0.2", "10.0.1.255"),
  ])
  func martiansAreNotPassedOn(source: String, destination: String) {
    var site = router()
    _ = site.receive(packet([1], from: Address(source)!, to: Address(destination)!))
    #expect(site.transmitted().isEmpty && site.internet.counters[.martian] == 1)
    #expect(site.pool.outstanding == 0)
  }

  @Test func neitherBroadcastsNorGroupsArePassedOn() {
    var site = router()
    _ = site.receive(packet([1], to: .broadcastV4, hardware: .broadcast))
    _ = site.receive(packet([1], to: Address("239.1.2.3")!, hardware: HardwareAddress(1, 0, 0x5e, 1, 2, 3)))
    _ = site.receive(packet([1], to: farHost, hardware: .broadcast))
    #expect(site.transmitted().isEmpty && site.internet.counters.forwarded == 0)
  }

  @Test func sourceRoutesAreNotFollowed() {
    var site = router()
    let routed = patched(packet([0x83, 3, 4, 0] + [1, 2, 3], to: farHost), 0, 0x46)
    _ = site.receive(routed)
    #expect(site.transmitted().isEmpty && site.internet.counters[.martian] == 1)
    _ = site.receive(patched(packet([1, 1, 1, 0] + [1, 2, 3], to: farHost), 0, 0x46))
    #expect(site.transmitted().count == 1, "other options pass")
  }

  @Test func aRedirectIsNotTaken() {
    var site = router()
    let routes = site.internet.routes
    var message = [UInt8](repeating: 0, count: 8)
    message[0] = 5
    message[2] = 0xfa
    message[3] = 0xff
    _ = site.receive(packet(message, .icmp))
    #expect(site.internet.routes.routes == routes.routes)
    #expect(site.internet.counters[.unusedControlMessage] == 1)
  }
}
