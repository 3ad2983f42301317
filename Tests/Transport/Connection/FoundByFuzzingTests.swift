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
}

extension Connection {
  fileprivate mutating func write(_ bytes: [UInt8]) { write(bytes.span.bytes) }
}
