import StrataBase
import StrataWire
import Testing

@testable import StrataTransport

@Suite struct SYNCookieTests {
  static let anyone = Family.v4.anyone

  static func site(_ settings: TCPSettings = TCPSettings()) -> Site {
    Site(.v4, settings: settings, limits: TableLimits(halfOpen: 2, halfOpenPerListener: 2))
  }

  /// Fills the half-open queue of a new listener.
  static func fill(_ site: inout Site) throws -> Handle {
    let listener = try site.tcp.listen(on: anyone, backlog: 4, owner: 1)
    for n in 100..<102 { site.arrives(.syn, from: Family.v4.peer(n), to: 80) }
    _ = site.sent()
    return listener
  }

  @Test func aFullQueueTakesNoConnectionsFewer() throws {
    var site = Self.site()
    let listener = try Self.fill(&site)
    var options = TCPOptions()
    options.maximumSegmentSize = 1_460
    site.arrives(.syn, from: Family.v4.peer(1), to: 80, seq: 500, options: options)
    let answer = try present(site.sent().first)
    #expect(answer.flags == [.syn, .ack] && answer.acknowledgment == SequenceNumber(501))
    expectEqual(site.tcp.halfOpenCount, 2)
    site.arrives(.ack, from: Family.v4.peer(1), to: 80, seq: 501, ack: answer.sequence.rawValue &+ 1, payload: [7, 8])
    let connection = try present(site.tcp.accept(listener, owner: 2))
    let info = try present(site.tcp.info(connection))
    #expect(info.state == .established && info.segmentSize == 1_460 && info.receiveQueue == 2)
    expectEqual(site.tcp.counters.cookiesTaken, 1)
    expectEqual(site.tcp.halfOpenCount, 2)
  }

  @Test func optionsComeBackInTheTimestamp() throws {
    var site = Self.site()
    let listener = try Self.fill(&site)
    var options = TCPOptions()
    options.maximumSegmentSize = 1_460
    options.sackPermitted = true
    options.windowScale = 7
    options.timestamps = TCPTimestamps(value: 9, echo: 0)
    site.arrives(.syn, from: Family.v4.peer(1), to: 80, seq: 500, options: options)
    let answer = try present(site.sent().first)
    #expect(answer.options.sackPermitted && answer.options.windowScale != nil)
    let stamp = try present(answer.options.timestamps)
    #expect(stamp.echo == 9)
    var back = TCPOptions()
    back.timestamps = TCPTimestamps(value: 10, echo: stamp.value)
    site.arrives(
      .ack, from: Family.v4.peer(1), to: 80, seq: 501, ack: answer.sequence.rawValue &+ 1, window: 100, options: back)
    let connection = try present(site.tcp.accept(listener, owner: 2))
    let info = try present(site.tcp.info(connection))
    // 100 units of 2^7 bytes, and 12 bytes of each segment are for timestamps.
    #expect(info.sendWindow == 12_800 && info.segmentSize == 1_448)
  }

  @Test func withoutTimestampsTheOptionsAreNotOffered() throws {
    var site = Self.site()
    _ = try Self.fill(&site)
    var options = TCPOptions()
    options.sackPermitted = true
    options.windowScale = 7
    site.arrives(.syn, from: Family.v4.peer(1), to: 80, seq: 500, options: options)
    let answer = try present(site.sent().first)
    #expect(!answer.options.sackPermitted && answer.options.windowScale == nil)
  }

  @Test func aCookieIsOfOneNameOneNumberAndTwoMinutes() throws {
    var site = Self.site()
    let listener = try Self.fill(&site)
    site.arrives(.syn, from: Family.v4.peer(1), to: 80, seq: 500)
    let ack = try present(site.sent().first).sequence.rawValue &+ 1
    site.arrives(.ack, from: Family.v4.peer(2), to: 80, seq: 501, ack: ack)
    site.arrives(.ack, from: Family.v4.peer(1), to: 80, seq: 502, ack: ack)
    site.arrives(.ack, from: Family.v4.peer(1), to: 80, seq: 501, ack: ack &+ 1)
    let resets = site.sent().filter { $0.flags.contains(.rst) }
    #expect(resets.count == 3)
    let accepted = site.tcp.accept(listener, owner: 1)
    #expect(accepted == nil)
    _ = site.passes(.seconds(140))
    site.arrives(.syn, from: Family.v4.peer(100), to: 80)
    site.arrives(.ack, from: Family.v4.peer(1), to: 80, seq: 501, ack: ack)
    let late = site.tcp.accept(listener, owner: 1)
    #expect(late == nil)
    expectEqual(site.tcp.counters.cookiesTaken, 0)
  }

  @Test func guessesDoNotGetIn() throws {
    var site = Self.site()
    let listener = try Self.fill(&site)
    site.arrives(.syn, from: Family.v4.peer(1), to: 80, seq: 500)
    _ = site.sent()
    var random = Random(seed: 3)
    for _ in 0..<50_000 {
      site.arrives(.ack, from: Family.v4.peer(2), to: 80, seq: 501, ack: UInt32(truncatingIfNeeded: random.next()))
    }
    let accepted = site.tcp.accept(listener, owner: 1)
    #expect(accepted == nil)
    expectEqual(site.tcp.counters.cookiesTaken, 0)
  }

  @Test func cookiesCanBeSwitchedOff() throws {
    var settings = TCPSettings()
    settings.synCookies = false
    var site = Self.site(settings)
    _ = try Self.fill(&site)
    site.arrives(.syn, from: Family.v4.peer(1), to: 80, seq: 500)
    let sent = site.sent()
    #expect(sent.isEmpty)
    expectEqual(site.tcp.counters.halfOpenFull, 1)
  }

  @Test func aStampIsNeverAheadOfTheClock() {
    for clock in [0, 1, 63, 64, 100, .max] as [UInt32] {
      for shift in [nil, 0, 14] as [UInt8?] {
        let stamp = SYNCookies.stamp(clock, sendShift: shift, sack: true, ecn: false)
        #expect(Int32(bitPattern: clock &- stamp) >= 0 && clock &- stamp < 128)
        let options = SYNCookies.options(of: stamp)
        #expect(options.sendShift == shift && options.sack && !options.ecn)
      }
    }
  }
}
