import StrataBase
import StrataLink
import Testing

@Suite struct CableFaultTests {
  /// Sends frames one a millisecond and gives the tags in the order of arrival.
  func run(_ settings: CableSettings, frames: Int, seed: UInt64) -> (
    tags: [Int], counters: CableCounters, hash: UInt64
  ) {
    var bench = Bench(settings, seed: seed)
    var tags: [Int] = []
    for tag in 0..<frames {
      bench.send(tag, at: ms(Int64(tag)))
      tags += bench.arrived(ms(Int64(tag)))
    }
    tags += bench.arrived(.never)
    #expect(bench.pool.outstanding == 0)
    return (tags, bench.cable.counters(from: 0), bench.log.pointee.hash)
  }

  /// Whether a count is within four standard deviations of what a probability leads one to expect.
  func isLikely(_ count: UInt64, of n: Int, _ probability: Double) -> Bool {
    let mean = Double(n) * probability
    return abs(Double(count) - mean) <= 4 * (mean * (1 - probability)).squareRoot() + 1
  }

  @Test(arguments: [0.01, 0.1, 0.5])
  func faultsComeAsOftenAsTheyAreSetTo(probability: Double) {
    let n = 5_000
    var settings = CableSettings(loss: probability)
    #expect(isLikely(run(settings, frames: n, seed: 11).counters[.drawn], of: n, probability))
    settings = CableSettings(duplicate: probability)
    let duplicated = run(settings, frames: n, seed: 12)
    #expect(isLikely(duplicated.counters.duplicated, of: n, probability))
    #expect(duplicated.tags.count == n + Int(duplicated.counters.duplicated))
    settings = CableSettings(reorder: probability)
    #expect(isLikely(run(settings, frames: n, seed: 13).counters.reordered, of: n, probability))
    settings = CableSettings(corrupt: probability)
    #expect(isLikely(run(settings, frames: n, seed: 14).counters.corrupted, of: n, probability))
  }

  @Test func zeroNeverHappensAndOneAlways() {
    let none = run(CableSettings(jitter: .microseconds(1)), frames: 1_000, seed: 2)
    #expect(none.tags == Array(0..<1_000))
    #expect(run(CableSettings(loss: 1), frames: 500, seed: 2).tags == [])
    #expect(run(CableSettings(duplicate: 1), frames: 50, seed: 2).tags == (0..<50).flatMap { [$0, $0] })
  }

  @Test func theSameSeedIsTheSameFate() {
    let settings = CableSettings(
      delay: .milliseconds(3), jitter: .milliseconds(2), rate: 5_000_000, loss: 0.1, duplicate: 0.1,
      reorder: 0.1,
      corrupt: 0.1)
    let first = run(settings, frames: 2_000, seed: 5), again = run(settings, frames: 2_000, seed: 5)
    #expect(first.hash == again.hash)
    #expect(first.tags == again.tags)
    #expect(first.counters == again.counters)
    #expect(run(settings, frames: 2_000, seed: 6).hash != first.hash)
  }

  @Test func aFaultSwitchedOnChangesNoOtherFault() {
    func lost(_ settings: CableSettings) -> Set<Int> {
      Set(0..<2_000).subtracting(run(settings, frames: 2_000, seed: 8).tags)
    }
    let alone = lost(CableSettings(loss: 0.1))
    let together = lost(CableSettings(jitter: .microseconds(300), loss: 0.1, duplicate: 0.2, reorder: 0.3))
    #expect(alone == together)
    #expect(alone.count > 100)
  }

  @Test func theTwoDirectionsDrawApart() {
    var bench = Bench(CableSettings(loss: 0.5))
    for tag in 0..<200 {
      bench.send(tag, from: 0)
      bench.send(tag, from: 1)
    }
    #expect(bench.arrived(at: 1, .start) != bench.arrived(at: 0, .start))
  }

  @Test func jitterKeepsTheOrderAndItsBound() {
    var bench = Bench(CableSettings(delay: .milliseconds(1), jitter: .milliseconds(5)))
    for tag in 0..<500 { bench.send(tag, at: us(Int64(tag) * 100)) }
    var next = 0
    var spread: Set<Int64> = []
    while bench.cable.nextArrival != .never {
      let arrival = bench.cable.nextArrival
      for tag in bench.arrived(arrival) {
        let took = arrival - us(Int64(tag) * 100)
        #expect(tag == next && took >= .milliseconds(1) && took < .milliseconds(6))
        spread.insert(took.nanoseconds / 1_000_000)
        next += 1
      }
    }
    #expect(next == 500 && spread.count >= 3)
  }

