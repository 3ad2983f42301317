import StrataBase
import StrataInternet
import StrataWire
import Testing

@Suite struct FragmentationTests {
  private let whole = (0..<4_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ $0 / 251) }

  /// One piece of a packet that goes from them to us.
  private func piece(_ range: Range<Int>, of payload: [UInt8], _ p: IPProtocol = .udp) -> [UInt8] {
    packet(Array(payload[range]), p, more: range.upperBound < payload.count, offset: range.lowerBound)
  }

  /// Five pieces that make a packet.
  private var five: [[UInt8]] {
    [0..<800, 800..<1_600, 1_600..<2_400, 2_400..<3_200, 3_200..<4_000].map { piece($0, of: whole) }
  }

  private func permutations(of n: Int) -> [[Int]] {
    if n == 0 { return [[]] }
    return permutations(of: n - 1).flatMap { rest in
      (0...rest.count).map { at in Array(rest[..<at]) + [n - 1] + Array(rest[at...]) }
    }
  }

  // MARK: Sending

  @Test func aLongDatagramGoesOutInPieces() throws {
    var site = Site()
    site.learnTheirs()
    site.send(whole, to: theirs)
    let frames = site.transmitted()
    #expect(frames.map(\.count) == [1_514, 1_514, 14 + 20 + 1_040])
    var payload: [UInt8] = []
    var names: Set<UInt16> = []
    for frame in frames {
      let view = try IPv4View(frame.span.bytes.extracting(droppingFirst: 14))
      let isRight = view.checksumIsRight, mayBeCut = !view.dontFragment, offset = view.fragmentOffset
      #expect(isRight && mayBeCut && offset == payload.count)
      payload += view.payload.array
      names.insert(view.identification)
      let more = view.moreFragments
      #expect(more == (payload.count < whole.count))
    }
    #expect(payload == whole && names.count == 1)
    #expect(site.internet.counters.fragmentsSent == 3 && site.pool.outstanding == 0)
  }

  @Test func aLongDatagramThatWaitsForItsNeighbourIsCutWhenItGoes() {
    var site = Site()
    site.send(whole, to: theirs)
    #expect(site.transmitted().count == 1, "the question")
    _ = site.receive(arp(.reply, from: theirs, theirHardware, to: mine, mineHardware))
    #expect(site.transmitted().map(\.count) == [1_514, 1_514, 1_074])
    #expect(site.pool.outstanding == 0)
  }

  @Test func allPiecesGoOrNone() {
    var settings = InternetSettings()
    settings.outgoing = 2
    var site = Site(settings)
    site.learnTheirs()
    site.send(whole, to: theirs)
    #expect(site.transmitted().isEmpty)
    #expect(site.internet.counters[.outgoingFull] == 1 && site.pool.outstanding == 0)
  }

  @Test func anEchoLongerThanTheLinkIsAnsweredInPieces() {
    var site = Site()
    site.learnTheirs()
    var message = [UInt8](repeating: 0, count: 8) + whole
    var span = message.mutableSpan
    var out = span.mutableBytes
    ICMPv4Header.emitEcho(
      &out, at: 0, isReply: false, identifier: 1, sequence: 1, body: whole.span.bytes)
    for range in [0..<1_480, 1_480..<2_960, 2_960..<4_008] {
      _ = site.receive(piece(range, of: message, .icmp))
    }
    #expect(site.transmitted().map(\.count) == [1_514, 1_514, 14 + 20 + 1_048])
    #expect(site.pool.outstanding == 0)
  }

  // MARK: Receiving

  @Test func everyOrderOfFivePiecesGivesTheSamePacket() {
    let five = five
    let orders = permutations(of: 5)
    #expect(orders.count == 120)
    for order in orders {
      var site = Site()
      for index in order.dropLast() { #expect(site.receive(five[index]) == .none) }
      #expect(site.receive(five[order[4]]) == .packet(whole, from: theirs, to: mine, .udp), "\(order)")
      #expect(site.internet.counters.reassembled == 1 && site.internet.counters.dropped == 0)
      #expect(site.pool.outstanding == 0)
    }
  }

  @Test func whatComesTwiceCountsOnce() {
    var site = Site()
    let five = five
    for index in [3, 3, 0, 3, 0, 1, 2] { #expect(site.receive(five[index]) == .none) }
    #expect(site.receive(five[4]) == .packet(whole, from: theirs, to: mine, .udp))
    #expect(site.internet.counters[.fragment] == 3)
    #expect(site.pool.outstanding == 0)
  }

  /// RFC 5722: in any order, with any overlap, and with all that still comes.
  @Test(arguments: [0..<808, 792..<1_600, 8..<16, 1_592..<2_408, 0..<3_992, 3_208..<4_008])
  func anOverlapRefusesTheWholePacket(range: Range<Int>) {
    let longer = whole + [1, 2, 3, 4, 5, 6, 7, 8]
    let bad = packet(
      longer[range].map { $0 ^ 1 }, more: range.upperBound < 4_000, offset: range.lowerBound)
    for at in 0...4 {
      var site = Site()
      var frames = five
      frames.insert(bad, at: at == 0 ? 1 : at)
      for frame in frames + five { #expect(site.receive(frame) == .none) }
      #expect(site.internet.counters.reassembled == 0)
      #expect(site.internet.counters[.reassemblyOverlap] > 0)
      #expect(site.pool.outstanding == 0, "nothing of it is kept")
    }
  }

  @Test func aChangedCopyOfAPieceIsAnOverlap() {
    var site = Site()
    var changed = five[2]
    changed[100] ^= 1
    for frame in [five[2], changed, five[0], five[1], five[3], five[4]] {
      #expect(site.receive(frame) == .none)
    }
    #expect(site.internet.counters.reassembled == 0)
  }

  @Test func anImpossiblePieceIsDropped() {
    var site = Site()
    _ = site.receive(packet(Array(repeating: 1, count: 9), more: true))
    _ = site.receive(packet([], more: true))
    _ = site.receive(packet(Array(repeating: 1, count: 100), offset: 65_528))
    #expect(site.internet.counters[.fragment] == 3 && site.pool.outstanding == 0)
  }

  @Test func theFirstPiecesSenderIsToldThatTheTimeIsOver() {
    var site = Site()
    site.learnTheirs()
    _ = site.receive(five[0], at: s(1))
    _ = site.receive(five[3], at: s(2))
    #expect(site.internet.nextDeadline <= s(31))
    site.internet.expire(at: s(30))
    _ = site.transmitted()
    site.learnTheirs(at: s(30))
    site.internet.expire(at: s(31))
    let errors = site.transmitted().map { Sent($0) }.filter { $0.protocol == .icmp }
    #expect(errors.count == 1 && errors[0].icmp == (11, 1) && errors[0].checksumsAreRight)
    #expect(errors[0].destination == theirs && Array(errors[0].body.prefix(576 - 28)) == errors[0].body)
    #expect(errors[0].body.starts(with: five[0].dropFirst(14).prefix(100)))
    #expect(site.internet.counters[.reassemblyExpired] == 2 && site.pool.outstanding == 0)
  }

  @Test func nobodyIsToldWhereTheFirstPieceNeverCame() {
    var site = Site()
    site.learnTheirs()
    _ = site.receive(five[1])
    site.internet.expire(at: s(30))
    #expect(site.transmitted().map { Sent($0) }.allSatisfy { $0.protocol != .icmp })
    #expect(site.internet.counters[.reassemblyExpired] == 1 && site.pool.outstanding == 0)
  }

  @Test func packetsThatArePutTogetherAreBoundedInNumber() {
    var site = Site()
    for n in 0..<200 {
      // The identification is the same; the sources differ.
      let source = Address(v4: 0x0a00_0100 + UInt32(n))
      _ = site.receive(packet(Array(repeating: 1, count: 8), from: source, more: true), at: ms(Int64(n)))
    }
    #expect(site.pool.outstanding == 64)
    #expect(site.internet.counters[.reassemblyFull] == 136)
  }

  @Test func theMemoryOfPiecesIsBounded() {
    var site = Site()
    let payload = [UInt8](repeating: 1, count: 1_480)
    for n in 0..<4_000 {
      let source = Address(v4: 0x0a00_0100 + UInt32(n / 40))
      _ = site.receive(packet(payload, from: source, more: true, offset: (n % 40) * 1_480), at: ms(Int64(n)))
      #expect(site.pool.outstanding * 1_728 <= 262_144)
    }
    #expect(site.internet.counters[.reassemblyFull] > 3_000)
  }

  /// Pieces with random places, ends and names: nothing is lost from the pool, no bound is passed.
  @Test(arguments: 1...20 as ClosedRange<UInt64>) func hostilePiecesDoNoHarm(seed: UInt64) {
    var site = Site()
    var random = Random(seed: seed)
    for n in 0..<5_000 {
      let count = Int(random.below(180)) * 8 + (random.below(8) == 0 ? 3 : 0)
      let source = Address(v4: 0x0a00_0100 + UInt32(random.below(90)))
      let offset = Int(random.below(12)) * 720 + (random.below(30) == 0 ? 60_000 : 0)
      let bytes = [UInt8](repeating: UInt8(truncatingIfNeeded: n), count: count)
      let frame = packet(bytes, from: source, more: random.below(4) > 0, offset: min(offset, 65_528))
      _ = site.receive(frame, at: ms(Int64(n) * 20))
      if n % 50 == 0 { site.internet.expire(at: ms(Int64(n) * 20)) }
      _ = site.transmitted()
      #expect(site.pool.outstanding <= 152 + 8)
    }
    site.internet.expire(at: s(1_000))
    site.internet.expire(at: s(2_000))
    _ = site.transmitted()
    #expect(site.pool.outstanding == 0)
  }
}
