import StrataBase
import StrataLink
import StrataWire
import Testing

@testable import StrataTransport

@Suite struct SenderTests {
  @Test func theInitialWindowIsTenSegments() {
    let s = Script.established()
    s.writes(40_000)
    let segments = s.all()
    #expect(segments.count == 10)
    #expect(segments.allSatisfy { $0.payload.count == 1_460 })
    #expect(segments.map(\.seq) == (0..<10).map { 1 + $0 * 1_460 })
  }

  @Test func slowStartDoublesAndAvoidanceAddsOneSegmentARound() {
    var settings = TCPSettings()
    settings.congestion = .newReno
    let s = Script.established(settings)
    s.writes(200_000)
    var acknowledged = 1
    func round() {
      s.all()
      s.now = s.now + .milliseconds(20)
      let edge = s.edge
      while acknowledged < edge {
        acknowledged = min(acknowledged + 2_920, edge)
        s.sends(.ack, seq: 1, ack: acknowledged)
      }
    }
    round()
    #expect(s.info.congestionWindow == 20 * 1_460)
    s.connection.pointee.outgoing?.pointee.congestion.reduce(.loss, inFlight: 20 * 1_460)
    #expect(s.info.congestionWindow == 10 * 1_460)
    round()
    #expect(s.info.congestionWindow == 11 * 1_460)
  }

  @Test func theAlgorithmIsCubicUnlessAnotherIsChosenAndMayChangeAtAnyTime() {
    let s = Script.established()
    #expect(s.info.congestion == .cubic)
    s.writes(40_000)
    s.connection.pointee.outgoing?.pointee.congestion.reduce(.loss, inFlight: 14_600)
    #expect(s.info.congestionWindow == 10_220)
    s.connection.pointee.setCongestion(.newReno)
    #expect(s.info.congestion == .newReno && s.info.congestionWindow == 10_220)
    s.connection.pointee.outgoing?.pointee.congestion.reduce(.loss, inFlight: 10_000)
    #expect(s.info.congestionWindow == 5_000 && s.info.slowStartThreshold == 5_000)
  }

  @Test func theWindowOutlivesTheBuffers() {
    let s = Script.established()
    s.writes(40_000)
    while s.info.sendQueue > 0 {
      s.all()
      s.after(.milliseconds(10))
      s.sends(.ack, seq: 1, ack: s.edge)
    }
    s.connection.pointee.outgoing?.pointee.congestion.reduce(.loss, inFlight: 20_000)
    s.after(.seconds(3))
    s.after(.seconds(3))
    #expect(s.connection.pointee.outgoing == nil)
    #expect(s.info.congestionWindow == 14_000 && s.info.slowStartThreshold == 14_000)
  }

  @Test func nagleHoldsASmallSegmentWhileOneIsUnacknowledged() {
    let s = Script.established()
    s.writes(10)
    s.expects(.ack, seq: 1, ack: 1, length: 10)
    s.writes(10)
    s.expectsNothing()
    s.writes(20)
    s.expectsNothing()
    s.sends(.ack, seq: 1, ack: 11)
    s.expects(.ack, seq: 11, ack: 1, length: 30)
    s.writes(1_500)
    s.expects(.ack, seq: 41, ack: 1, length: 1_460)
    s.expectsNothing()
  }

  @Test func noDelaySendsSmallSegmentsAtOnce() {
    var settings = TCPSettings()
    settings.noDelay = true
    let s = Script.established(settings)
    for index in 0..<5 {
      s.writes(10)
      s.expects(.ack, seq: 1 + index * 10, ack: 1, length: 10)
    }
  }

  @Test func aFINTakesTheSmallRestWithIt() {
    let s = Script.established()
    s.writes(10)
    s.all()
    s.writes(10)
    s.expectsNothing()
    s.closesWrite()
    s.expects([.ack, .fin], seq: 11, ack: 1, length: 10)
  }

  @Test func aSillyWindowIsNotFilled() {
    let s = Script.established()
    s.writes(1_460)
    s.all()
    s.writes(10_000)
    s.all()
    // The window ends 100 bytes behind what is in flight.
    let flight = s.info.inFlight
    s.sends(.ack, seq: 1, ack: 1 + flight, window: 100)
    s.expectsNothing()
    // The persist timer ends the wait: what fits goes.
    s.writes(1)
    s.all()
    s.deadline()
    if s.info.sendQueue > 0 { s.expects(.ack, seq: 1 + flight, ack: 1, length: min(100, s.info.sendQueue)) }
  }

  @Test func halfOfTheLargestWindowIsWorthSending() {
    let s = Script.established(window: 400)
    s.writes(1_000)
    s.expects(.ack, seq: 1, ack: 1, length: 400)
    s.sends(.ack, seq: 1, ack: 401, window: 250)
    s.expects(.ack, seq: 401, ack: 1, length: 250)
    s.sends(.ack, seq: 1, ack: 651, window: 150)
    s.expectsNothing()
  }

  @Test func aZeroWindowIsProbedWithBackoffAndNeverGivenUpWhileAnswered() {
    var settings = TCPSettings()
    settings.retries = 4
    let s = Script.established(settings)
    s.writes(1_000)
    s.expects(.ack, seq: 1, ack: 1, length: 1_000)
    s.sends(.ack, seq: 1, ack: 1_001, window: 0)
    s.writes(5_000)
    s.expectsNothing()
    var waits: [Int64] = []
    for _ in 0..<30 {
      let before = s.now
      s.deadline()
      while !s.connection.pointee.hasOutput { s.deadline() }
      waits.append((s.now - before).nanoseconds)
      s.expects(.ack, seq: 1_001, ack: 1, length: 1)
      s.sends(.ack, seq: 1, ack: 1_001, window: 0)
      #expect(s.state == .established)
    }
    #expect(waits[3] > waits[1])
    s.sends(.ack, seq: 1, ack: 1_001, window: 60_000)
    s.expects(.ack, seq: 1_001, ack: 1, length: 1)
    #expect(s.expects(.ack, seq: 1_002, ack: 1, length: 1_460) != nil)
  }

