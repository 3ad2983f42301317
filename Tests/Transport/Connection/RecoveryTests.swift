import StrataBase
import StrataLink
import StrataWire
import Testing

@testable import StrataTransport

@Suite struct RecoveryTests {
  static let size = 1_460
  /// The first number of the n-th segment, counted from 0.
  static func at(_ n: Int) -> Int { 1 + n * size }

  /// Established with a round trip of 20 ms measured and `count` segments in flight.
  static func inFlight(_ count: Int, sack: Bool = true, timestamps: Bool = false) -> Script {
    var settings = TCPSettings()
    settings.congestion = .newReno
    let s = Script.established(settings, sack: sack, timestamps: timestamps)
    let payload = s.info.segmentSize
    s.writes([UInt8](repeating: 3, count: payload))
    s.all()
    s.now = s.now + .milliseconds(20)
    s.sends(.ack, seq: 1, ack: 1 + payload)
    s.writes([UInt8](repeating: 3, count: payload * count))
    #expect(s.all().count == count)
    return s
  }

  // MARK: The retransmission timer

  @Test func aTimeoutSendsAgainWithBackoffAndAcknowledgmentsEndIt() {
    var settings = TCPSettings()
    settings.sack = false
    let s = Script.established(settings, sack: false)
    s.writes(100)
    s.expects(.ack, seq: 1, ack: 1, length: 100)
    var waits: [Interval] = []
    for _ in 0..<4 {
      let before = s.now
      s.deadline()
      while !s.connection.pointee.hasOutput { s.deadline() }
      waits.append(s.now - before)
      s.expects(.ack, seq: 1, ack: 1, length: 100)
      #expect(s.info.congestionWindow == Self.size)
    }
    #expect(waits == [.seconds(1), .seconds(2), .seconds(4), .seconds(8)])
    #expect(s.info.retransmissions == 4)
    s.sends(.ack, seq: 1, ack: 101)
    #expect(s.info.inFlight == 0)
    // Karn: no sample of a segment sent twice, so the timeout keeps its backoff.
    #expect(s.info.roundTrip == nil)
    #expect(s.info.retransmissionTimeout == .seconds(16))
    s.writes(10)
    s.all()
    s.now = s.now + .milliseconds(10)
    s.sends(.ack, seq: 1, ack: 111)
    #expect(s.info.retransmissionTimeout == .milliseconds(200))
  }

  @Test func timestampsMeasureEvenWhatWasSentTwice() {
    let s = Script.established(timestamps: true)
    s.writes(100)
    let first = s.all()
    s.deadline()
    while s.all().isEmpty { s.deadline() }
    s.now = s.now + .milliseconds(30)
    let echo = UInt32(truncatingIfNeeded: s.now.nanoseconds / 1_000_000) - 30
    #expect(first.first?.options.timestamps != nil)
    s.stamp = 50
    s.sends(.ack, seq: 1, ack: 101, echo: echo)
    #expect(s.info.roundTrip == .milliseconds(30))
  }

  @Test func theSameSegmentIsSentOnlySoOften() {
    var settings = TCPSettings()
    settings.retries = 5
    let s = Script.established(settings, sack: false)
    s.writes(100)
    var sent = s.all().count
    for _ in 0..<200 where s.state != .closed {
      s.deadline()
      sent += s.all().count
    }
    #expect(sent == 6)
    #expect(s.connection.pointee.failure == .timedOut)
  }

  @Test func theTimeoutIsThatOfRFC6298() {
    var roundTrip = RoundTrip(initialTimeout: .seconds(1))
    roundTrip.measured(.milliseconds(100), least: .milliseconds(1), most: .seconds(60))
    #expect(roundTrip.smoothed == .milliseconds(100) && roundTrip.variation == .milliseconds(50))
    #expect(roundTrip.timeout == .milliseconds(300))
    roundTrip.measured(.milliseconds(200), least: .milliseconds(1), most: .seconds(60))
    // RTTVAR = 3/4 * 50 + 1/4 * 100 = 62.5, SRTT = 7/8 * 100 + 1/8 * 200 = 112.5
    #expect(roundTrip.variation == .microseconds(62_500) && roundTrip.smoothed == .microseconds(112_500))
    #expect(roundTrip.timeout == .microseconds(362_500))
    for _ in 0..<20 { roundTrip.backOff(most: .seconds(60)) }
    #expect(roundTrip.timeout == .seconds(60))
  }

