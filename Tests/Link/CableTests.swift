import StrataBase
import StrataLink
import Testing

@Suite struct CableTests {
  @Test func aPlainCableTakesNoTime() {
    var bench = Bench(CableSettings())
    for tag in 0..<40 { bench.send(tag, at: ms(1)) }
    #expect(bench.cable.nextArrival == ms(1))
    #expect(bench.arrived(ms(1)) == Array(0..<40))
    #expect(bench.cable.nextArrival == .never)
    #expect(bench.pool.outstanding == 0)
  }

  @Test func bothWaysAreApart() {
    var bench = Bench(CableSettings(delay: .milliseconds(2)))
    bench.send(1, from: 0, at: ms(0))
    bench.send(2, from: 1, at: ms(1))
    #expect(bench.cable.nextArrival(at: 1) == ms(2))
    #expect(bench.cable.nextArrival(at: 0) == ms(3))
    #expect(bench.cable.nextArrival == ms(2))
    #expect(bench.cable.framesInFlight == 2)
    #expect(bench.arrived(at: 0, ms(9)) == [2])
    #expect(bench.arrived(at: 1, ms(9)) == [1])
  }

  @Test func aDelayIsExact() {
    var bench = Bench(CableSettings(delay: .microseconds(1_234)))
    bench.send(7, at: us(10))
    #expect(bench.cable.nextArrival == us(1_244))
    #expect(bench.arrived(.start + .nanoseconds(1_243_999)) == [])
    #expect(bench.arrived(us(1_244)) == [7])
  }

  @Test func aRateIsExactOverAnyNumberOfFrames() {
    // 1,000 bytes at 3 Mbit/s take 2.666... ms; three of them take 8 ms sharp.
    var bench = Bench(CableSettings(delay: .milliseconds(1), rate: 3_000_000))
    for tag in 0..<300 { bench.send(tag, count: 1_000) }
    var arrivals: [Instant] = []
    while bench.cable.nextArrival != .never {
      arrivals.append(bench.cable.nextArrival)
      #expect(bench.arrived(arrivals.last!).count == 1)
    }
    #expect(arrivals[0] == .start + .nanoseconds(3_666_666))
    #expect(arrivals[2] == ms(9))
    #expect(arrivals[299] == ms(801))
  }

  @Test func anIdleWireSendsAtOnce() {
    var bench = Bench(CableSettings(rate: 8_000_000))
    bench.send(1, count: 1_000, at: ms(0))
    bench.send(2, count: 1_000, at: ms(10))
    #expect(bench.arrived(ms(1)) == [1])
    #expect(bench.arrived(ms(11) - .nanoseconds(1)) == [])
    #expect(bench.arrived(ms(11)) == [2])
  }

  @Test func aFullQueueLosesTheNewest() {
    var bench = Bench(CableSettings(rate: 8_000_000, queue: 5))
    for tag in 0..<10 { bench.send(tag, count: 1_000) }
    // One is being sent and five wait.
    #expect(bench.cable.waiting(at: 0, .start) == 5)
    #expect(bench.cable.counters(from: 0)[.queueFull] == 4)
    #expect(bench.cable.waiting(at: 0, ms(1)) == 4)
    bench.send(10, count: 1_000, at: ms(1))
    bench.send(11, count: 1_000, at: ms(1))
    #expect(bench.cable.counters(from: 0)[.queueFull] == 5)
    #expect(bench.arrived(ms(100)) == [0, 1, 2, 3, 4, 5, 10])
    #expect(bench.pool.outstanding == 0)
  }

  @Test func framesInFlightAreBounded() {
    var bench = Bench(CableSettings(delay: .milliseconds(1), mostInFlight: 20))
    for tag in 0..<25 { bench.send(tag) }
    #expect(bench.cable.counters(from: 0)[.flightFull] == 5)
    #expect(bench.arrived(ms(1)) == Array(0..<20))
    bench.cable.settings.mostInFlight = 30
    for tag in 0..<35 { bench.send(tag, at: ms(1)) }
    #expect(bench.cable.framesInFlight == 30)
  }

  @Test func aFrameLongerThanTheMTUIsLost() {
    var bench = Bench(CableSettings())
    bench.send(1, count: 1_514)
    bench.send(2, count: 1_518)
    bench.send(3, count: 1_519)
    #expect(bench.arrived(.start) == [1, 2])
    #expect(bench.cable.counters(from: 0)[.tooLong] == 1)
  }

  @Test func aCableForSuperFramesTakesThemAndAnswersForChecksums() {
    var bench = Bench(CableSettings(superFrames: true))
    #expect(bench.cable.settings.capabilities.largestSegment == 65_495)
    #expect(bench.cable.settings.capabilities.offloadsChecksum)
    bench.send(1, count: 65_000)
    let frame = bench.cable.receive(at: 1, .start)!
    #expect(frame.count == 65_000)
    #expect(frame.notes.checksumIsVerified)
  }

  @Test func aShorterDelayDoesNotLetNewFramesOvertakeOldOnes() {
    var bench = Bench(CableSettings(delay: .milliseconds(10)))
    bench.send(1)
    bench.cable.settings.delay = .milliseconds(1)
    bench.send(2)
    #expect(bench.arrived(ms(9)) == [])
    #expect(bench.arrived(ms(10)) == [1, 2])
  }

  @Test func everyFrameHasANumberOfItsOwnAndTheTraceNamesItsSender() {
    var bench = Bench(CableSettings())
    bench.send(1, from: 0)
    bench.send(2, from: 1)
    let first = bench.cable.receive(at: 1, .start)!
    let second = bench.cable.receive(at: 0, .start)!
    #expect(first.notes.number == 3 << 48 | 1)
    #expect(second.notes.number == 3 << 48 | 1 << 47 | 1)
    let events = (1...4).map { bench.log.pointee.event($0)! }
    #expect(events.map(\.kind) == [.frameSent, .frameSent, .frameArrived, .frameArrived])
    #expect(events.map(\.host) == [0, 1, 0, 1])
    #expect(events.allSatisfy { $0.flow == 3 && $0.c == 100 })
  }

  @Test func aCableEndIsADevice() {
    func exchange<D: Device & ~Copyable>(_ device: inout D, _ frame: consuming Frame) -> Bool {
      device.send(frame, at: .start)
      return device.receive(at: .start) != nil
    }
    let pool = FramePool(standard: 4)
    let cable = UnsafeMutablePointer<Cable>.allocate(capacity: 1)
    cable.initialize(
      to: Cable(settings: CableSettings(mtu: 900), number: 1, seed: 1, trace: Trace(), pool: pool))
    var left = CableEnd(cable, 0), right = CableEnd(cable, 1)
    #expect(left.capabilities.largestSegment == 860)
    #expect(exchange(&left, pool.take()!) == false)
    #expect(exchange(&right, pool.take()!))
    cable.deinitialize(count: 1)
    cable.deallocate()
    #expect(pool.outstanding == 0)
    pool.destroy()
  }
}
