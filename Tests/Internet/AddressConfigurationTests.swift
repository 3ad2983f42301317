import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

private let fifth = Address("fd00::5")!

@Suite struct AddressConfigurationTests {
  /// Runs a host alone, and says with the milliseconds what it sends.
  func script(
    _ site: inout Site, from begin: Instant = .start, until end: Instant,
    answering answers: (String) -> [UInt8]? = { _ in nil }
  ) -> [String] {
    var lines: [String] = []
    while site.internet.nextDeadline <= end {
      let now = max(site.internet.nextDeadline, begin)
      site.internet.expire(at: now)
      for line in site.said() {
        lines.append("\(now.nanoseconds / 1_000_000) \(line)")
        if let answer = answers(line) { _ = site.receive(answer, at: now + .milliseconds(1)) }
      }
    }
    return lines
  }

  func states(_ site: borrowing Site) -> [InterfaceAddress.State] {
    site.internet.interface(0).ipv6.addresses.map(\.state)
  }

  /// A host that makes addresses of what the router says, at the time when it has done so.
  func configured(_ options: [NDPOption], _ settings: InternetSettings = InternetSettings()) -> Site {
    var settings = settings
    settings.autoconfigures = true
    settings.duplicateProbes = 0
    var site = Site(settings, address: "10.0.0.1/24")
    _ = script(&site, until: s(9))
    _ = site.receive(routerAdvertisement(options), at: s(10))
    _ = site.transmitted()
    return site
  }

