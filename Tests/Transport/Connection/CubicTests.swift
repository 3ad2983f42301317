import StrataBase
import Testing

@testable import StrataTransport

@Suite struct CubicTests {
  static let size = 1_460

  /// Everything of a window is acknowledged once a round trip; gives the window at each, in segments.
  static func curve(
    _ cubic: inout Cubic, from window: Int, roundTrip: Interval, rounds: Int, isLimited: Bool = true,
    at start: Instant = .start
  ) -> [Double] {
    var window = window, now = start
    var windows: [Double] = []
    for _ in 0..<rounds {
      var left = window
      while left > 0 {
        let count = min(left, 2 * size)
        window += cubic.growth(
          of: window,
          Congestion.News(
            count: count, wasLimited: isLimited, now: now, roundTrip: roundTrip, edge: SequenceNumber(0),
            sendNext: SequenceNumber(0), segmentSize: size))
        left -= count
      }
      now = now + roundTrip
      windows.append(Double(window) / Double(size))
    }
    return windows
  }

  /// RFC 9438 §4.2: W_cubic(t) = C (t - K)^3 + W_max, K = cubic root of (W_max (1 - beta) / C).
  @Test func theCurveIsThatOfTheRFC() {
    var cubic = Cubic()
    let most = 400
    let threshold = cubic.threshold(after: .loss, window: most * Self.size, inFlight: most * Self.size)
    #expect(threshold == 280 * Self.size)
    let windows = Self.curve(&cubic, from: threshold, roundTrip: .milliseconds(100), rounds: 140)
    // The cubic root of 120 / 0.4 is 6.694.
    #expect(cubic.delay == 6_694 && cubic.level == most * Self.size)
    for (round, window) in windows.enumerated() {
      let distance = Double(round + 1) / 10 - 6.694
      let wanted = 0.4 * distance * distance * distance + Double(most)
      #expect(abs(window - wanted) < wanted / 50, "round \(round): \(window), not \(wanted)")
    }
  }

  @Test func onShortRoundTripsItGrowsAsRenoWould() {
    var cubic = Cubic()
    let threshold = cubic.threshold(after: .loss, window: 100 * Self.size, inFlight: 100 * Self.size)
    let windows = Self.curve(&cubic, from: threshold, roundTrip: .milliseconds(1), rounds: 80)
    // RFC 9438 §4.3: alpha = 9/17 segments a round trip, from 70 on; one a round trip from 100 on.
    #expect(abs(windows[33] - 88) < 0.5)
    #expect(abs(windows[79] - windows[69] - 10) < 0.5)
  }

  @Test func aLossBelowTheLastOneLeavesRoomForOthers() {
    var cubic = Cubic()
    _ = cubic.threshold(after: .loss, window: 100_000, inFlight: 100_000)
    #expect(cubic.plateau == 100_000)
    // RFC 9438 §4.7: W_max = cwnd (1 + beta) / 2
    _ = cubic.threshold(after: .loss, window: 80_000, inFlight: 80_000)
    #expect(cubic.plateau == 68_000)
    _ = cubic.threshold(after: .loss, window: 90_000, inFlight: 90_000)
    #expect(cubic.plateau == 90_000)
  }

  @Test func aMarkTakesLessThanALoss() {
    var cubic = Cubic(), newReno = NewReno()
    #expect(cubic.threshold(after: .mark, window: 100_000, inFlight: 100_000) == 85_000)
    #expect(newReno.threshold(after: .mark, window: 100_000, inFlight: 100_000) == 80_000)
    #expect(newReno.threshold(after: .loss, window: 100_000, inFlight: 100_000) == 50_000)
  }

  @Test func timeWithoutUseDoesNotCount() {
    var used = Cubic(), idle = Cubic()
    _ = used.threshold(after: .loss, window: 584_000, inFlight: 584_000)
    idle = used
    let first = Self.curve(&used, from: 408_800, roundTrip: .milliseconds(100), rounds: 20)
    _ = Self.curve(&idle, from: 408_800, roundTrip: .milliseconds(100), rounds: 1)
    // Nine seconds of small talk, and on.
    let quiet = Self.curve(
      &idle, from: 408_800, roundTrip: .milliseconds(100), rounds: 90, isLimited: false,
      at: .start + .milliseconds(100))
    #expect(quiet.allSatisfy { $0 == 280 })
    let last = Self.curve(
      &idle, from: 408_800, roundTrip: .milliseconds(100), rounds: 19, at: .start + .milliseconds(9_100))
    #expect(abs((last.last ?? 0) - (first.last ?? 0)) < 10)
  }

  @Test func cubeRootsAreExact() {
    for n in [0, 1, 2, 9, 1_000, 123_456, 2_097_151] as [UInt64] {
      #expect(Cubic.cubeRoot(n * n * n) == Int(n))
      #expect(n == 0 || Cubic.cubeRoot(n * n * n - 1) == Int(n) - 1)
    }
  }

  @Test func theLargestWindowsDoNotOverflow() {
    var cubic = Cubic()
    for size in [48, 1_460, 65_483] {
      _ = cubic.threshold(after: .loss, window: Congestion.mostWindow, inFlight: Congestion.mostWindow)
      var news = Congestion.News(
        count: Congestion.mostWindow, wasLimited: true, now: .start, roundTrip: .seconds(60),
        edge: SequenceNumber(0), sendNext: SequenceNumber(0), segmentSize: size)
      for seconds in [0, 1, 100, 1_000_000] as [Int64] {
        news.now = .start + .seconds(seconds)
        #expect(cubic.growth(of: 3 * size, news) >= 0)
        #expect(cubic.growth(of: Congestion.mostWindow, news) >= 0)
      }
    }
  }
}
