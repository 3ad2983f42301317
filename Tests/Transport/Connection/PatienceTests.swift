import StrataBase
import StrataLink
import StrataWire
import Testing

@testable import StrataTransport

/// How long a sender goes on without an answer, and with which segments.
@Suite struct PatienceTests {
  /// Lets deadlines pass until the connection has ended; gives how long that took.
  static func end(of s: Script, each: () -> Void = {}) -> Interval {
    let start = s.now
    for _ in 0..<10_000 where s.state != .closed {
      s.deadline()
      s.all()
      each()
    }
    return s.now - start
  }

  @Test func theUsersTimeoutTakesThePlaceOfTheRetries() {
    for seconds in [3, 30, 4_000] as [Int64] {
      var settings = TCPSettings()
      settings.userTimeout = .seconds(seconds)
      let s = Script.established(settings)
      s.writes(100)
      s.all()
      let took = Self.end(of: s)
      #expect(s.connection.pointee.failure == .timedOut)
      #expect(took == .seconds(seconds))
    }
  }

  @Test func aClosedWindowIsTimedToo() {
    let s = Script.established()
    s.connection.pointee.setUserTimeout(.seconds(20))
    s.writes(100)
    s.all()
    s.sends(.ack, seq: 1, ack: 101, window: 0)
    s.writes(100)
    let took = Self.end(of: s)
    #expect(s.connection.pointee.failure == .timedOut && took >= .seconds(20) && took < .seconds(60))
  }

  @Test func whatIsAcknowledgedBeginsTheTimeAnew() {
    var settings = TCPSettings()
    settings.userTimeout = .seconds(10)
    let s = Script.established(settings)
    for _ in 0..<5 {
      s.writes(100)
      s.all()
      s.now = s.now + .seconds(8)
      s.sends(.ack, seq: 1, ack: s.edge)
    }
    #expect(s.state == .established)
  }

  @Test func aPathThatSwallowsFullSegmentsGetsSmallerOnes() {
    var settings = TCPSettings()
    settings.findsBlackHoles = true
    let s = Script.established(settings)
    s.writes(5 * 1_460)
    s.all()
    var sizes: [Int] = []
    for _ in 0..<12 where sizes.count < 4 {
      s.deadline()
      sizes += s.all().map(\.payload.count)
    }
    #expect(s.info.segmentSize == 536)
    // They get through, and nothing is repeated in full.
    for _ in 0..<40 where s.info.sendQueue > 0 {
      s.sends(.ack, seq: 1, ack: 1 + 7_300 - s.info.sendQueue + min(536, s.info.sendQueue))
      #expect(s.all().allSatisfy { $0.payload.count <= 536 })
    }
    #expect(s.info.sendQueue == 0)
  }

  @Test func smallSegmentsAreNoBlackHole() {
    var settings = TCPSettings()
    settings.findsBlackHoles = true
    let s = Script.established(settings)
    s.writes(300)
    s.all()
    for _ in 0..<8 {
      s.deadline()
      s.all()
    }
    #expect(s.info.segmentSize == 1_460)
  }
}
