import StrataBase
import StrataWire
import Testing

@testable import StrataTransport

@Suite struct SpuriousRepairTests {
  static let size = RecoveryTests.size
  static func at(_ n: Int) -> Int { RecoveryTests.at(n) }

  // MARK: DSACK

  @Test func aRepairThatThePeerGotTwiceIsTakenBack() {
    let s = RecoveryTests.inFlight(10)
    let window = s.info.congestionWindow
    s.now = s.now + .milliseconds(20)
    // Segments 1 and 2 come late; they look lost and are sent again.
    s.sends(sack: [(Self.at(3), Self.at(9))], seq: 1, ack: Self.at(1))
    #expect(s.all().map(\.seq) == [Self.at(1), Self.at(2)])
    #expect(s.info.congestionWindow < window && s.info.isRecovering)
    s.sends(.ack, seq: 1, ack: Self.at(11))
    #expect(!s.info.isRecovering && s.info.congestionWindow < window)
    s.now = s.now + .milliseconds(20)
    s.sends(sack: [(Self.at(1), Self.at(2))], seq: 1, ack: Self.at(11))
    #expect(s.info.congestionWindow < window, "one of the two may have been lost")
    s.sends(sack: [(Self.at(2), Self.at(3))], seq: 1, ack: Self.at(11))
    #expect(s.info.congestionWindow >= window)
    #expect(s.info.slowStartThreshold == .max)
    #expect(s.told(.repairWasSpurious, c: SpuriousRepair.Proof.duplicates.rawValue))
  }

  @Test func aRepairThatWasNeededIsNotTakenBack() {
    let s = RecoveryTests.inFlight(10)
    let window = s.info.congestionWindow
    s.now = s.now + .milliseconds(20)
    s.sends(sack: [(Self.at(2), Self.at(11))], seq: 1, ack: Self.at(1))
    #expect(s.all().map(\.seq) == [Self.at(1)])
    s.now = s.now + .milliseconds(20)
    s.sends(.ack, seq: 1, ack: Self.at(11))
    // What the network doubled was not our repair.
    s.sends(sack: [(1, Self.at(1))], seq: 1, ack: Self.at(11))
    #expect(s.info.congestionWindow < window)
    #expect(!s.told(.repairWasSpurious))
  }

  @Test func aDuplicateIsReportedOnce() {
    let s = Script.established()
    s.sends(.ack, seq: 1, ack: 1, text: "hello")
    s.after(.milliseconds(40))
    s.expects(.ack, seq: 1, ack: 6)
    s.sends(.ack, seq: 1, ack: 1, text: "hello")
    let first = s.expects(.ack, seq: 1, ack: 6)
    #expect(first?.options.sackBlocks.count == 1)
    #expect(first?.options.sackBlocks[0] == SACKBlock(left: s.theirs + 1, right: s.theirs + 6))
    s.sends(.ack, seq: 6, ack: 1, text: "world")
    s.after(.milliseconds(40))
    #expect(s.expects(.ack, seq: 1, ack: 11)?.options.sackBlocks.isEmpty == true)
  }

  // MARK: F-RTO

  /// A path that falls silent for longer than the timeout: the segment that was sent again.
  static func timedOut(_ count: Int) -> Script {
    let s = RecoveryTests.inFlight(count)
    s.deadline()
    while !s.told(.timerFired, c: UInt32(TCPTimer.retransmission.rawValue)) {
      s.all()
      s.deadline()
    }
    return s
  }

  @Test func aTimeoutThatCameTooEarlyIsTakenBack() {
    let s = Self.timedOut(8)
    let flight = s.info.inFlight
    #expect(s.all().map(\.seq) == [Self.at(1)])
    #expect(s.info.congestionWindow == Self.size)
    s.writes(10 * Self.size)
    s.sends(.ack, seq: 1, ack: Self.at(2))
    // RFC 5682 §3, step 2, b: up to two new segments, and nothing again.
    #expect(s.all().map(\.seq) == [1 + Self.size + flight, 1 + 2 * Self.size + flight])
    s.sends(.ack, seq: 1, ack: Self.at(3))
    #expect(s.told(.repairWasSpurious, c: SpuriousRepair.Proof.forwardRecovery.rawValue))
    #expect(!s.info.isRecovering && s.info.congestionWindow >= 10 * Self.size)
    #expect(s.all().allSatisfy { $0.seq > flight })
    #expect(s.info.retransmissions <= 2)
  }

  @Test func oneAcknowledgmentOfSeveralSegmentsIsProofToo() {
    let s = Self.timedOut(8)
    s.all()
    s.sends(.ack, seq: 1, ack: Self.at(5))
    #expect(s.told(.repairWasSpurious, c: SpuriousRepair.Proof.forwardRecovery.rawValue))
    s.expectsNothing()
  }

  @Test func aTimeoutThatWasRightSendsTheRestAgain() {
    let s = Self.timedOut(8)
    s.all()
    s.writes(10 * Self.size)
    s.sends(.ack, seq: 1, ack: Self.at(2))
    #expect(s.all().count == 2)
    // The new data arrives, the old does not.
    let flight = s.edge - Self.at(2)
    s.sends(sack: [(s.edge - Self.size, s.edge)], seq: 1, ack: Self.at(2))
    #expect(flight > 0 && s.info.isRecovering)
    #expect(s.all().first?.seq == Self.at(2))
    #expect(!s.told(.repairWasSpurious))
  }

  @Test func withoutNewDataTheRestIsSentAgainAtOnce() {
    let s = Self.timedOut(8)
    s.all()
    s.sends(.ack, seq: 1, ack: Self.at(2))
    #expect(s.all().map(\.seq).first == Self.at(2))
  }
}
