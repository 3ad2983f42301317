import StrataBase
import StrataLink
import StrataWire
import Testing

@testable import StrataTransport

/// What random segments found, each made small.
@Suite struct FoundByFuzzingTests {
  @Test func aLinkOfTheLeastSizeIsNotSentMoreThanItTakes() {
    let s = Script.established(link: LinkCapabilities(mtu: 68), segmentSize: 1_460, sack: false)
    s.connection.pointee.write([UInt8](repeating: 1, count: 300).span.bytes)
    for segment in s.all() { #expect(segment.payload.count <= 28) }
  }

  @Test func aKeepAliveThatIsDueWaitsQuietlyForWhatIsInFlight() {
    var settings = TCPSettings()
    settings.keepAlive = KeepAlive(idle: .seconds(1), interval: .seconds(1), count: 3)
    let s = Script.established(settings)
    s.connection.pointee.write([1])
    var deadlines = 0
    while s.state == .established, s.now < .start + .seconds(160), deadlines < 1_000 {
      s.all()
      s.deadline()
      deadlines += 1
    }
    #expect(deadlines < 200)
  }

  @Test func theWindowOfANewAcknowledgmentCountsWhereverItsSegmentBegins() {
    let s = Script.established(sack: false)
    s.sends(.ack, seq: 1, ack: 1, text: "hello", window: 4_000)
    s.connection.pointee.write([UInt8](repeating: 1, count: 20_000))
    let sent = s.all().reduce(0) { $0 + $1.payload.count }
    s.sends(.ack, seq: 3, ack: 1 + sent, text: "llo?", window: 0)
    #expect(s.info.sendWindow == 0)
    #expect(s.all().allSatisfy { $0.payload.isEmpty })
  }

  @Test func theWindowOfASynchronizeThatCrossedOursIsNotScaled() {
    let s = Script.active()
    s.all()
    var options = TCPOptions()
    options.windowScale = 10
    s.sends(.syn, seq: 0, window: 100, options: options)
    s.all()
    s.sends([.syn, .ack], seq: 0, ack: 1, window: 100, options: options)
    #expect(s.state == .established)
    #expect(s.info.sendWindow == 100)
  }

  @Test func aSlowReaderGetsAllThatAUserLeftBehind() {
    var settings = TCPSettings()
    settings.retries = 3
    let s = Script.established(settings, sack: false)
    s.connection.pointee.write([UInt8](repeating: 1, count: 40))
    var taken = 0
    _ = s.connection.pointee.close(at: s.now)
    for _ in 0..<40 where taken < 40 {
      s.sends(.ack, seq: 1, ack: 1 + taken, window: 0)
      s.all()
      s.deadline()
      taken += s.all().contains { !$0.payload.isEmpty } ? 1 : 0
    }
    #expect(taken >= 20)
    #expect(s.state == .finWait1)
  }

  @Test func aPeerThatVanishesAfterOurFINIsAskedAndGivenUp() {
    var settings = TCPSettings()
    settings.keepAlive = KeepAlive(idle: .seconds(10), interval: .seconds(1), count: 3)
    let s = Script.established(settings)
    _ = s.connection.pointee.closeWrite(at: s.now)
    s.all()
    s.sends(.ack, seq: 1, ack: 2)
    #expect(s.state == .finWait2)
    for _ in 0..<20 where s.connection.pointee.nextDeadline != .never {
      s.deadline()
      s.all()
    }
    #expect(s.connection.pointee.failure == .timedOut)
  }

  @Test func aPeerThatKeepsSendingDoesNotPutOffTheOverrideOfASillyWindow() {
    let s = Script.established(sack: false)
    s.sends(.ack, seq: 1, ack: 1, window: 10)
    s.connection.pointee.write([UInt8](repeating: 1, count: 5_000))
    s.expectsNothing()
    var wasSent = false
    for turn in 0..<100 where !wasSent {
      s.sends(.ack, seq: 1 + turn, ack: 1, text: "x", window: 10)
      for _ in 0..<10 {
        wasSent = wasSent || s.all().contains { !$0.payload.isEmpty }
        s.after(.milliseconds(10))
      }
    }
    #expect(wasSent)
  }
}

extension Connection {
  fileprivate mutating func write(_ bytes: [UInt8]) { write(bytes.span.bytes) }
}
