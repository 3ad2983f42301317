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
      return piece6(part, at: index * 16, isLast: index == 4, .udp, identification: identification)
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

  /// A host whose neighbour is known.
  private func acquainted() -> Site {
    var site = v6.site()
    _ = site.receive(v6.question, at: v6.begin)
    _ = site.transmitted()
    return site
  }

  /// RFC 6946 §4: it is no part of other pieces with its identification.
  @Test func aPieceThatIsAllOfItsPacketStandsByItself() {
    var site = acquainted()
    let pieces = pieces(of: payload)
    for index in 0..<3 { _ = site.receive(pieces[index], at: v6.begin) }
    let all = piece6([1, 2, 3], at: 0, isLast: true, .udp)
    #expect(site.receive(all, at: v6.begin) == .packet([1, 2, 3], from: v6.theirs, to: v6.mine, .udp))
    _ = site.receive(pieces[3], at: v6.begin)
    #expect(site.receive(pieces[4], at: v6.begin) == .packet(payload, from: v6.theirs, to: v6.mine, .udp))
    #expect(site.internet.counters.dropped == 0)
  }

  /// RFC 8200 §4.5: of what cannot be a piece the sender is told the field that is wrong.
  @Test(arguments: [(9, 0, false, UInt32(4)), (16, 65_528, true, 42), (1_448, 64_800, false, 42)])
  func anImpossiblePieceIsToldWithAPointer(count: Int, offset: Int, isLast: Bool, pointer: UInt32) {
    var site = acquainted()
    let part = [UInt8](repeating: 1, count: count)
    #expect(site.receive(piece6(part, at: offset, isLast: isLast, .udp), at: v6.begin) == .none)
    let sent = site.transmitted().map { SentIPv6($0) }
    #expect(sent.count == 1 && sent[0].icmp == (4, 0, pointer) && sent[0].checksumIsRight)
    #expect(site.internet.counters[.fragment] == 1 && site.pool.outstanding == 0)
  }

  @Test(arguments: [0, 8, 64, 128, 600, 1_200])
  func headersInFrontOfPiecesMayBeLong(count: Int) {
    var site = acquainted()
    var options: [UInt8] = []
    for start in stride(from: 0, to: count, by: 200) {
      // Options of at most 200 bytes each, padded.
      let size = min(200, count - start)
      let isLast = start + size == count
      options += [isLast ? IPProtocol.fragment.rawValue : IPProtocol.destinationOptions.rawValue]
      options += [UInt8(size / 8 - 1), 1, UInt8(size - 4)] + [UInt8](repeating: 0, count: size - 4)
    }
    let first = piece6(Array(payload[..<64]), at: 0, isLast: false, .udp, behind: options)
    _ = site.receive(first, at: v6.begin)
    let rest = piece6(Array(payload[64...]), at: 64, isLast: true, .udp)
    #expect(site.receive(rest, at: v6.begin) == .packet(payload, from: v6.theirs, to: v6.mine, .udp))
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
