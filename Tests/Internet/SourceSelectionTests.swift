import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

@Suite struct SourceSelectionTests {
  @Test(arguments: [
    ("fe80::7", "fe80::ff:fe00:1"), ("ff02::1", "fe80::ff:fe00:1"), ("fd00::7", "fd00::1"),
    ("fd00:0:0:1::7", "fd00:0:0:1::1"), ("2001:db8::7", "2001:db8::1"), ("2001:db8:1::7", "2001:db8:1::1"),
    ("ff0e::1", "2001:db8::1"),
  ])
  func theAddressOfTheRightScopeAndPrefixIsTheSource(destination: String, source: String) {
    var settings = InternetSettings()
    settings.duplicateProbes = 0
    var site = Site(
      settings, address: "fd00::1/64 fd00:0:0:1::1/64 2001:db8::1/64 2001:db8:1::1/64")
    site.internet.addRoute(to: AddressPrefix("::/0")!, gateway: Address("fd00::9")!, interface: 0)
    let path = site.internet.path(to: Address(destination)!)
    if destination != "ff0e::1" { #expect(path?.source.description == source) }
    #expect(path?.source.isLinkLocal == source.hasPrefix("fe80"))
  }

  @Test func aLinkLocalSourceNamesTheLink() {
    var settings = InternetSettings()
    settings.duplicateProbes = 0
    var site = Site(settings, address: "fd00::1/64")
    _ = site.internet.attach(
      hardware: HardwareAddress(2, 0, 0, 0, 1, 1), addresses: [AddressPrefix("fd01::1/64")!],
      capabilities: LinkCapabilities())
    let peer = Address("fe80::7")!
    #expect(site.internet.path(to: peer)?.interface == 0)
    #expect(site.internet.path(to: peer, from: Address("fe80::ff:fe00:101")!)?.interface == 1)
    #expect(site.internet.path(to: Address("fd01::7")!)?.interface == 1)
  }

  @Test func aLinkThatIsTooNarrowCarriesNoIPv6() {
    var site = Site()
    let number = site.internet.attach(
      hardware: HardwareAddress(2, 0, 0, 0, 1, 1), addresses: [AddressPrefix("fd01::1/64")!],
      capabilities: LinkCapabilities(mtu: 1_279))
    #expect(!site.internet.interface(number).ipv6.isUp && site.internet.nextDeadline == .never)
  }
}
