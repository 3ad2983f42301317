import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

@testable import StrataTransport

@Suite struct HandshakeTests {
  @Test func anActiveOpenOffersEverythingInItsSYN() throws {
    let s = Script.active()
    let syn = try #require(s.expects(.syn, seq: 0, ack: 0))
    #expect(syn.options.maximumSegmentSize == 1_460)
    #expect(syn.options.sackPermitted && syn.options.windowScale == 3)
    #expect(syn.options.timestamps?.echo == 0)
    #expect(syn.window == 65_535)
    s.expectsNothing()
    var options = TCPOptions()
    options.maximumSegmentSize = 1_000
    options.sackPermitted = true
    options.windowScale = 7
    s.sends([.syn, .ack], seq: 0, ack: 1, window: 30_000, options: options)
    #expect(s.state == .established)
    #expect(s.last.contains(.readinessRose))
    let ack = try #require(s.expects(.ack, seq: 1, ack: 1))
    #expect(ack.options == TCPOptions())
    #expect(s.info.sendWindow == 30_000)
    #expect(s.info.segmentSize == 1_000)
    s.sends(.ack, seq: 1, ack: 1, window: 1_000)
    #expect(s.info.sendWindow == 128_000)
  }

  @Test func timestampsCostTwelveBytesASegment() throws {
    let s = Script.active()
    s.expects(.syn, seq: 0, ack: 0)
    var options = TCPOptions()
    options.maximumSegmentSize = 1_460
    options.timestamps = TCPTimestamps(value: 900, echo: 100_000)
    s.sends([.syn, .ack], seq: 0, ack: 1, options: options)
    let ack = try #require(s.expects(.ack, seq: 1, ack: 1))
    #expect(ack.options.timestamps == TCPTimestamps(value: 100_000, echo: 900))
    #expect(s.info.segmentSize == 1_448)
    s.writes(2_000)
    s.expects(.ack, seq: 1, ack: 1, length: 1_448)
  }

  @Test func withoutAnMSSOptionSegmentsAreSmall() {
    let s = Script.active()
    s.expects(.syn, seq: 0, ack: 0)
    s.sends([.syn, .ack], seq: 0, ack: 1)
    #expect(s.info.segmentSize == 536)
  }

  @Test func aSYNIsSentAgainWithBackoffAndThenGivesUp() {
    var settings = TCPSettings()
    settings.synRetries = 3
    let s = Script.active(settings)
    s.expects(.syn, seq: 0, ack: 0)
    let start = s.now
    for wait in [1, 3, 7] as [Int64] {
      s.deadline()
      #expect(s.now == start + .seconds(wait))
      s.expects(.syn, seq: 0, ack: 0)
    }
    s.deadline()
    #expect(s.state == .closed)
    #expect(s.connection.pointee.failure == .timedOut)
    #expect(s.connection.pointee.nextDeadline == .never)
  }

  @Test func aLostSYNMakesTheFirstWindowOneSegmentAndTheTimeoutThreeSeconds() {
    let s = Script.active()
    s.expects(.syn, seq: 0, ack: 0)
    s.deadline()
    s.expects(.syn, seq: 0, ack: 0)
    s.sends([.syn, .ack], seq: 0, ack: 1)
    #expect(s.info.congestionWindow == 536)
    #expect(s.info.retransmissionTimeout == .seconds(3))
    #expect(s.info.roundTrip == nil)
  }

  @Test func aHandshakeMeasuresTheRoundTrip() {
    let s = Script.active()
    s.expects(.syn, seq: 0, ack: 0)
    s.after(.milliseconds(30))
    s.sends([.syn, .ack], seq: 0, ack: 1)
    #expect(s.info.roundTrip == .milliseconds(30))
  }

  @Test func aResetInAnswerToASYNMeansRefused() {
    let s = Script.active()
    s.expects(.syn, seq: 0, ack: 0)
    s.sends([.rst, .ack], seq: 0, ack: 2)
    #expect(s.state == .synSent)
    s.sends(.rst, seq: 0)
    #expect(s.state == .synSent)
    s.sends([.rst, .ack], seq: 0, ack: 1)
    #expect(s.state == .closed)
    #expect(s.connection.pointee.failure == .refused)
    #expect(s.last.contains(.readinessRose))
    #expect(s.connection.pointee.readiness.contains([.failed, .readable, .writable]))
  }

  @Test func aWrongAcknowledgmentInSynSentIsAnsweredWithAReset() {
    let s = Script.active()
    s.expects(.syn, seq: 0, ack: 0)
    s.sends([.syn, .ack], seq: 0, ack: 7)
    #expect(s.last.contains(.reset))
    #expect(s.state == .synSent)
    s.sends(.ack, seq: 0, ack: 1)
    #expect(s.state == .synSent && !s.last.contains(.reset))
  }