  @Test func afterATimeoutEverythingIsSentAgainInSlowStart() {
    let s = Self.inFlight(8, sack: false)
    s.deadline()
    while !s.connection.pointee.hasOutput { s.deadline() }
    #expect(s.all().map(\.seq) == [Self.at(1)])
    s.sends(.ack, seq: 1, ack: Self.at(2))
    #expect(s.all().map(\.seq) == [Self.at(2), Self.at(3)])
    s.sends(.ack, seq: 1, ack: Self.at(4))
    #expect(s.all().count == 3)
    #expect(s.info.slowStartThreshold == 4 * Self.size)
    s.sends(.ack, seq: 1, ack: Self.at(9))
    #expect(!s.info.isRecovering)
  }

  // MARK: Tail loss probes

  @Test func aLostTailIsProbedAfterTwoRoundTrips() {
    let s = Self.inFlight(4)
    let before = s.now
    s.deadline()
    #expect(s.now - before == .milliseconds(42))
    s.expects(.ack, seq: Self.at(4), ack: 1, length: Self.size)
    s.expectsNothing()
    #expect(s.told(.timerFired, c: UInt32(TCPTimer.tailLossProbe.rawValue)))
    // The probe's SACK shows the hole in front of it.
    s.now = s.now + .milliseconds(20)
    s.sends(sack: [(Self.at(4), Self.at(5))], seq: 1, ack: Self.at(3))
    #expect(s.all().map(\.seq) == [Self.at(3)])
  }

  @Test func aProbeSendsNewDataWhenThereIsSome() {
    let s = Self.inFlight(10)
    s.writes(10 * Self.size)
    while s.next() != nil {}
    let flight = s.info.inFlight
    s.deadline()
    s.expects(.ack, seq: 1 + Self.size + flight, ack: 1, length: Self.size)
  }

  @Test func aProbeThatRepairedTheTailHalvesTheWindow() {
    let s = Self.inFlight(2)
    let window = s.info.congestionWindow
    s.deadline()
    s.expects(.ack, seq: Self.at(2), ack: 1, length: Self.size)
    s.writes(Self.size)
    s.all()
    s.now = s.now + .milliseconds(20)
    s.sends(.ack, seq: 1, ack: Self.at(4))
    #expect(s.info.congestionWindow < window)
  }

  @Test func aProbeThatWasNotNeededCostsNothing() {
    let s = Self.inFlight(2)
    let window = s.info.congestionWindow
    s.deadline()
    s.all()
    s.sends(.ack, seq: 1, ack: Self.at(3))
    s.sends(sack: [(Self.at(2), Self.at(3))], seq: 1, ack: Self.at(3))
    #expect(s.info.congestionWindow >= window)
    #expect(!s.info.isRecovering)
  }

  // MARK: SACK and RACK

  @Test func severalHolesAreRepairedInOneRoundTrip() {
    let s = Self.inFlight(10)
    s.now = s.now + .milliseconds(20)
    // Segments 1, 3 and 5 are lost; 2, 4 and 6 to 10 arrive.
    s.sends(sack: [(Self.at(2), Self.at(3))], seq: 1, ack: Self.at(1))
    s.expectsNothing()
    s.sends(sack: [(Self.at(4), Self.at(5)), (Self.at(2), Self.at(3))], seq: 1, ack: Self.at(1))
    s.expectsNothing()
    for n in 6...10 {
      s.sends(
        sack: [(Self.at(6), Self.at(n + 1)), (Self.at(4), Self.at(5)), (Self.at(2), Self.at(3))], seq: 1,
        ack: Self.at(1))
    }
    #expect(s.info.isRecovering)
    #expect(s.info.congestionWindow == 5 * Self.size)
    #expect(s.all().map(\.seq) == [Self.at(1), Self.at(3), Self.at(5)])
    s.now = s.now + .milliseconds(20)
    s.sends(.ack, seq: 1, ack: Self.at(11))
    #expect(!s.info.isRecovering && s.info.inFlight == 0)
    #expect(s.info.retransmissions == 3)
  }

