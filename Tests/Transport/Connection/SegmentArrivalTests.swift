import StrataBase
import StrataWire
import Testing

@testable import StrataTransport

@Suite struct SegmentArrivalTests {
  // MARK: Every state and every kind of segment

  enum Kind: CaseIterable {
    case resetExact, resetInWindow, resetOutside, synInWindow, ackOfNothingSent, ackVeryOld, noAck,
      outsideWindow
  }
  /// What comes of it: the state after, and whether an ACK, a RST or nothing answers.
  enum Answer { case nothing, ack, reset }

  static func script(in state: TCPState) -> Script {
    let s = state == .synSent || state == .synReceived ? Script.active() : Script.established()
    switch state {
    case .closed:
      s.aborts()
      s.all()
    case .synSent: s.all()
    case .synReceived:
      s.all()
      s.sends(.syn, seq: 0)
      s.all()
    case .established: break
    case .finWait1:
      s.closesWrite()
      s.all()
    case .finWait2:
      s.closesWrite()
      s.all()
      s.sends(.ack, seq: 1, ack: 2)
    case .closeWait:
      s.sends([.fin, .ack], seq: 1, ack: 1)
      s.all()
    case .closing:
      s.closesWrite()
      s.all()
      s.sends([.fin, .ack], seq: 1, ack: 1)
      s.all()
    case .lastAck:
      s.sends([.fin, .ack], seq: 1, ack: 1)
      s.closesWrite()
      s.all()
    case .timeWait:
      s.closesWrite()
      s.all()
      s.sends([.fin, .ack], seq: 1, ack: 2)
      s.all()
    }
    return s
  }

  static func send(_ kind: Kind, to s: Script) {
    let c = s.connection
    let next = c.pointee.receiveNext - s.theirs, acknowledged = c.pointee.sendNext - s.ours
    switch kind {
    case .resetExact: s.sends(.rst, seq: next)
    case .resetInWindow: s.sends(.rst, seq: next + 10)
    case .resetOutside: s.sends(.rst, seq: next - 10)
    case .synInWindow: s.sends(.syn, seq: next + 3)
    case .ackOfNothingSent: s.sends(.ack, seq: next, ack: acknowledged + 1_000)
    case .ackVeryOld: s.sends(.ack, seq: next, ack: acknowledged - 200_000)
    case .noAck: s.sends([], seq: next, text: "x")
    case .outsideWindow: s.sends(.ack, seq: next + 1_000_000, ack: acknowledged, text: "x")
    }
  }

  /// RFC 9293 §3.10.7.4 with RFC 5961, as one table.
  static func expected(_ state: TCPState, _ kind: Kind) -> (TCPState, Answer) {
    switch (state, kind) {
    case (.closed, .resetExact), (.closed, .resetInWindow), (.closed, .resetOutside): (.closed, .nothing)
    case (.closed, _): (.closed, .reset)
    case (.synSent, .ackOfNothingSent), (.synSent, .ackVeryOld): (.synSent, .reset)
    case (.synSent, .synInWindow): (.synReceived, .ack)
    case (.synSent, .outsideWindow), (.synSent, _): (.synSent, .nothing)
    case (.synReceived, .ackOfNothingSent), (.synReceived, .ackVeryOld): (.synReceived, .reset)
    case (_, .resetExact): (.closed, .nothing)
    case (_, .resetInWindow): (state, .ack)
    case (_, .resetOutside): (state, .nothing)
    case (_, .noAck): (state, .nothing)
    case (_, _): (state, .ack)
    }
  }

  @Test(arguments: TCPState.allCases) func everyKindOfSegmentIsAnsweredAsTheRFCSays(state: TCPState) {
    for kind in Kind.allCases {
      let s = Self.script(in: state)
      #expect(s.state == state)
      Self.send(kind, to: s)
      let (after, answer) = Self.expected(state, kind)
      let isReset = s.last.contains(.reset)
      let segments = s.all()
      let seen: Answer = isReset ? .reset : segments.isEmpty ? .nothing : .ack
      #expect(s.state == after && seen == answer, "\(state) \(kind): \(s.state) \(seen)")
    }
  }

  // MARK: RFC 5961

  @Test func challengesAreFewInOneSecond() {
    let s = Script.established()
    var answers = 0
    for _ in 0..<100 {
      s.sends(.rst, seq: 50)
      answers += s.all().count
    }
    #expect(answers == Int(Connection.mostChallenges))
    s.after(.seconds(1))
    s.sends(.syn, seq: 50)
    #expect(s.all().count == 1)
  }