  @Test func simultaneousOpensMeet() throws {
    let s = Script.active()
    s.expects(.syn, seq: 0, ack: 0)
    var options = TCPOptions()
    options.windowScale = 2
    options.sackPermitted = true
    s.sends(.syn, seq: 0, options: options)
    #expect(s.state == .synReceived)
    let answer = try #require(s.expects([.syn, .ack], seq: 0, ack: 1))
    #expect(answer.options.windowScale == 3 && answer.options.sackPermitted)
    #expect(answer.options.timestamps == nil)
    s.sends([.syn, .ack], seq: 0, ack: 1, options: options)
    #expect(s.state == .established)
  }

  @Test func aSYNThatWasCrossedIsAnsweredAgainWhenTheAnswerIsLost() {
    let s = Script.active()
    s.expects(.syn, seq: 0, ack: 0)
    s.sends(.syn, seq: 0)
    s.expects([.syn, .ack], seq: 0, ack: 1)
    s.deadline()
    s.expects([.syn, .ack], seq: 0, ack: 1)
    s.sends(.ack, seq: 1, ack: 1)
    #expect(s.state == .established)
  }

  @Test func dataOnTheLastAcknowledgmentOfAHandshakeIsNotLost() {
    let s = Script.active()
    s.expects(.syn, seq: 0, ack: 0)
    s.sends([.syn, .ack], seq: 0, ack: 1, text: "early")
    #expect(s.readsText() == "early")
    s.expects(.ack, seq: 1, ack: 6)
  }

  @Test func bytesWrittenBeforeTheHandshakeEndsGoAfterIt() {
    let s = Script.active()
    s.writes(Array("hello".utf8))
    s.closesWrite()
    s.expects(.syn, seq: 0, ack: 0)
    s.expectsNothing()
    s.sends([.syn, .ack], seq: 0, ack: 1)
    #expect(s.state == .finWait1)
    s.expects([.ack, .fin], seq: 1, ack: 1, length: 5)
  }

  @Test func closingInSynSentForgetsTheConnection() {
    let s = Script.active()
    s.expects(.syn, seq: 0, ack: 0)
    s.closes()
    #expect(s.last == .closed)
    s.expectsNothing()
  }

  @Test func anUnacceptableAcknowledgmentInSynReceivedIsAnsweredWithAReset() {
    let s = Script.active()
    s.expects(.syn, seq: 0, ack: 0)
    s.sends(.syn, seq: 0)
    s.sends(.ack, seq: 1, ack: 9)
    #expect(s.last.contains(.reset))
    #expect(s.state == .synReceived)
  }

  @Test func unreachableEndsAnOpenAndIsRememberedLater() {
    func error(_ s: Script, _ kind: ControlError.Kind, seq: Int) -> ControlError {
      let transport = UInt64(0x9c40_0050) << 32 | UInt64((s.ours + seq).rawValue)
      return ControlError(
        kind: kind, protocol: .tcp, source: Script.name.localAddress, destination: Script.name.remoteAddress,
        transport: transport)
    }
    let s = Script.active()
    s.expects(.syn, seq: 0, ack: 0)
    _ = s.connection.pointee.unreachable(error(s, .hostUnreachable, seq: 5), at: s.now)
    #expect(s.state == .synSent)
    _ = s.connection.pointee.unreachable(error(s, .hostUnreachable, seq: 0), at: s.now)
    #expect(s.connection.pointee.failure == .hostUnreachable)

    var settings = TCPSettings()
    settings.retries = 1
    let t = Script.established(settings)
    t.writes(10)
    t.all()
    _ = t.connection.pointee.unreachable(error(t, .networkUnreachable, seq: 1), at: t.now)
    #expect(t.state == .established)
    for _ in 0..<4 where t.state != .closed {
      t.deadline()
      t.all()
    }
    #expect(t.connection.pointee.failure == .networkUnreachable)
  }

  @Test func anIdleConnectionIsSmallAndOwnsNothing() {
    let size = MemoryLayout<Connection>.size
    print("a connection at rest: \(size) bytes")
    #expect(size <= 256)
    let s = Script.established()
    #expect(s.info.memory == MemoryLayout<Connection>.stride)
    #expect(MemoryLayout<TCPSettings>.size == 8)
  }

  @Test func sequenceNumbersWrapInTheHandshakeAndInData() {
    let s = Script.active(ours: .max, theirs: .max - 2)
    s.expects(.syn, seq: 0, ack: 0)
    s.sends([.syn, .ack], seq: 0, ack: 1, text: "wraps")
    s.expects(.ack, seq: 1, ack: 6)
    s.writes(3_000)
    s.expects(.ack, seq: 1, ack: 6, length: 536)
    s.sends(.ack, seq: 6, ack: 537)
    #expect(s.info.bytesAcknowledged == 536)
    #expect(s.readsText() == "wraps")
  }
}
