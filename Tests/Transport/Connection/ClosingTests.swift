import StrataBase
import StrataWire
import Testing

@testable import StrataTransport

@Suite struct ClosingTests {
  @Test func theSideThatClosesFirstWaitsInTimeWait() {
    let s = Script.established()
    s.closesWrite()
    #expect(s.state == .finWait1)
    s.expects([.ack, .fin], seq: 1, ack: 1)
    s.sends(.ack, seq: 1, ack: 2)
    #expect(s.state == .finWait2)
    s.sends(.ack, seq: 1, ack: 2, text: "still talking")
    #expect(s.readsText() == "still talking")
    s.sends([.fin, .ack], seq: 14, ack: 2)
    #expect(s.state == .timeWait)
    #expect(s.last.contains(.readinessRose) && !s.last.contains(.timeWait))
    #expect(s.connection.pointee.atEndOfStream == true)
    s.expects(.ack, seq: 2, ack: 15)
    // The peer's FIN again is answered, and the wait starts over.
    s.after(.seconds(30))
    s.sends([.fin, .ack], seq: 14, ack: 2)
    s.expects(.ack, seq: 2, ack: 15)
    s.after(.seconds(59))
    #expect(s.state == .timeWait)
    s.after(.seconds(2))
    #expect(s.state == .closed)
    #expect(!s.last.contains(.closed))
    s.closes()
    #expect(s.last.contains(.closed))
  }

  @Test func theSideThatClosesLastIsDoneAtOnce() {
    let s = Script.established()
    s.sends([.fin, .ack], seq: 1, ack: 1, text: "bye")
    #expect(s.state == .closeWait)
    #expect(s.connection.pointee.readiness.contains([.readable, .peerClosed]))
    s.expects(.ack, seq: 1, ack: 5)
    #expect(s.readsText() == "bye")
    s.writes(10)
    s.closesWrite()
    #expect(s.state == .lastAck)
    s.expects([.ack, .fin], seq: 1, ack: 5, length: 10)
    s.sends(.ack, seq: 5, ack: 12)
    #expect(s.state == .closed)
    #expect(s.connection.pointee.failure == nil)
    #expect(s.connection.pointee.nextDeadline == .never)
  }

  @Test func simultaneousClosesMeet() {
    let s = Script.established()
    s.closes()
    s.expects([.ack, .fin], seq: 1, ack: 1)
    s.sends([.fin, .ack], seq: 1, ack: 1)
    #expect(s.state == .closing)
    s.expects(.ack, seq: 2, ack: 2)
    s.sends(.ack, seq: 2, ack: 2)
    #expect(s.state == .timeWait)
    #expect(s.last.contains(.timeWait))
  }

  @Test func aFINThatAcknowledgesOursGoesStraightToTimeWait() {
    let s = Script.established()
    s.closesWrite()
    s.all()
    s.sends([.fin, .ack], seq: 1, ack: 2)
    #expect(s.state == .timeWait)
    s.expects(.ack, seq: 2, ack: 2)
  }

  @Test func aFINAheadOfMissingBytesWaits() {
    let s = Script.established()
    s.sends([.fin, .ack], seq: 6, ack: 1, text: "world")
    #expect(s.state == .established)
    s.all()
    s.sends(.ack, seq: 1, ack: 1, text: "hello")
    #expect(s.readsText() == "helloworld")
    s.all()
    s.sends([.fin, .ack], seq: 11, ack: 1)
    #expect(s.state == .closeWait)
    s.expects(.ack, seq: 1, ack: 12)
  }

  @Test func closingWithUnreadBytesResets() {
    let s = Script.established()
    s.sends(.ack, seq: 1, ack: 1, text: "unread")
    s.closes()
    s.expects([.rst, .ack], seq: 1, ack: 7)
    #expect(s.state == .closed)
    s.expectsNothing()
    #expect(s.pool.outstanding == 0)
  }

  @Test func bytesAfterTheUserWentAreAnsweredWithAReset() {
    let s = Script.established()
    s.writes(5)
    s.closes()
    s.expects([.ack, .fin], seq: 1, ack: 1, length: 5)
    s.sends(.ack, seq: 1, ack: 7, text: "late")
    #expect(s.last.contains([.reset, .closed]))
    #expect(s.state == .closed)
  }

  @Test func abortSendsAReset() {
    let s = Script.established()
    s.writes(10_000)
    _ = s.next()
    s.aborts()
    #expect(s.last.contains(.transmit))
    s.expects([.rst, .ack], seq: 1_461, ack: 1)
    #expect(s.state == .closed && s.connection.pointee.failure == .aborted)
    s.expectsNothing()
    s.sends(.ack, seq: 1, ack: 1, text: "x")
    #expect(s.last.contains([.reset, .closed]))
  }

  @Test func lingerZeroTurnsCloseIntoAReset() {
    var settings = TCPSettings()
    settings.linger = .zero
    let s = Script.established(settings)
    s.closes()
    s.expects([.rst, .ack], seq: 1, ack: 1)
  }