  @Test func anAddressIsAskedForBeforeItIsUsed() {
    var site = Site(address: "fd00::1/64")
    #expect(states(site) == [.tentative, .tentative])
    #expect(site.internet.path(to: Address("fd00::2")!) == nil)
    let isTaken = site.internet.isLocal(Address("fd00::1")!)
    #expect(!isTaken)
    let lines = script(&site, until: s(5))
    #expect(
      lines == [
        "0 33:33:00:00:00:16 :: > ff02::16: ICMP6, multicast listener report v2, 1 group record(s) "
          + "[gaddr ff02::1:ff00:1 changeToExclude, 0 source(s)], length 28",
        "391 33:33:00:00:00:16 :: > ff02::16: ICMP6, multicast listener report v2, 1 group record(s) "
          + "[gaddr ff02::1:ff00:1 changeToExclude, 0 source(s)], length 28",
        "697 33:33:ff:00:00:01 :: > ff02::1:ff00:1: ICMP6, neighbor solicitation, who has fe80::ff:fe00:1, "
          + "length 24",
        "697 33:33:ff:00:00:01 :: > ff02::1:ff00:1: ICMP6, neighbor solicitation, who has fd00::1, length 24",
      ])
    #expect(states(site) == [.preferred, .preferred])
    #expect(site.internet.path(to: Address("fd00::2")!)?.source == Address("fd00::1")!)
    #expect(site.internet.path(to: Address("fe80::2")!)?.source == Address("fe80::ff:fe00:1")!)
    #expect(site.internet.nextDeadline == .never)
    #expect(site.internet.counters.addressesProbed == 2)
  }

  @Test func anotherQuestionForATentativeAddressTakesItFromUs() {
    var site = Site(address: "fd00::1/64 fd00::5/64")
    _ = script(&site, until: ms(500))
    // Somebody looks for its owner: that is no sign of one.
    _ = site.receive(solicitation(fifth, from: Address("fe80::7")!, theirHardware), at: ms(500))
    #expect(states(site) == [.tentative, .tentative, .tentative])
    _ = site.receive(solicitation(fifth, from: .any, nil), at: ms(500))
    #expect(states(site) == [.tentative, .tentative, .duplicated])
    _ = script(&site, until: s(5))
    #expect(states(site) == [.preferred, .preferred, .duplicated])
    #expect(!site.internet.isLocal(fifth) && site.internet.counters.addressesDuplicated == 1)
    _ = site.receive(solicitation(fifth, from: Address("fe80::7")!, theirHardware), at: s(6))
    #expect(site.said() == [])
  }

  @Test func theOwnersAnswerTakesATentativeAddressFromUs() {
    var site = Site(address: "fd00::5/64")
    _ = script(&site, until: ms(500))
    _ = site.receive(
      advertisement(fifth, theirHardware, from: fifth, to: .allNodes, isSolicited: false), at: ms(501))
    _ = script(&site, until: s(5))
    #expect(states(site) == [.preferred, .duplicated])
  }

  @Test func whoAsksForAnAddressOfOursIsTold() {
    var site = Family.v6.site()
    _ = site.receive(solicitation(Family.v6.mine, from: .any, nil), at: s(100))
    #expect(
      site.said() == [
        "33:33:00:00:00:01 fd00::1 > ff02::1: ICMP6, neighbor advertisement, tgt is fd00::1, override, "
          + "destination link-address 02:00:00:00:00:01, length 32"
      ])
    #expect(site.internet.neighbours.isEmpty)
    _ = site.receive(
      advertisement(Family.v6.mine, theirHardware, from: Family.v6.mine, to: .allNodes, isSolicited: false))
    #expect(site.internet.counters[.badSource] == 1)
    _ = site.receive(
      advertisement(Family.v6.mine, theirHardware, from: Family.v6.theirs, to: .allNodes, isSolicited: false))
    #expect(site.internet.counters[.addressConflict] == 1)
  }

  @Test(arguments: 1...20)
  func ofTwoHostsWithOneAddressAtMostOneTakesIt(seed: UInt64) {
    var pair = Pair(
      CableSettings(delay: .milliseconds(1)), seed: seed, addresses: ("fd00::5/64", "fd00::5/64"))
    pair.run(until: s(10))
    let owners = [pair.left.internet.isLocal(fifth), pair.right.internet.isLocal(fifth)]
    #expect(owners.filter { $0 }.count <= 1)
    #expect(
      pair.left.internet.counters.addressesDuplicated + pair.right.internet.counters.addressesDuplicated > 0)
    #expect(pair.left.pool.outstanding + pair.right.pool.outstanding + pair.pool.outstanding == 0)
  }

  @Test func aDuplicateOfTheHardwaresOwnAddressEndsIPv6There() {
    var site = Site(address: "10.0.0.1/24 fd00::1/64")
    let own = Address("fe80::ff:fe00:1")!
    _ = script(&site, until: ms(500))
    _ = site.receive(
      advertisement(own, theirHardware, from: own, to: .allNodes, isSolicited: false), at: ms(600))
    #expect(!site.internet.interface(0).ipv6.isUp)
    #expect(site.internet.path(to: Address("fd00::2")!) == nil && site.internet.path(to: theirs) != nil)
    #expect(site.receive(packet6([1], from: Address("fd00::2")!, to: Address("fd00::1")!)) == .none)
    #expect(site.internet.counters[.unknownType] == 1)
  }

  @Test func aStableIdentifierIsTriedAgainWhereItIsTaken() {
    var settings = InternetSettings()
    settings.identifiers = .stable
    settings.autoconfigures = true
    var site = Site(settings), again = Site(settings), other = Site(settings, seed: 2)
    let first = site.internet.interface(0).ipv6.addresses[0].address
    #expect(first == again.internet.interface(0).ipv6.addresses[0].address)
    #expect(first != other.internet.interface(0).ipv6.addresses[0].address && first.isLinkLocal)
    #expect(first != Address("fe80::ff:fe00:1")!)
    _ = script(&again, until: s(5))
    _ = script(&other, until: s(5))
    var now = ms(990), before = Instant.start
    for attempt in 1...4 {
      _ = script(&site, from: before, until: now)
      before = now
      let taken = site.internet.interface(0).ipv6.addresses[0].address
      _ = site.receive(
        advertisement(taken, theirHardware, from: taken, to: .allNodes, isSolicited: false), at: now)
      let state = states(site)
      #expect(state == (attempt == 4 ? [.duplicated] : [.tentative]))
      now = now + .milliseconds(500)
    }
    #expect(site.internet.counters.addressesDuplicated == 4)
  }

  @Test func routersAreAskedAndWhatTheySayMakesAddresses() {
    var settings = InternetSettings()
    settings.autoconfigures = true
    var site = Site(settings)
    var isHeard = false
    let lines = script(&site, until: s(30)) { line in
      // The first question is lost.
      guard line.contains("router solicitation") else { return nil }
      defer { isHeard = true }
      return isHeard
        ? routerAdvertisement(
          [
            .sourceHardware(routerHardware), .mtu(1_400),
            prefixOption("2001:db8:1::/64", valid: 86_400, preferred: 14_400),
          ],
          routerLimit: 32)
        : nil
    }
    #expect(
      lines.filter { !$0.contains("listener") } == [
        "697 33:33:ff:00:00:01 :: > ff02::1:ff00:1: ICMP6, neighbor solicitation, who has fe80::ff:fe00:1, "
          + "length 24",
        "1697 33:33:00:00:00:02 fe80::ff:fe00:1 > ff02::2: ICMP6, router solicitation, "
          + "source link-address 02:00:00:00:00:01, length 16",
        "5697 33:33:00:00:00:02 fe80::ff:fe00:1 > ff02::2: ICMP6, router solicitation, "
          + "source link-address 02:00:00:00:00:01, length 16",
        "5698 33:33:ff:00:00:01 :: > ff02::1:ff00:1: ICMP6, neighbor solicitation, "
          + "who has 2001:db8:1::ff:fe00:1, length 24",
      ])
    let ipv6 = site.internet.interface(0).ipv6
    #expect(ipv6.addresses.map(\.address.description) == ["fe80::ff:fe00:1", "2001:db8:1::ff:fe00:1"])
    #expect(ipv6.addresses.map(\.state) == [.preferred, .preferred])
    #expect(ipv6.mtu == 1_400 && ipv6.hopLimit == 32 && ipv6.routers.map(\.address) == [routerAddress])
    let path = site.internet.path(to: Address("2001:db8:9::1")!)
    #expect(path?.nextHop == routerAddress && path?.mtu == 1_400)
    #expect(path?.source == Address("2001:db8:1::ff:fe00:1")!)
    #expect(site.internet.capabilities(of: path!).largestSegment == 1_360)
    #expect(site.internet.path(to: Address("2001:db8:1::7")!)?.nextHop == Address("2001:db8:1::7")!)
    site.send([1], to: Address("2001:db8:9::1")!, at: s(31))
    #expect(site.said() == ["\(routerHardware) 2001:db8:1::ff:fe00:1 > 2001:db8:9::1: 1"])
  }

  @Test func withoutARouterThreeQuestionsAreEnough() {
    var settings = InternetSettings()
    settings.autoconfigures = true
    var site = Site(settings)
    let lines = script(&site, until: s(100))
    #expect(lines.filter { $0.contains("router solicitation") }.count == 3)
    #expect(site.internet.nextDeadline == .never)
  }

  @Test func anAddressIsDeprecatedThenEnds() {
    var site = configured([prefixOption("2001:db8:1::/64", valid: 10_000, preferred: 100)])
    let address = Address("2001:db8:1::ff:fe00:1")!, far = Address("2001:db8:1::7")!
    #expect(states(site) == [.preferred, .preferred])
    _ = script(&site, until: s(110))
    #expect(states(site) == [.preferred, .deprecated])
    #expect(site.internet.path(to: far)?.source == address)
    // A newer one is preferred for what begins now.
    let isAdded = site.internet.addAddress(AddressPrefix("2001:db8:2::1/64")!, to: 0)
    #expect(isAdded)
    #expect(site.internet.path(to: far)?.source == Address("2001:db8:2::1")!)
    // What began with the old one goes on.
    #expect(site.internet.path(to: far, from: address) != nil)
    #expect(site.receive(packet6([1], from: far, to: address), at: s(200)) != .none)
    _ = script(&site, until: s(10_011))
    #expect(site.internet.interface(0).ipv6.addresses.map(\.address).contains(address) == false)
    #expect(site.receive(packet6([1], from: far, to: address), at: s(10_012)) == .none)
  }

  @Test func nobodyEndsAnAddressAtOnceByAnAdvertisement() {
    var site = configured([prefixOption("2001:db8:1::/64", valid: 86_400, preferred: 14_400)])
    func valid(_ now: Instant) -> Interval { site.internet.interface(0).ipv6.addresses[1].validUntil - now }
    func advertise(_ lifetime: UInt32, at now: Instant) {
      _ = site.receive(
        routerAdvertisement([prefixOption("2001:db8:1::/64", valid: lifetime, preferred: 0)]), at: now)
    }
    advertise(10, at: s(20))
    #expect(valid(s(20)) == .seconds(7_200))
    advertise(10, at: s(30))
    #expect(valid(s(30)) == .seconds(7_190))
    advertise(8_000, at: s(40))
    #expect(valid(s(40)) == .seconds(8_000))
    advertise(.max, at: s(50))
    #expect(site.internet.interface(0).ipv6.addresses[1].validUntil == .never)
  }

  @Test func prefixesThatMakeNoAddressAreRefused() {
    let site = configured([
      prefixOption("2001:db8:1::/64", valid: 100, preferred: 200),
      prefixOption("2001:db8:2::/48", valid: 200, preferred: 100),
      prefixOption("fe80::/64", valid: 200, preferred: 100),
      prefixOption("2001:db8:3::/64", valid: 0, preferred: 0),
      prefixOption("2001:db8:4::/64", valid: 200, preferred: 100, isAutonomous: false),
    ])
    #expect(site.internet.interface(0).ipv6.addresses.count == 1)
    #expect(site.internet.counters[.advertisementRefused] == 2)
  }

  @Test func addressesAreBounded() {
    var settings = InternetSettings()
    settings.addresses = 4
    var site = configured(
      (0..<9).map { prefixOption("2001:db8:\($0)::/64", valid: 200, preferred: 100) }, settings)
    #expect(site.internet.interface(0).ipv6.addresses.count == 4)
    let refused = site.internet.addAddress(AddressPrefix("fd00::9/64")!, to: 0)
    #expect(!refused)
  }
}
