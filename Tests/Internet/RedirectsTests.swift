import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

/// "There is a nearer way", said by routers and to hosts, in both versions.
@Suite struct RedirectsTests {
  @Test(arguments: Family.allCases)
  func aHostThatAllowsItGoesTheNearerWay(family: Family) {
    var site = host(family)
    let before = site.internet.pathGeneration
    _ = site.receive(redirect(family), at: family.begin)
    #expect(site.internet.path(to: family.far)?.nextHop == family.nearer)
    #expect(site.internet.counters.redirectsTaken == 1 && site.internet.pathGeneration != before)
    let another = Address(family == .v4 ? "8.8.4.4" : "2001:db8::9")!
    #expect(site.internet.path(to: another)?.nextHop == family.router, "for that one destination")
    #expect(site.internet.nextDeadline <= family.begin + .seconds(600))
    site.internet.expire(at: family.begin + .seconds(600))
    #expect(site.internet.path(to: family.far)?.nextHop == family.router, "and for ten minutes")
  }

  @Test(arguments: Family.allCases)
  func byDefaultNobodyIsTurnedAside(family: Family) {
    var site = host(family) { $0.acceptsRedirects = false }
    _ = site.receive(redirect(family), at: family.begin)
    #expect(site.internet.path(to: family.far)?.nextHop == family.router)
    #expect(site.internet.counters[.unusedControlMessage] == 1)
    #expect(!InternetSettings().acceptsRedirects && !InternetSettings().sendsRedirects)
  }

  @Test(arguments: Family.allCases)
  func aRouterFollowsItsRoutes(family: Family) {
    var site = host(family) { $0.forwards = true }
    _ = site.receive(redirect(family), at: family.begin)
    #expect(site.internet.path(to: family.far)?.nextHop == family.router)
  }

  @Test(arguments: Family.allCases)
  func onlyTheFirstHopItselfIsBelieved(family: Family) {
    var site = host(family)
    let stranger = Address(family == .v4 ? "10.0.0.66" : "fe80::66")!
    _ = site.receive(redirect(family, by: stranger), at: family.begin)
    let offLink = Address(family == .v4 ? "10.0.7.3" : "fd00:7::3")!
    _ = site.receive(redirect(family, to: offLink), at: family.begin)
    _ = site.receive(
      redirect(family, to: family == .v4 ? family.mine : family.ownLinkLocal), at: family.begin)
    let group = Address(family == .v4 ? "239.1.1.1" : "ff0e::1")!
    _ = site.receive(redirect(family, about: group), at: family.begin)
    #expect(site.internet.counters[.redirectRefused] == 4 && site.internet.counters.redirectsTaken == 0)
    #expect(site.internet.path(to: family.far)?.nextHop == family.router)
    if family == .v6 {
      _ = site.receive(redirect(family, hopLimit: 254), at: family.begin)
      _ = site.receive(redirect(family, by: family.theirs), at: family.begin)
      #expect(
        site.internet.counters[.discoveryFromAfar] == 1 && site.internet.counters[.redirectRefused] == 5)
    }
  }

  @Test(arguments: Family.allCases)
  func redirectsAreBounded(family: Family) {
    var site = host(family) { $0.redirects = 8 }
    let destinations = (1...20).map { Address(family == .v4 ? "8.8.1.\($0)" : "2001:db8::1:\($0)")! }
    for (index, destination) in destinations.enumerated() {
      _ = site.receive(redirect(family, about: destination), at: family.begin + .seconds(Int64(index)))
    }
    let turned = destinations.filter { site.internet.path(to: $0)?.nextHop == family.nearer }
    #expect(turned == Array(destinations.suffix(8)), "the newest")
  }

  @Test(arguments: Family.allCases)
  func aHopThatDoesNotAnswerIsLeftAgain(family: Family) {
    var site = host(family)
    _ = site.receive(redirect(family), at: family.begin)
    site.send([1, 2, 3, 4, 5, 6, 7, 8], to: family.far, at: family.begin)
    for second in 1...4 as ClosedRange<Int64> { site.internet.expire(at: family.begin + .seconds(second)) }
    #expect(site.internet.path(to: family.far)?.nextHop == family.router)
  }

  @Test(arguments: Family.allCases)
  func aRouterThatMaySaysSoAndPassesThePacketOnAllTheSame(family: Family) {
    var site = host(family) {
      $0.forwards = true
      $0.sendsRedirects = true
    }
    let bytes = family.packet([0, 7, 0, 9, 1, 2, 3, 4], to: family.far)
    _ = site.receive(bytes, at: family.begin)
    let frames = site.transmitted()
    #expect(frames.count == 2 && site.internet.counters.redirectsSent == 1)
    let said = family.control(in: frames[0])
    #expect(family.sent(frames[0]).destination == family.theirs && said?.type == (family == .v4 ? 5 : 137))
    if family == .v4 {
      #expect(said?.code == 1 && said?.body == Array(bytes.dropFirst(14)))
      #expect(Array(frames[0][38..<42]) == [10, 0, 0, 200], "the nearer router")
    } else {
      #expect(family.hops(of: frames[0]) == 255)
      let message = Array(frames[0].dropFirst(54))
      let view = try? NDPView(message.span.bytes)
      #expect(view?.target == family.router && view?.destination == family.far)
      #expect(view?.hardware(2) == nearHardware)
      #expect(Array(message.suffix(48)) == Array(bytes.dropFirst(14)), "and the packet")
    }
    #expect(family.sent(frames[1]).destination == family.far && site.pool.outstanding == 0)
  }

  @Test(arguments: Family.allCases)
  func whoIsNotOnTheLinkIsNotTold(family: Family) {
    var site = host(family) {
      $0.forwards = true
      $0.sendsRedirects = true
    }
    let remote = Address(family == .v4 ? "10.9.0.7" : "fd00:9::7")!
    _ = site.receive(family.packet([1, 2, 3, 4, 5, 6, 7, 8], from: remote, to: family.far), at: family.begin)
    #expect(site.transmitted().count == 1 && site.internet.counters.redirectsSent == 0)
  }
}

