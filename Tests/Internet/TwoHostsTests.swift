import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

/// Two hosts on one cable, moved forward from event to event.
struct Pair: ~Copyable {
  var left: Site
  var right: Site
  var cable: Cable
  let pool = FramePool(standard: 4_096)
  var now = Instant.start
  /// Datagrams that arrived at either end.
  var arrived: [(end: Int, bytes: [UInt8], at: Instant)] = []

  init(_ settings: CableSettings, seed: UInt64 = 1) {
    left = Site(seed: seed)
    right = Site(address: "10.0.0.2/24", hardware: theirHardware, seed: seed + 1)
    cable = Cable(settings: settings, number: 1, seed: seed, trace: Trace(), pool: pool)
  }

  private mutating func turn() {
    while let frame = cable.receive(at: 0, now) {
      if case .packet(let packet) = left.internet.receive(frame, on: 0, at: now) {
        arrived.append((0, packet.frame.bytes.array, now))
      }
    }
    while let frame = cable.receive(at: 1, now) {
      if case .packet(let packet) = right.internet.receive(frame, on: 0, at: now) {
        arrived.append((1, packet.frame.bytes.array, now))
      }
    }
    if left.internet.nextDeadline <= now { left.internet.expire(at: now) }
    if right.internet.nextDeadline <= now { right.internet.expire(at: now) }
    while let frame = left.internet.outgoing.pop() { cable.send(frame, from: 0, at: now) }
    while let frame = right.internet.outgoing.pop() { cable.send(frame, from: 1, at: now) }
  }

  /// Runs until nothing is to be done before `end`.
  mutating func run(until end: Instant) {
    turn()
    while true {
      let next = min(cable.nextArrival, left.internet.nextDeadline, right.internet.nextDeadline)
      if next > end { break }
      now = max(next, now)
      turn()
    }
    now = end
  }
}

@Suite struct TwoHostsTests {
  @Test func twoHostsFindEachOtherAndTalkBothWays() {
    var pair = Pair(CableSettings(delay: .milliseconds(5)))
    pair.left.send([1], to: theirs)
    pair.run(until: s(1))
    // Question and answer take one round trip, the datagram half of another.
    #expect(pair.arrived.map(\.at) == [ms(15)])
    pair.right.send([2], to: mine, at: pair.now)
    pair.left.send([3], to: theirs, at: pair.now)
    pair.run(until: s(2))
    #expect(pair.arrived.map(\.bytes) == [[1], [2], [3]] || pair.arrived.map(\.bytes) == [[1], [3], [2]])
    #expect(pair.arrived.map(\.at) == [ms(15), ms(1_005), ms(1_005)])
    #expect(pair.left.internet.counters.neighboursAsked == 1)
    #expect(pair.right.internet.counters.neighboursAsked == 0)
    pair.run(until: s(300))
    #expect(pair.left.internet.neighbours.isEmpty && pair.right.internet.neighbours.isEmpty)
    #expect(pair.cable.framesInFlight == 0)
    #expect(pair.left.pool.outstanding == 0 && pair.right.pool.outstanding == 0)
  }

  @Test func everythingThatIsSentOverAGoodCableArrivesOnceAndInOrder() {
    var pair = Pair(CableSettings(delay: .milliseconds(2), jitter: .milliseconds(3), rate: 10_000_000))
    var path = pair.left.internet.path(to: theirs)!
    for n in 0..<500 {
      // The question after the neighbour takes longer than 8 packets may wait.
      if n == 1 { pair.run(until: pair.now + .milliseconds(20)) }
      pair.left.send([UInt8(n >> 8), UInt8(n & 255)], on: &path, to: theirs, at: pair.now)
      pair.run(until: pair.now + .milliseconds(1))
    }
    pair.run(until: s(10))
    #expect(pair.arrived.map { Int($0.bytes[0]) << 8 | Int($0.bytes[1]) } == Array(0..<500))
  }

  @Test(arguments: 1...20)
  func aBadCableLosesDatagramsButNoFrames(seed: UInt64) {
    let settings = CableSettings(
      delay: .milliseconds(2), jitter: .milliseconds(1), rate: 10_000_000, loss: 0.2, duplicate: 0.1,
      reorder: 0.1,
      corrupt: 0.05)
    func run() -> [[UInt8]] {
      var pair = Pair(settings, seed: seed)
      for n in 0..<200 {
        pair.left.send([UInt8(n)], to: theirs, at: pair.now)
        pair.right.send([UInt8(n)], to: mine, at: pair.now)
        pair.run(until: pair.now + .milliseconds(30))
      }
      pair.run(until: pair.now + .seconds(400))
      #expect(pair.left.pool.outstanding + pair.right.pool.outstanding + pair.pool.outstanding == 0)
      #expect(pair.arrived.count > 200)
      return pair.arrived.map(\.bytes)
    }
    #expect(run() == run())
  }
}