  @Test func aFrameHeldBackIsOvertaken() {
    // One frame in a hundred is held back for 1 to 2 ms while the others come 0.1 ms apart.
    var bench = Bench(CableSettings(delay: .milliseconds(1), reorder: 0.01))
    for tag in 0..<1_000 { bench.send(tag, at: us(Int64(tag) * 100)) }
    let tags = bench.arrived(.never)
    #expect(tags.sorted() == Array(0..<1_000))
    let overtaken = tags.indices.dropFirst().count { tags[$0] < tags[$0 - 1] }
    #expect(overtaken > 0)
    let held = Int(bench.cable.counters(from: 0).reordered)
    #expect(overtaken <= held && overtaken >= held - 1)
    for (place, tag) in tags.enumerated() { #expect(abs(place - tag) <= 21 + held) }
  }

  @Test func corruptionFlipsOneBitOfTheFrameAndNotOfItsCopy() {
    var bench = Bench(CableSettings(duplicate: 1, corrupt: 1))
    for _ in 0..<50 {
      bench.send(0)
      let damaged = bench.cable.receive(at: 1, .start)!, copy = bench.cable.receive(at: 1, .start)!
      #expect(damaged.bytes.array.reduce(0) { $0 + $1.nonzeroBitCount } == 1)
      #expect(copy.bytes.array.allSatisfy { $0 == 0 })
      #expect(copy.roomInFront == damaged.roomInFront)
      #expect(copy.notes.number != damaged.notes.number)
    }
  }

  @Test func aDamagedSuperFrameIsNotVouchedFor() {
    var bench = Bench(CableSettings(corrupt: 1, superFrames: true))
    bench.send(1)
    #expect(bench.cable.receive(at: 1, .start)?.notes.checksumIsVerified == false)
  }

  @Test func withoutABufferNothingIsDuplicated() {
    let pool = FramePool(standard: 1)
    var cable = Cable(settings: CableSettings(duplicate: 1), number: 1, seed: 1, trace: Trace(), pool: pool)
    cable.send(pool.take()!, from: 0, at: .start)
    #expect(cable.framesInFlight == 1)
    #expect(cable.counters(from: 0).duplicated == 0)
  }

  @Test func everyFrameIsAccountedFor() {
    let settings = CableSettings(
      delay: .milliseconds(50), rate: 500_000, queue: 20, loss: 0.1, duplicate: 0.2, reorder: 0.2,
      mostInFlight: 30)
    var bench = Bench(settings)
    for tag in 0..<2_000 {
      bench.send(tag, at: ms(Int64(tag)))
      if tag % 7 == 0 { _ = bench.arrived(ms(Int64(tag))) }
      let counters = bench.cable.counters(from: 0)
      let inFlight = UInt64(bench.cable.framesInFlight)
      #expect(counters.sent + counters.duplicated == counters.delivered + counters.lost + inFlight)
      #expect(bench.pool.outstanding == Int(inFlight))
    }
    let counters = bench.cable.counters(from: 0)
    #expect(counters[.queueFull] > 0 && counters[.drawn] > 0 && counters[.flightFull] > 0)
  }
}

/// The same bytes meet the same faults, whatever a program's timing makes of them.
@Suite struct SameFaultTests {
  static let count = 400 * 1_448
  static let settings = CableSettings(delay: .milliseconds(1), loss: 0.1)

  /// Sends a stream until all of it is there, in pieces of so many bytes at most, and tells which bytes
  /// that begin a block were lost, and how often.
  func losses(pieces: [Int], from origin: UInt32, noise: Int, pause: Int64) -> [Int: Int] {
    var bench = Bench(Self.settings, seed: 12)
    var lost: [Int: Int] = [:]
    var now = Instant.start
    func put(_ segment: Segment) -> Bool {
      var frame = bench.pool.take()!
      frame.append(segment.bytes.span.bytes)
      let before = bench.cable.counters(from: segment.end)[.drawn]
      bench.cable.send(frame, from: segment.end, at: now)
      while bench.cable.receive(at: 1 - segment.end, .never) != nil {}
      return bench.cable.counters(from: segment.end)[.drawn] == before
    }
    while !put(Segment(client: 5, sequence: origin, flags: Segment.syn)) {}
    var offset = 0
    var turn = 0
    while offset < Self.count {
      let size = min(pieces[turn % pieces.count], Self.count - offset)
      let segment = Segment(client: 5, sequence: origin &+ 1 &+ UInt32(offset), count: size)
      let block = (offset + 1_447) / 1_448 * 1_448
      while !put(segment) { if block < offset + size { lost[block, default: 0] += 1 } }
      for _ in 0..<noise { _ = put(Segment(client: 5, isBack: true, acknowledgment: origin)) }
      now = now + .microseconds(pause)
      offset += size
      turn += 1
    }
    return lost
  }

  @Test func runsWithOtherPiecesAndTimesMeetTheSameLosses() {
    let first = losses(pieces: [1_448], from: 0, noise: 0, pause: 10)
    #expect(first.values.reduce(0, +) > 20)
    #expect(losses(pieces: [1_448], from: 77_777, noise: 3, pause: 999) == first)
    #expect(losses(pieces: [1_000], from: 5, noise: 1, pause: 1) == first)
    #expect(losses(pieces: [1, 1_448, 700, 13], from: .max, noise: 0, pause: 5) == first)
  }
}
