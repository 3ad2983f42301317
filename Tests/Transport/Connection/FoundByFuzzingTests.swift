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
