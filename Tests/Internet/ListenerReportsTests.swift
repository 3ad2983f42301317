import StrataBase
import StrataInternet
import StrataWire
import Testing

private let group = Address("ff02::fb")!, wide = Address("ff0e::1234")!

@Suite struct ListenerReportsTests {
  func query(_ group: Address, _ milliseconds: UInt16, hopLimit: UInt8 = 1) -> [UInt8] {
    let message = message6(28, from: routerAddress, to: .allNodes) { out in
      MLDHeader.emitQuery(&out, at: 0, group: group, maximumResponse: milliseconds)
    }
    return packet6(message, from: routerAddress, to: .allNodes, .icmpv6, hopLimit: hopLimit)
  }

  /// Everything that a host reports until it is quiet: each report's first record.
  func reports(_ site: inout Site) -> [String] {
    var lines: [String] = []
    while true {
      let isQuiet = site.internet.nextDeadline == .never
      let now = isQuiet ? s(103) : max(site.internet.nextDeadline, s(100))
      #expect(now <= s(104))
      site.internet.expire(at: now)
      for bytes in site.transmitted() {
        let sent = SentIPv6(bytes)
        #expect(sent.hopLimit == 1 && sent.hasRouterAlert && sent.checksumIsRight)
        #expect(sent.to == HardwareAddress("33:33:00:00:00:16") && sent.source.isLinkLocal)
        lines.append(String(sent.description.split(separator: "[")[1].split(separator: ",")[0]))
      }
      if site.internet.nextDeadline == .never { return lines }
    }
  }

  @Test func joiningAndLeavingAreToldTwice() {
    var site = Family.v6.site()
    let first = site.internet.join(group, on: 0, at: s(100))
    #expect(first)
    #expect(reports(&site) == ["gaddr ff02::fb changeToExclude", "gaddr ff02::fb changeToExclude"])
    // A second user changes nothing, and neither does the first one's leaving.
    let second = site.internet.join(group, on: 0, at: s(100))
    site.internet.leave(group, on: 0, at: s(102))
    let isIn = site.internet.isMember(of: group, on: 0)
    #expect(second && isIn && reports(&site) == [])
    for _ in 0..<2 { site.internet.leave(group, on: 0, at: s(102)) }
    #expect(reports(&site) == ["gaddr ff02::fb changeToInclude", "gaddr ff02::fb changeToInclude"])
    let isStillIn = site.internet.isMember(of: group, on: 0)
    #expect(!isStillIn)
  }

  @Test func aRouterThatAsksIsAnsweredOnceAndLater() {
    var site = Family.v6.site()
    _ = site.internet.join(wide, on: 0, at: s(100))
    for second in 100..<105 { site.internet.expire(at: s(Int64(second))) }
    _ = site.transmitted()
    for _ in 0..<3 { _ = site.receive(query(.any, 8_000), at: s(110)) }
    #expect(site.internet.nextDeadline > s(110) && site.internet.nextDeadline <= s(118))
    site.internet.expire(at: site.internet.nextDeadline)
    let answers = site.said()
    #expect(answers.count == 1 && answers[0].contains("2 group record(s)"))
    #expect(answers[0].contains("ff02::1:ff00:1 modeIsExclude"))
    #expect(answers[0].contains("ff0e::1234 modeIsExclude"))
    #expect(site.internet.nextDeadline == .never)
    _ = site.receive(query(wide, 1_000), at: s(120))
    site.internet.expire(at: s(121))
    #expect(site.said().map { $0.contains("1 group record(s) [gaddr ff0e::1234 modeIsExclude") } == [true])
    // Not from afar, and not about what we are not in.
    _ = site.receive(query(.any, 1_000, hopLimit: 64), at: s(130))
    _ = site.receive(query(group, 1_000), at: s(130))
    #expect(site.internet.nextDeadline == .never)
  }

  @Test func groupsAreBounded() {
    var settings = InternetSettings()
    settings.groups = 6
    var site = Family.v6.site(settings)
    var joined = 0
    for n in 1...9 where site.internet.join(Address("ff02::1:\(n)")!, on: 0, at: s(100)) { joined += 1 }
    #expect(joined == 5)
    for address in [theirs, Family.v6.theirs] {
      let isIn = site.internet.join(address, on: 0, at: s(100))
      #expect(!isIn)
    }
  }

  @Test func manyGroupsNeedSeveralReports() {
    var settings = InternetSettings()
    settings.groups = 130
    var site = Family.v6.site(settings)
    for n in 1...120 { _ = site.internet.join(Address("ff02::2:\(n)")!, on: 0, at: s(100)) }
    // Each was told at once; the second time all are told together.
    _ = site.transmitted()
    site.internet.expire(at: s(101))
    let sent = site.transmitted()
    #expect(sent.count == 3 && sent.allSatisfy { $0.count <= 14 + 1_280 })
  }
}
