import StrataBase
import StrataInternet
import StrataWire
import Testing

private let group = Address("239.1.2.3")!, hardware = HardwareAddress(1, 0, 0x5e, 1, 2, 3)

@Suite struct GroupTests {
  /// What a transmitted frame reports; nil where it is no report.
  private func report(_ bytes: [UInt8]) -> String? {
    guard let frame = try? EthernetView(bytes.span.bytes), let packet = try? IPv4View(frame.payload),
      packet.protocol == .igmp, packet.checksumIsRight, packet.timeToLive == 1, packet.headerCount == 24,
      packet.destinationAddress == Address("224.0.0.22"), let message = try? IGMPView(packet.payload),
      message.checksumIsRight, frame.destination == HardwareAddress(1, 0, 0x5e, 0, 0, 22)
    else { return nil }
    return message.description
  }

  private func query(_ group: Address? = nil, tenths: UInt8 = 100, version: Int = 3) -> [UInt8] {
    var message = [UInt8](repeating: 0, count: version == 3 ? 12 : 8)
    let count = message.count - 8
    var span = message.mutableSpan
    var out = span.mutableBytes
    IGMPHeader.emit(&out, at: 0, type: .query, code: tenths, rest: group?.v4 ?? 0, bodyCount: count)
    let to = group ?? Address("224.0.0.1")!
    let low = to.v4 & 0x7f_ffff
    let hardware = HardwareAddress(number: 0x0100_5e00_0000 | UInt64(low))
    return packet(message, to: to, IPProtocol(rawValue: 2), hardware: hardware, timeToLive: 1)
  }

  /// The instants and texts of all reports until `end`.
  private func reports(_ site: inout Site, until end: Instant) -> [(Instant, String)] {
    var all: [(Instant, String)] = []
    while site.internet.nextDeadline <= end {
      let now = site.internet.nextDeadline
      site.internet.expire(at: now)
      all += site.transmitted().compactMap { report($0) }.map { (now, $0) }
    }
    return all
  }

  @Test func aGroupIsHeardWhileItHasMembers() {
    var site = Site()
    let datagram = packet([1, 2], to: group, hardware: hardware)
    #expect(site.receive(datagram) == .none)
    #expect(site.internet.counters[.otherHardware] == 1)
    for _ in 0..<2 { _ = site.internet.join(group, on: 0, at: .start) }
    #expect(site.receive(datagram) == .packet([1, 2], from: theirs, to: group, .udp))
    site.internet.leave(group, on: 0, at: s(1))
    #expect(site.receive(datagram, at: s(1)) != .none)
    site.internet.leave(group, on: 0, at: s(1))
    #expect(site.receive(datagram, at: s(1)) == .none)
    site.internet.leave(group, on: 0, at: s(1))
  }

  @Test func anotherGroupWithTheSameHardwareAddressIsNotHeard() {
    var site = Site()
    _ = site.internet.join(group, on: 0, at: .start)
    #expect(site.receive(packet([1], to: Address("224.129.2.3")!, hardware: hardware)) == .none)
    #expect(site.internet.counters[.otherAddress] == 1)
    #expect(site.receive(packet([1], to: group, .tcp, hardware: hardware)) == .none)
    #expect(site.internet.counters[.broadcast] == 1)
  }

  @Test func joiningAndLeavingAreToldTwice() {
    var site = Site()
    _ = site.internet.join(group, on: 0, at: .start)
    let first = site.transmitted().compactMap { report($0) }
    #expect(first == ["igmp v3 report, 1 group record(s) [gaddr 239.1.2.3 changeToExclude { 0 }]"])
    let again = reports(&site, until: s(100))
    #expect(again.map(\.1) == first && again[0].0 > .start && again[0].0 <= s(1))
    site.internet.leave(group, on: 0, at: s(100))
    let last = site.transmitted().compactMap { report($0) } + reports(&site, until: s(200)).map(\.1)
    #expect(
      last
        == Array(
          repeating: "igmp v3 report, 1 group record(s) [gaddr 239.1.2.3 changeToInclude { 0 }]", count: 2))
    #expect(site.internet.nextDeadline == .never && site.pool.outstanding == 0)
  }

  @Test func aQueryIsAnsweredWithinItsTime() {
    var site = Site()
    _ = site.internet.join(group, on: 0, at: .start)
    _ = site.internet.join(Address("239.9.9.9")!, on: 0, at: .start)
    _ = reports(&site, until: s(10))
    _ = site.transmitted()
    #expect(site.receive(query(tenths: 50), at: s(10)) == .none)
    #expect(site.transmitted().isEmpty, "not at once")
    let answers = reports(&site, until: s(100))
    #expect(answers.count == 1 && answers[0].0 > s(10) && answers[0].0 <= s(15))
    #expect(answers[0].1.contains("2 group record(s)") && answers[0].1.contains("modeIsExclude"))
    _ = site.receive(query(group), at: s(200))
    let one = reports(&site, until: s(300)).map(\.1)
    #expect(one == ["igmp v3 report, 1 group record(s) [gaddr 239.1.2.3 modeIsExclude { 0 }]"])
    _ = site.receive(query(version: 2), at: s(400))
    let old = reports(&site, until: s(500))
    #expect(old.count == 1)
  }

  @Test func nothingIsSaidToABrokenQuery() {
    var site = Site()
    _ = site.internet.join(group, on: 0, at: .start)
    _ = reports(&site, until: s(10))
    var broken = query()
    broken[34 + 3] ^= 1
    #expect(site.receive(broken, at: s(10)) == .none)
    #expect(site.internet.counters[.badMembershipMessage] == 1 && site.internet.nextDeadline == .never)
  }

  @Test func groupsAreBounded() {
    var site = Site()
    for n in 0..<64 {
      let isIn = site.internet.join(Address(v4: 0xef00_0000 + UInt32(n)), on: 0, at: .start)
      #expect(isIn)
    }
    let isIn = site.internet.join(group, on: 0, at: .start)
    let isHost = site.internet.join(theirs, on: 0, at: .start)
    #expect(!isIn && !isHost)
  }
}
