import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

private let routerLinkLocal = Address("fe80::ff:fe00:1")!

@Suite struct RouterAdvertisingTests {
  private func router(_ change: (inout InternetSettings) -> Void = { _ in }) -> Site {
    var settings = InternetSettings()
    settings.forwards = true
    settings.duplicateProbes = 0
    settings.advertising = RouterAdvertising()
    change(&settings)
    return Site(settings, address: "2001:db8:1::1/64 fd00:1::1/48 2001:db8:1::2/64 10.0.0.1/24")
  }

  /// The instants, in seconds, at which a router advertises itself, and what it says.
  private func advertisements(of site: inout Site, until end: Int64) -> [(Double, String)] {
    var all: [(Double, String)] = []
    while site.internet.nextDeadline <= s(end) {
      let now = site.internet.nextDeadline
      site.internet.expire(at: now)
      for text in site.said() where text.contains("router advertisement") {
        all.append((Double(now.nanoseconds) / 1e9, text))
      }
    }
    return all
  }

  @Test func aRouterSaysThatItIsThereAndWhichNetworksAre() {
    var site = router()
    let first = advertisements(of: &site, until: 3)
    #expect(
      first.map(\.1) == [
        "33:33:00:00:00:01 \(routerLinkLocal) > ff02::1: ICMP6, router advertisement, hop limit 64, "
          + "lifetime 1800s, reachable 0ms, retrans 0ms, source link-address \(mineHardware), mtu 1500, "
          + "prefix 2001:db8:1::/64 onlink auto valid 2592000s preferred 604800s, "
          + "prefix fd00:1::/48 onlink valid 2592000s preferred 604800s, length 96"
      ])
  }

  @Test func itSaysSoThreeTimesSoonAndThenFromTimeToTime() {
    var site = router { $0.advertising?.interval = .seconds(300) }
    let times = advertisements(of: &site, until: 10_000).map(\.0)
    let waits = zip(times.dropFirst(), times).map { $0 - $1 }
    #expect(waits.prefix(2).allSatisfy { $0 <= 16 })
    #expect(waits.dropFirst(2).allSatisfy { (100...300).contains($0) } && Set(waits.dropFirst(2)).count > 10)
    #expect(site.internet.counters.advertisementsSent == UInt64(times.count) && site.pool.outstanding == 0)
  }

  @Test func whoAsksIsAnsweredAndManyTogether() {
    var site = router()
    _ = advertisements(of: &site, until: 100)
    let host = Address("fe80::2")!
    for n in 0..<50 { _ = site.receive(question(from: host), at: s(100) + .milliseconds(Int64(n))) }
    let answers = advertisements(of: &site, until: 102).map(\.0)
    #expect(answers.count == 1 && answers[0] <= 100.6)
    for n in 0..<50 { _ = site.receive(question(from: host), at: s(102) + .milliseconds(Int64(n))) }
    let next = advertisements(of: &site, until: 106).map(\.0)
    #expect(next.count == 1 && next[0] >= answers[0] + 3)
    #expect(site.internet.neighbours.contains { $0.address == host && $0.hardware == theirHardware })
  }

  @Test func questionsFromBeyondTheLinkAreNotAnswered() {
    var site = router()
    _ = advertisements(of: &site, until: 100)
    _ = site.receive(question(from: Address("fe80::2")!, hopLimit: 254), at: s(100))
    _ = site.receive(question(from: .any), at: s(100))
    #expect(advertisements(of: &site, until: 110).isEmpty)
    #expect(site.internet.counters[.discoveryFromAfar] == 1)
    #expect(site.internet.counters[.badNeighbourMessage] == 1, "nobody has no hardware address")
  }

  @Test func byDefaultNothingIsSaid() {
    var site = router { $0.advertising = nil }
    #expect(advertisements(of: &site, until: 1_000).isEmpty)
    _ = site.receive(question(from: Address("fe80::2")!), at: s(1_000))
    #expect(site.internet.counters[.unusedControlMessage] == 1)
  }

  @Test func whoPassesNothingOnIsNoWayOut() {
    var site = router { $0.forwards = false }
    let said = advertisements(of: &site, until: 3).map(\.1)
    #expect(said.count == 1 && said[0].contains("lifetime 0s") && said[0].contains("2001:db8:1::/64"))
  }

  @Test func aHostBesideItGetsAnAddressAndAWayOut() {
    var site = router()
    var settings = InternetSettings()
    settings.autoconfigures = true
    var host = Site(settings, address: "0.0.0.0/32", hardware: theirHardware, seed: 7)
    var now = Instant.start
    while now <= s(20) {
      if site.internet.nextDeadline <= now { site.internet.expire(at: now) }
      if host.internet.nextDeadline <= now { host.internet.expire(at: now) }
      for frame in site.transmitted() { _ = host.receive(frame, at: now) }
      for frame in host.transmitted() { _ = site.receive(frame, at: now) }
      now = now + .milliseconds(100)
    }
    let addresses = host.internet.interface(0).ipv6.addresses.map(\.address)
    #expect(addresses == [Address("fe80::ff:fe00:2")!, Address("2001:db8:1::ff:fe00:2")!])
    let path = host.internet.path(to: Address("2001:db8:9::9")!)
    #expect(path?.nextHop == routerLinkLocal && path?.source == addresses[1])
  }

  private func question(from source: Address, hopLimit: UInt8 = 255) -> [UInt8] {
    let message = message6(16, from: source, to: .allRouters) { out in
      NDPHeader.emitRouterSolicitation(&out, at: 0)
      _ = NDPHeader.emit(.sourceHardware(theirHardware), &out, at: 8)
    }
    return packet6(message, from: source, to: .allRouters, .icmpv6, hopLimit: hopLimit)
  }
}