  @Test func aLittleReorderingIsNoLoss() {
    let s = Self.inFlight(4)
    s.now = s.now + .milliseconds(20)
    s.sends(sack: [(Self.at(2), Self.at(3))], seq: 1, ack: Self.at(1))
    s.expectsNothing()
    #expect(s.connection.pointee.transmitTimer == .reordering)
    s.now = s.now + .milliseconds(2)
    s.sends(.ack, seq: 1, ack: Self.at(3))
    s.expectsNothing()
    #expect(s.info.retransmissions == 0 && !s.info.isRecovering)
    #expect(s.connection.pointee.outgoing?.pointee.rack.reorderingSeen == true)
    // From now on three held segments alone prove nothing.
    s.writes(8 * Self.size)
    s.all()
    s.now = s.now + .milliseconds(20)
    s.sends(.ack, seq: 1, ack: Self.at(5))
    s.sends(sack: [(Self.at(6), Self.at(10))], seq: 1, ack: Self.at(5))
    s.expectsNothing()
    s.deadline()
    s.expects(.ack, seq: Self.at(5), ack: 1, length: Self.size)
  }

  @Test func aHoleOlderThanTheReorderingWindowIsSentAgain() {
    let s = Self.inFlight(4)
    s.now = s.now + .milliseconds(20)
    s.sends(sack: [(Self.at(2), Self.at(3))], seq: 1, ack: Self.at(1))
    s.expectsNothing()
    let before = s.now
    s.deadline()
    #expect(s.now - before == .milliseconds(5))
    s.expects(.ack, seq: Self.at(1), ack: 1, length: Self.size)
  }

  @Test func aLostRetransmissionIsFoundWithoutATimeout() {
    let s = Self.inFlight(10)
    s.now = s.now + .milliseconds(20)
    s.sends(sack: [(Self.at(2), Self.at(8))], seq: 1, ack: Self.at(1))
    #expect(s.all().first?.seq == Self.at(1))
    s.writes(10 * Self.size)
    s.now = s.now + .milliseconds(5)
    s.sends(sack: [(Self.at(2), Self.at(11))], seq: 1, ack: Self.at(1))
    let fresh = s.all()
    #expect(fresh.first?.seq == Self.at(11))
    s.now = s.now + .milliseconds(20)
    s.sends(sack: [(Self.at(2), Self.at(12))], seq: 1, ack: Self.at(1))
    #expect(s.all().first?.seq == Self.at(1))
    #expect(s.info.retransmissions == 2)
    #expect(!s.told(.timerFired, c: UInt32(TCPTimer.retransmission.rawValue)))
  }

  @Test func dsackWidensTheReorderingWindow() {
    let s = Self.inFlight(6)
    s.now = s.now + .milliseconds(20)
    s.sends(sack: [(Self.at(2), Self.at(6))], seq: 1, ack: Self.at(1))
    #expect(s.all().map(\.seq).first == Self.at(1))
    s.now = s.now + .milliseconds(3)
    s.sends(.ack, seq: 1, ack: Self.at(7))
    let rack = s.connection.pointee.outgoing?.pointee.rack
    let narrow = rack?.reorderingWindow(isRecovering: false, threeAreHeld: false, smoothed: .seconds(1))
    s.sends(sack: [(Self.at(1), Self.at(2))], seq: 1, ack: Self.at(7))
    let wider = s.connection.pointee.outgoing?.pointee.rack
      .reorderingWindow(isRecovering: false, threeAreHeld: false, smoothed: .seconds(1))
    #expect(wider == narrow.map { $0 * 2 })
  }

  @Test func aPartlyHeldSegmentIsSplit() {
    let s = Self.inFlight(6)
    s.now = s.now + .milliseconds(20)
    s.sends(sack: [(Self.at(1) + 500, Self.at(7))], seq: 1, ack: Self.at(1))
    s.expects(.ack, seq: Self.at(1), ack: 1, length: 500)
    s.expectsNothing()
  }