  @Test func finWait2EndsWhenTheUserIsGone() {
    let s = Script.established()
    s.closes()
    s.all()
    s.sends(.ack, seq: 1, ack: 2)
    #expect(s.state == .finWait2)
    s.after(.seconds(59))
    #expect(s.state == .finWait2)
    s.after(.seconds(2))
    #expect(s.state == .closed)
    #expect(s.last.contains(.closed))
  }

  @Test func aHalfOpenUserMayWaitInFinWait2ForEver() {
    let s = Script.established()
    s.closesWrite()
    s.all()
    s.sends(.ack, seq: 1, ack: 2)
    for _ in 0..<5 where s.connection.pointee.nextDeadline != .never { s.deadline() }
    s.now = s.now + .seconds(10_000)
    #expect(s.state == .finWait2)
    s.closes()
    s.after(.seconds(61))
    #expect(s.state == .closed)
  }

  @Test func aGoneUserDoesNotWaitForAClosedWindow() {
    var settings = TCPSettings()
    settings.retries = 4
    let s = Script.established(settings)
    s.writes(3_000)
    s.all()
    s.sends(.ack, seq: 1, ack: s.edge, window: 0)
    s.writes(1_000)
    s.closes()
    s.all()
    for _ in 0..<40 where s.state != .closed {
      s.deadline()
      for segment in s.all() where !segment.flags.contains(.rst) {
        s.sends(.ack, seq: 1, ack: 2_921, window: 0)
      }
    }
    #expect(s.state == .closed)
  }

  @Test func aResetTellsTheUser() {
    let s = Script.established()
    s.writes(100)
    s.sends(.rst, seq: 1)
    #expect(s.state == .closed && s.connection.pointee.failure == .reset)
    #expect(s.last.contains(.readinessRose) && !s.last.contains(.closed))
    #expect(s.writes(10) == 0)
    s.expectsNothing()
    s.closes()
    #expect(s.last == .closed)
  }

  @Test func unreadBytesSurviveTheEndOfTheConnection() {
    let s = Script.established()
    s.closesWrite()
    s.all()
    s.sends([.fin, .ack], seq: 1, ack: 2, text: "last words")
    s.all()
    s.after(.seconds(61))
    #expect(s.state == .closed)
    #expect(s.readsText() == "last words")
    #expect(s.connection.pointee.atEndOfStream == true)
  }

  @Test func anAcknowledgmentBeforeTheFINWentIsNotItsAcknowledgment() {
    let s = Script.established()
    s.closesWrite()
    s.sends(.ack, seq: 1, ack: 1)
    #expect(s.state == .finWait1)
    s.expects([.ack, .fin], seq: 1, ack: 1)
    s.sends(.ack, seq: 1, ack: 1)
    #expect(s.state == .finWait1)
    s.sends(.ack, seq: 1, ack: 2)
    #expect(s.state == .finWait2)
  }

  @Test func aFINQueuedBeforeTheHandshakeEndedIsSent() {
    let s = Script.active()
    s.all()
    s.closesWrite()
    s.sends(.syn, seq: 0)
    s.all()
    s.sends(.ack, seq: 1, ack: 1)
    #expect(s.state == .finWait1)
    s.expects([.ack, .fin], seq: 1, ack: 1)
  }

  @Test func writingAfterCloseWriteTakesNothing() {
    let s = Script.established()
    s.closesWrite()
    #expect(s.writes(10) == 0)
    s.closesWrite()
    #expect(s.all().count == 1)
  }

  // MARK: Keep-alive

  @Test func aSilentPeerIsAskedAndThenGivenUp() {
    var settings = TCPSettings()
    settings.keepAlive = KeepAlive(idle: .seconds(10), interval: .seconds(2), count: 3)
    let s = Script.established(settings)
    let start = s.now
    for wait in [10, 12, 14] as [Int64] {
      while !s.connection.pointee.hasOutput { s.deadline() }
      #expect(s.now - start == .seconds(wait))
      s.expects(.ack, seq: 0, ack: 1)
    }
    while s.state != .closed { s.deadline() }
    #expect(s.now - start == .seconds(16))
    #expect(s.connection.pointee.failure == .timedOut)
  }

  @Test func anAnswerToAKeepAliveStartsTheWaitAgain() {
    var settings = TCPSettings()
    settings.keepAlive = KeepAlive(idle: .seconds(10), interval: .seconds(2), count: 1)
    let s = Script.established(settings)
    for _ in 0..<5 {
      let before = s.now
      while !s.connection.pointee.hasOutput { s.deadline() }
      #expect(s.now - before >= .seconds(9))
      s.expects(.ack, seq: 0, ack: 1)
      s.sends(.ack, seq: 1, ack: 1)
    }
    #expect(s.state == .established)
  }

  @Test func aKeepAliveIsAnswered() {
    let s = Script.established()
    s.sends(.ack, seq: 0, ack: 1)
    s.expects(.ack, seq: 1, ack: 1)
  }

  @Test func withoutKeepAliveSilenceLastsForEver() {
    let s = Script.established()
    #expect(s.connection.pointee.nextDeadline == .never)
  }
}