  @Test func aZeroWindowPeerThatIsSilentTimesOut() {
    var settings = TCPSettings()
    settings.retries = 3
    let s = Script.established(settings)
    s.writes(100)
    s.all()
    s.sends(.ack, seq: 1, ack: 101, window: 0)
    s.writes(100)
    s.all()
    for _ in 0..<12 where s.state != .closed {
      s.deadline()
      s.all()
    }
    #expect(s.connection.pointee.failure == .timedOut)
  }

  @Test func aLostWindowUpdateIsFoundByAProbe() {
    let s = Script.established(window: 0)
    s.writes(3_000)
    s.expectsNothing()
    s.deadline()
    s.expects(.ack, seq: 1, ack: 1, length: 1)
    s.sends(.ack, seq: 1, ack: 2, window: 30_000)
    s.expects(.ack, seq: 2, ack: 1, length: 1_460)
  }

  @Test func aFINWaitsForAZeroWindowAndIsItsProbe() {
    let s = Script.established(window: 0)
    s.closesWrite()
    s.expectsNothing()
    s.deadline()
    s.expects([.ack, .fin], seq: 1, ack: 1)
    s.sends(.ack, seq: 1, ack: 2)
    #expect(s.state == .finWait2)
  }

  @Test func aSuperFrameHoldsWholeSegmentsAndSaysTheirSize() throws {
    let link = LinkCapabilities(largestSegment: LinkCapabilities.superSegment)
    let s = Script.established(link: link)
    s.writes(30_000)
    let first = try #require(s.next())
    #expect(first.payload.count == 14_600)
    #expect(first.segmentSize == 1_460)
    s.sends(.ack, seq: 1, ack: 14_601)
    let second = try #require(s.next())
    #expect(second.payload.count == 14_600 && second.seq == 14_601)
    s.expectsNothing()
    s.sends(.ack, seq: 1, ack: 29_201)
    s.expects(.ack, seq: 29_201, ack: 1, length: 800)
  }

  @Test func aChecksumLeftToTheDeviceHoldsThePseudoHeader() {
    let link = LinkCapabilities(offloadsChecksum: true)
    let s = Script.established(link: link)
    s.writes(100)
    #expect(s.next()?.payload.count == 100)
  }

  @Test func theWindowRestartsAfterIdle() {
    let s = Script.established()
    s.writes(60_000)
    while s.info.sendQueue > 0 {
      s.all()
      s.after(.milliseconds(10))
      s.sends(.ack, seq: 1, ack: s.edge)
    }
    #expect(s.info.congestionWindow > 14_600)
    s.after(.milliseconds(900))
    s.writes(40_000)
    #expect(s.all().count == 10)
    #expect(s.info.congestionWindow == 14_600)
  }

  @Test func buffersAreGivenBackWhenQuietAndComeAgain() {
    let s = Script.established()
    s.writes(100)
    s.all()
    s.sends(.ack, seq: 1, ack: 101, text: "answer")
    _ = s.reads()
    s.deadline()
    s.all()
    #expect(s.info.memory > 60_000)
    s.after(.seconds(3))
    s.after(.seconds(3))
    #expect(s.info.memory == MemoryLayout<Connection>.stride)
    #expect(s.connection.pointee.nextDeadline == .never)
    s.writes(5)
    s.expects(.ack, seq: 101, ack: 7, length: 5)
  }

  @Test func theSendBufferIsBoundedAndGrowsWithTheWindow() {
    var settings = TCPSettings()
    settings.sendBuffer = 131_072
    let s = Script.established(settings)
    let big = [UInt8](repeating: 1, count: 1_000_000)
    #expect(s.writes(big) == 65_536)
    #expect(s.writes(big) == 0)
    #expect(!s.connection.pointee.readiness.contains(.writable))
    for _ in 0..<12 {
      s.all()
      s.after(.milliseconds(10))
      s.sends(.ack, seq: 1, ack: s.edge)
      s.writes(big)
    }
    #expect(s.info.sendQueue == 131_072)
    #expect(s.connection.pointee.outgoing?.pointee.ring.capacity == 131_072)
  }

  @Test func manySmallSegmentsStopAtTheScoreboardsBound() {
    var settings = TCPSettings()
    settings.noDelay = true
    settings.initialWindow = 250
    let s = Script.established(settings)
    s.connection.pointee.restingWindow = 365_000
    var sent = 0
    for _ in 0..<(Scoreboard.mostRecords + 100) {
      s.writes(1)
      if s.next() != nil { sent += 1 }
    }
    #expect(sent == Scoreboard.mostRecords)
    s.sends(.ack, seq: 1, ack: 101)
    #expect(s.next() != nil)
  }

  @Test func writableComesBackWhenAQuarterIsFree() {
    let s = Script.established()
    s.writes([UInt8](repeating: 1, count: 100_000))
    #expect(!s.connection.pointee.readiness.contains(.writable))
    s.all()
    s.sends(.ack, seq: 1, ack: 1 + 5 * 1_460)
    #expect(!s.last.contains(.readinessRose))
    s.all()
    s.sends(.ack, seq: 1, ack: 1 + 15 * 1_460)
    #expect(s.last.contains(.readinessRose))
    #expect(s.connection.pointee.readiness.contains(.writable))
  }
}