private let nearHardware = HardwareAddress(2, 0, 0, 0, 0, 200)

extension Family {
  /// The way out, and the way that is nearer. A router of IPv6 is known by its link-local address.
  fileprivate var router: Address { Address(self == .v4 ? "10.0.0.200" : "fe80::200")! }
  fileprivate var nearer: Address { Address(self == .v4 ? "10.0.0.201" : "fe80::201")! }
  fileprivate var ownLinkLocal: Address { Address("fe80::ff:fe00:1")! }
}

/// A host, or a router, whose way out is a router on its only link.
private func host(_ family: Family, _ change: (inout InternetSettings) -> Void = { _ in }) -> Site {
  var settings = InternetSettings()
  settings.acceptsRedirects = true
  change(&settings)
  var site = family.site(settings)
  site.internet.addRoute(to: family.everywhere, gateway: family.router, interface: 0)
  _ = site.receive(family.question, at: family.begin)
  let question =
    family == .v4
    ? arp(.request, from: family.router, nearHardware, to: mine)
    : solicitation(family.mine, from: family.router, nearHardware)
  _ = site.receive(question, at: family.begin)
  _ = site.transmitted()
  return site
}

private func redirect(
  _ family: Family, by router: Address? = nil, to hop: Address? = nil, about destination: Address? = nil,
  hopLimit: UInt8 = 255
) -> [UInt8] {
  let router = router ?? family.router, hop = hop ?? family.nearer, destination = destination ?? family.far
  if family == .v6 {
    let message = message6(40, from: router, to: family.mine) { out in
      NDPHeader.emitRedirect(&out, at: 0, target: hop, destination: destination)
    }
    return packet6(message, from: router, to: family.mine, .icmpv6, hopLimit: hopLimit)
  }
  let quote = Array(packet([0, 7, 0, 9, 0, 8, 0, 0], from: mine, to: destination).dropFirst(14))
  var message = [UInt8](repeating: 0, count: 8 + quote.count)
  var out = message.mutableSpan
  var raw = out.mutableBytes
  ICMPv4Header.emit(&raw, at: 0, type: .redirect, code: 1, rest: hop.v4, body: quote.span.bytes)
  return packet(message, from: router, .icmp)
}
