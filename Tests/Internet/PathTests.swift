import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

@Suite struct PathTests {
  @Test func theLongestPrefixWins() {
    var table = RouteTable(capacity: 8)
    func add(_ text: String, _ interface: Int) {
      table.insert(Route(to: AddressPrefix(text)!, gateway: nil, interface: interface))
    }
    add("0.0.0.0/0", 0)
    add("10.1.2.0/24", 3)
    add("10.0.0.0/8", 1)
    add("10.1.0.0/16", 2)
    add("10.1.2.3/32", 4)
    func interface(_ text: String) -> Int? { table.route(to: Address(text)!)?.interface }
    #expect(interface("10.1.2.3") == 4 && interface("10.1.2.4") == 3 && interface("10.1.9.9") == 2)
    #expect(interface("10.9.9.9") == 1 && interface("8.8.8.8") == 0 && interface("fe80::1") == nil)
    add("10.0.0.0/8", 7)
    #expect(interface("10.9.9.9") == 7 && table.routes.count == 5)
  }

  @Test func theRouteTableIsBounded() {
    var settings = InternetSettings()
    settings.routes = 3
    var site = Site(settings)
    let added = (1...3).map { n in
      site.internet.addRoute(to: AddressPrefix("10.\(n).0.0/16")!, gateway: theirs, interface: 0)
    }
    #expect(added == [true, true, false])
    #expect(site.internet.routes.routes.count == 3)
  }

  @Test func packetsToFarNetworksGoToTheRouter() {
    var site = Site()
    site.internet.addRoute(to: AddressPrefix("0.0.0.0/0")!, gateway: theirs, interface: 0)
    site.learnTheirs()
    let far = Address("8.8.8.8")!
    #expect(site.internet.path(to: far)?.nextHop == theirs)
    #expect(site.internet.path(to: far)?.source == mine)
    site.send([1], to: far)
    #expect(site.said() == ["02:00:00:00:00:02 10.0.0.1 > 8.8.8.8: 1"])
  }

  @Test func withoutARouteThereIsNoPath() {
    let site = Site()
    for address in ["8.8.8.8", "0.0.0.0", "::", "2001:db8::1"] {
      #expect(site.internet.path(to: Address(address)!) == nil)
    }
    #expect(site.internet.path(to: theirs)?.nextHop == theirs)
  }

  @Test func theSourceHasToBeOurs() {
    let site = Site()
    #expect(site.internet.path(to: theirs, from: mine)?.source == mine)
    #expect(site.internet.path(to: theirs, from: .anyV4)?.source == mine)
    #expect(site.internet.path(to: theirs, from: theirs) == nil)
    #expect(site.internet.path(to: theirs, from: .loopbackV4) == nil)
    #expect(site.internet.path(to: mine, from: .loopbackV4)?.kind == .loopback)
  }

  @Test func aPathKnowsWhatItsLinkTakes() {
    var site = Site()
    let wide = site.internet.attach(
      hardware: HardwareAddress(2, 0, 0, 0, 1, 1), address: AddressPrefix("10.1.0.1/24")!,
      capabilities: LinkCapabilities(mtu: 9_000, offloadsChecksum: true))
    let path = site.internet.path(to: Address("10.1.0.7")!)!
    #expect(path.mtu == 9_000 && path.interface == wide)
    #expect(site.internet.capabilities(of: path).offloadsChecksum)
    #expect(site.internet.capabilities(of: path).largestSegment == 8_960)
    #expect(site.internet.path(to: .broadcastV4, from: Address("10.1.0.1")!)?.interface == wide)
    #expect(site.internet.path(to: .broadcastV4)?.interface == 0)
  }
}