  @Test func anAcknowledgmentOfDataNeverSentIsAnsweredAndDropped() {
    let s = Script.established()
    s.writes(100)
    s.all()
    s.sends(.ack, seq: 1, ack: 5_000, text: "payload")
    s.expects(.ack, seq: 101, ack: 1)
    #expect(s.reads().isEmpty)
    #expect(s.info.inFlight == 100)
    #expect(s.told(.segmentDropped, c: SegmentDrop.badAcknowledgment.rawValue))
  }

  // MARK: PAWS

  @Test func anOldTimestampIsDroppedAndAnswered() {
    let s = Script.established(timestamps: true)
    s.stamp = 100
    s.sends(.ack, seq: 1, ack: 1, text: "new")
    s.stamp = 99
    s.sends(.ack, seq: 4, ack: 1, text: "old")
    #expect(s.readsText() == "new")
    s.expects(.ack, seq: 1, ack: 4)
    #expect(s.told(.segmentDropped, c: SegmentDrop.oldTimestamp.rawValue))
    s.stamp = 101
    s.sends(.ack, seq: 4, ack: 1, text: "er")
    #expect(s.readsText() == "er")
  }

  @Test func aResetNeedsNoTimestamp() {
    let s = Script.established(timestamps: true)
    s.stamp = nil
    s.sends(.rst, seq: 1)
    #expect(s.connection.pointee.failure == .reset)
  }

  @Test func aSegmentWithoutItsTimestampIsDropped() {
    let s = Script.established(timestamps: true)
    s.stamp = nil
    s.sends(.ack, seq: 1, ack: 1, text: "bare")
    #expect(s.reads().isEmpty)
    s.expectsNothing()
  }

  @Test func anOutdatedTimestampIsForgottenAfterTwentyFourDays() {
    let s = Script.established(timestamps: true)
    s.stamp = 5_000
    s.sends(.ack, seq: 1, ack: 1, text: "a")
    s.all()
    s.after(.seconds(25 * 24 * 3_600))
    while s.connection.pointee.nextDeadline <= s.now { s.deadline() }
    s.all()
    s.now = s.now + .seconds(25 * 24 * 3_600)
    s.stamp = 10
    s.sends(.ack, seq: 2, ack: 1, text: "b")
    #expect(s.readsText() == "ab")
  }

  @Test func theEchoIsOfTheEarliestUnacknowledgedSegment() throws {
    let s = Script.established(timestamps: true)
    s.stamp = 10
    s.sends(.ack, seq: 1, ack: 1, text: "one")
    s.stamp = 20
    s.sends(.ack, seq: 4, ack: 1, text: "two")
    s.deadline()
    let ack = try #require(s.expects(.ack, seq: 1, ack: 7))
    #expect(ack.options.timestamps?.echo == 10)
  }

  // MARK: The window's edges

  @Test func whatLiesBeyondTheWindowIsCutOff() {
    var settings = TCPSettings()
    settings.receiveBuffer = 1_000
    let s = Script.established(settings)
    s.sends(.ack, seq: 1, ack: 1, bytes: [UInt8](repeating: 1, count: 1_400))
    #expect(s.reads().count == 1_000)
    #expect(s.expects(.ack, seq: 1, ack: 1_001)?.window == 1_000)
  }

  @Test func aZeroWindowStillTakesAcknowledgments() {
    var settings = TCPSettings()
    settings.receiveBuffer = 1_000
    let s = Script.established(settings)
    s.writes(10)
    s.all()
    s.sends(.ack, seq: 1, ack: 1, bytes: [UInt8](repeating: 1, count: 1_000))
    s.deadline()
    s.expects(.ack, seq: 11, ack: 1_001, window: 0)
    s.sends(.ack, seq: 1_001, ack: 11, text: "probe")
    #expect(s.info.inFlight == 0)
    #expect(s.info.receiveQueue == 1_000)
    s.expects(.ack, seq: 11, ack: 1_001, window: 0)
  }

  @Test func urgentBytesStayInTheStream() {
    let s = Script.established()
    s.sends([.ack, .urg], seq: 1, ack: 1, text: "urgent")
    #expect(s.readsText() == "urgent")
  }

  @Test func anInvariantThatBreaksEndsOnlyItsConnection() {
    let s = Script.established()
    s.connection.pointee.sendUnacknowledged += 10
    s.sends(.ack, seq: 1, ack: 1, text: "x")
    #expect(s.connection.pointee.failure == .broken)
    s.expects([.rst, .ack], seq: 1, ack: 1)
    #expect(s.state == .closed)
  }
}
