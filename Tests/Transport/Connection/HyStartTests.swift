import StrataBase
import Testing

@testable import StrataTransport

@Suite struct HyStartTests {
  /// Rounds of `samples` acknowledgments each, all with one round trip; gives the round in which slow
  /// start ended.
  static func end(
    of slowStart: inout HyStart, _ roundTrips: [Int64], samples: Int = 10,
    each: (Int, HyStart) -> Void = { _, _ in }
  ) -> Int? {
    for (round, milliseconds) in roundTrips.enumerated() {
      for sample in 0..<samples {
        // A round ends when what was sent at its beginning is acknowledged.
        let isLast = sample == samples - 1
        let news = Congestion.News(
          count: 1_460, wasLimited: true, now: .start, sample: .milliseconds(milliseconds),
          roundTrip: .milliseconds(milliseconds), edge: SequenceNumber(UInt32(round) + (isLast ? 1 : 0)),
          sendNext: SequenceNumber(UInt32(round) + (isLast ? 2 : 1)))
        if slowStart.acknowledged(news) { return round }
      }
      each(round, slowStart)
    }
    return nil
  }

  @Test func longerRoundTripsEndSlowStartAfterFiveSlowerRounds() {
    var slowStart = HyStart(isOn: true)
    let end = Self.end(of: &slowStart, [40, 40, 50, 50, 50, 50, 50, 50]) { round, slowStart in
      #expect(slowStart.growth(4_000) == (round < 2 ? 4_000 : 1_000))
    }
    // RFC 9406 §4.2: the round in which it begins counts as one of CSS_ROUNDS = 5.
    #expect(end == 6 && !slowStart.isOn)
  }

  @Test func anEighthOfTheRoundTripIsNoise() {
    var slowStart = HyStart(isOn: true)
    #expect(Self.end(of: &slowStart, [40, 44, 48, 52, 56, 60, 64, 68]) == nil)
    #expect(!slowStart.isConservative)
  }

  @Test func aRoundTripThatFallsAgainMeansGoOn() {
    var slowStart = HyStart(isOn: true)
    #expect(Self.end(of: &slowStart, [40, 50, 50, 45, 45, 45, 45, 45, 45]) == nil)
    #expect(slowStart.growth(4_000) == 4_000)
  }

  @Test func fewSamplesProveNothing() {
    var slowStart = HyStart(isOn: true)
    #expect(Self.end(of: &slowStart, [40, 80, 160, 320, 640], samples: 7) == nil)
    #expect(!slowStart.isConservative)
  }

  @Test func slowStartEndsBeforeTheQueueOverflows() {
    var congestion = Congestion(
      .cubic, segmentSize: 1_460, burst: 1_460, initialSegments: 10, window: 14_600)
    var edge = 0
    for round in 0..<40 where congestion.threshold == .max {
      let end = edge + congestion.window
      // The path holds 100 segments; what is more waits in its queue.
      let wait = max(0, congestion.window - 146_000) / 3_650
      while edge < end, congestion.threshold == .max {
        edge += 1_460
        congestion.acknowledged(
          Congestion.News(
            count: 1_460, wasLimited: true, now: .start + .milliseconds(Int64(round) * 40),
            sample: .milliseconds(Int64(40 + wait)), roundTrip: .milliseconds(40),
            edge: SequenceNumber(UInt32(edge)), sendNext: SequenceNumber(UInt32(edge + congestion.window))))
      }
    }
    #expect(congestion.threshold == congestion.window)
    // Up to twice the path, then five rounds of a quarter more: 6.1 times, where doubling would go on.
    #expect(congestion.window > 146_000 && congestion.window < 61 * 14_600)
  }
}
