import StrataBase
import StrataInternet
import StrataWire
import Testing

private let far = Address("2001:db8:9::1")!

@Suite struct RouterDiscoveryTests {
  func site() -> Site {
    var settings = InternetSettings()
    settings.autoconfigures = true
    settings.duplicateProbes = 0
    settings.routers = 3
    var site = Site(settings, address: "fd00::1/64")
    for second in 0..<20 { site.internet.expire(at: s(Int64(second))) }
    _ = site.transmitted()
    return site
  }
  func router(_ n: Int) -> Address { Address("fe80::9\(n)")! }

  @Test func aRouterIsUsedForAsLongAsItSays() {
    var site = site()
    _ = site.receive(routerAdvertisement([], lifetime: 30), at: s(20))
    #expect(site.internet.path(to: far)?.nextHop == routerAddress)
    _ = site.receive(routerAdvertisement([], lifetime: 30), at: s(40))
    site.internet.expire(at: s(69))
    #expect(site.internet.path(to: far)?.nextHop == routerAddress)
    #expect(site.internet.nextDeadline == s(70))
    site.internet.expire(at: s(70))
    #expect(site.internet.path(to: far) == nil && site.internet.interface(0).ipv6.routers.isEmpty)
    _ = site.receive(routerAdvertisement([], lifetime: 30), at: s(80))
    _ = site.receive(routerAdvertisement([], lifetime: 0), at: s(81))
    #expect(site.internet.path(to: far) == nil)
  }

  @Test func aRouterThatDoesNotAnswerGivesWayToTheNext() {
    var site = site()
    for n in 1...2 { _ = site.receive(routerAdvertisement([], from: router(n)), at: s(20)) }
    #expect(site.internet.path(to: far)?.nextHop == router(1))
    site.send([1], to: far, at: s(21))
    for second in 22...24 { site.internet.expire(at: s(Int64(second))) }
    #expect(site.internet.path(to: far)?.nextHop == router(2))
  }

  @Test func aNeighbourThatIsNoRouterAnyMoreIsNotUsed() {
    var site = site()
    for n in 1...2 {
      _ = site.receive(routerAdvertisement([.sourceHardware(theirHardware)], from: router(n)), at: s(20))
    }
    _ = site.receive(
      advertisement(router(1), theirHardware, from: router(1), to: Address("fd00::1")!), at: s(21))
    #expect(site.internet.path(to: far)?.nextHop == router(2))
    #expect(site.internet.interface(0).ipv6.routers.map(\.address) == [router(2)])
  }

  @Test func routersAreBounded() {
    var site = site()
    for n in 1...5 { _ = site.receive(routerAdvertisement([], from: router(n)), at: s(20)) }
    #expect(site.internet.interface(0).ipv6.routers.count == 3)
    #expect(site.internet.counters[.advertisementRefused] == 2)
  }

  @Test func whatSomebodySetStays() {
    var site = site()
    site.internet.addRoute(to: AddressPrefix("::/0")!, gateway: Address("fd00::7")!, interface: 0)
    _ = site.receive(routerAdvertisement([], lifetime: 30), at: s(20))
    #expect(site.internet.path(to: far)?.nextHop == Address("fd00::7")!)
    site.internet.expire(at: s(60))
    #expect(site.internet.path(to: far)?.nextHop == Address("fd00::7")!)
  }

  @Test func aPrefixIsOnTheLinkForAsLongAsTheRouterSays() {
    var site = site()
    let near = Address("2001:db8:1::7")!
    let prefix = prefixOption("2001:db8:1::/64", valid: 50, preferred: 50, isAutonomous: false)
    _ = site.receive(routerAdvertisement([prefix]), at: s(20))
    #expect(site.internet.path(to: near)?.nextHop == near)
    site.internet.expire(at: s(70))
    #expect(site.internet.path(to: near)?.nextHop == routerAddress)
  }

  @Test func onlyARouterOnTheLinkIsBelieved() {
    var site = site()
    let good = routerAdvertisement([])
    _ = site.receive(routerAdvertisement([], hopLimit: 254), at: s(20))
    #expect(site.internet.counters[.discoveryFromAfar] == 1)
    _ = site.receive(routerAdvertisement([], from: Address("fd00::9")!), at: s(20))
    #expect(site.internet.counters[.badNeighbourMessage] == 1)
    var damaged = good
    damaged[60] ^= 1
    _ = site.receive(damaged, at: s(20))
    #expect(site.internet.counters[.badControlChecksum] == 1)
    #expect(site.internet.path(to: far) == nil)
    _ = site.receive(good, at: s(20))
    #expect(site.internet.path(to: far) != nil)
  }

  @Test func aHostThatDoesNotAutoconfigureListensToNoRouter() {
    var site = Family.v6.site()
    _ = site.receive(
      routerAdvertisement([prefixOption("2001:db8:1::/64", valid: 50, preferred: 50)]), at: s(100))
    #expect(site.internet.path(to: far) == nil && site.internet.interface(0).ipv6.addresses.count == 2)
    #expect(site.internet.counters[.unusedControlMessage] == 1)
  }

  @Test func impossibleMTUsAreIgnored() {
    var site = site()
    for mtu in [1_279, 1_501] as [UInt32] { _ = site.receive(routerAdvertisement([.mtu(mtu)]), at: s(20)) }
    #expect(site.internet.interface(0).ipv6.mtu == 1_500)
    _ = site.receive(routerAdvertisement([.mtu(1_280)]), at: s(20))
    #expect(site.internet.interface(0).ipv6.mtu == 1_280)
  }
}