  @Test func aPeerThatRenegesIsSentEverythingAgain() {
    let s = Self.inFlight(4)
    s.now = s.now + .milliseconds(20)
    s.sends(sack: [(Self.at(2), Self.at(5))], seq: 1, ack: Self.at(1))
    s.expects(.ack, seq: Self.at(1), ack: 1, length: Self.size)
    // It acknowledges the hole and has forgotten the rest.
    s.sends(.ack, seq: 1, ack: Self.at(2))
    s.expectsNothing()
    s.deadline()
    while !s.connection.pointee.hasOutput { s.deadline() }
    s.expects(.ack, seq: Self.at(2), ack: 1, length: Self.size)
    s.sends(.ack, seq: 1, ack: Self.at(3))
    #expect(s.all().map(\.seq) == [Self.at(3), Self.at(4)])
  }

  @Test func blocksThatMakeNoSenseAreNotBelieved() {
    let s = Self.inFlight(4)
    s.sends(sack: [(900_000, 900_100)], seq: 1, ack: Self.at(1))
    s.sends(sack: [(Self.at(4), Self.at(2))], seq: 1, ack: Self.at(1))
    s.sends(sack: [(Self.at(2), Self.at(40))], seq: 1, ack: Self.at(1))
    #expect(s.info.pipe == 4 * Self.size)
    s.expectsNothing()
  }

  @Test func superFramesLoseOnlyTheirMissingSegments() {
    let link = LinkCapabilities(largestSegment: LinkCapabilities.superSegment)
    let s = Script.established(link: link)
    s.writes([UInt8](repeating: 3, count: 14_600))
    #expect(s.all().count == 1)
    s.now = s.now + .milliseconds(20)
    s.sends(sack: [(Self.at(3), Self.at(10))], seq: 1, ack: Self.at(2))
    s.expects(.ack, seq: Self.at(2), ack: 1, length: Self.size)
    s.expectsNothing()
  }

  // MARK: Without SACK

  @Test func threeDuplicatesSendOneSegmentAgainAndPartialOnesTheNext() {
    let s = Self.inFlight(10, sack: false)
    s.now = s.now + .milliseconds(20)
    s.sends(.ack, seq: 1, ack: Self.at(1))
    s.sends(.ack, seq: 1, ack: Self.at(1))
    s.expectsNothing()
    s.sends(.ack, seq: 1, ack: Self.at(1))
    s.expects(.ack, seq: Self.at(1), ack: 1, length: Self.size)
    s.expectsNothing()
    #expect(s.info.isRecovering && s.info.congestionWindow == 5 * Self.size)
    // Each further duplicate lets one more segment go, once half of them have left.
    s.writes(10 * Self.size)
    for _ in 0..<4 { s.sends(.ack, seq: 1, ack: Self.at(1)) }
    #expect(s.all().map(\.seq) == [Self.at(11), Self.at(12)])
    // RFC 6582: a partial acknowledgment, and at once the next hole.
    s.now = s.now + .milliseconds(20)
    s.sends(.ack, seq: 1, ack: Self.at(4))
    #expect(s.all().first?.seq == Self.at(4))
    s.sends(.ack, seq: 1, ack: Self.at(11))
    #expect(!s.info.isRecovering)
    #expect(s.info.retransmissions == 2)
  }

  @Test func windowUpdatesAreNoDuplicates() {
    let s = Self.inFlight(6, sack: false)
    for index in 1...6 { s.sends(.ack, seq: 1, ack: Self.at(1), window: 60_000 - index) }
    s.expectsNothing()
    #expect(!s.info.isRecovering)
  }

  // MARK: FIN

  @Test func aLostFINIsSentAgain() {
    let s = Script.established()
    s.closesWrite()
    s.expects([.ack, .fin], seq: 1, ack: 1)
    s.deadline()
    while !s.connection.pointee.hasOutput { s.deadline() }
    s.expects([.ack, .fin], seq: 1, ack: 1)
    s.sends(.ack, seq: 1, ack: 2)
    #expect(s.state == .finWait2)
  }
}
