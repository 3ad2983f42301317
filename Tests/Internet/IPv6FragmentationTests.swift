import StrataBase
import StrataInternet
import StrataWire
import Testing

private let v6 = Family.v6

@Suite struct IPv6FragmentationTests {
  /// Five pieces of one datagram, the first of which has destination options in front.
  private func pieces(of payload: [UInt8], identification: UInt32 = 7) -> [[UInt8]] {
    (0..<5).map { index in
      let part = Array(payload[(index * 16)..<min((index + 1) * 16, payload.count)])
      var header = [UInt8](repeating: 0, count: IPv6Fragment.headerCount)
      var out = header.mutableSpan
      var raw = out.mutableBytes
      IPv6Fragment(
        identification: identification, offset: index * 16, moreFragments: index < 4, nextHeader: .udp
      ).emit(&raw, at: 0)
      return packet6(header + part, from: v6.theirs, to: v6.mine, .fragment)
    }
  }
  private let payload = (0..<77).map { UInt8($0) }

  @Test func everyOrderOfFivePiecesBecomesTheWhole() {
    var orders: [[Int]] = [[]]
    for n in 0..<5 {
      orders = orders.flatMap { order in (0...n).map { at in Array(order[..<at]) + [n] + order[at...] } }
    }
    #expect(orders.count == 120)
    var site = v6.site()
    for (number, order) in orders.enumerated() {
      let pieces = pieces(of: payload, identification: UInt32(number))
      for index in order.dropLast() { #expect(site.receive(pieces[index], at: v6.begin) == .none) }
      #expect(
        site.receive(pieces[order[4]], at: v6.begin) == .packet(payload, from: v6.theirs, to: v6.mine, .udp))
    }
    #expect(site.internet.counters.reassembled == 120 && site.pool.outstanding == 0)
  }

  @Test func aPieceThatContradictsAnotherRefusesThePacket() {
    var site = v6.site()
    var pieces = pieces(of: payload)
    for index in 0..<3 { _ = site.receive(pieces[index], at: v6.begin) }
    pieces[2][70] ^= 1
    _ = site.receive(pieces[2], at: v6.begin)
    for index in 3..<5 { #expect(site.receive(pieces[index], at: v6.begin) == .none) }
    #expect(site.internet.counters[.reassemblyOverlap] > 0)
    #expect(site.pool.outstanding == 0)
  }

  @Test func whatDoesNotBecomeWholeInAMinuteIsToldItsSender() {
    var site = v6.site()
    _ = site.receive(v6.question, at: v6.begin)
    _ = site.transmitted()
    for index in 0..<3 { _ = site.receive(pieces(of: payload)[index], at: v6.begin) }
    site.internet.expire(at: v6.begin + .seconds(59))
    _ = site.transmitted()
    site.internet.expire(at: v6.begin + .seconds(60))
    let sent = site.transmitted().map { SentIPv6($0) }.filter { $0.icmp.type == 3 }
    #expect(sent.count == 1 && sent.first?.icmp.code == 1 && sent.first?.checksumIsRight == true)
    #expect(site.internet.counters[.reassemblyExpired] == 3)
  }

  @Test func aDatagramThatIsTooLongGoesOutInPieces() {
    var site = v6.site(), other = Site(address: "fd00::2/64", hardware: theirHardware)
    for second in 0..<9 { other.internet.expire(at: s(Int64(second))) }
    _ = other.transmitted()
    _ = site.receive(v6.question, at: v6.begin)
    _ = site.transmitted()
    let long = (0..<4_000).map { UInt8(truncatingIfNeeded: $0 % 253) }
    site.send(long, to: v6.theirs, at: v6.begin)
    let sent = site.transmitted()
    #expect(sent.count == 3 && sent.allSatisfy { $0.count <= 1_514 })
    var last = Outcome.none
    for bytes in sent { last = other.receive(bytes, at: v6.begin) }
    #expect(last == .packet(long, from: v6.mine, to: v6.theirs, .udp))
    #expect(site.pool.outstanding == 0 && other.pool.outstanding == 0)
  }
}
