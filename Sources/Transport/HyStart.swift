import StrataBase

/// HyStart++ (RFC 9406): slow start that ends when round trips become longer, before the queue that makes
/// them so is full. A growing round trip may be noise, so the window first grows more slowly for some
/// rounds, and slow start goes on if the round trip falls again.
struct HyStart {
  /// False after the first slow start.
  var isOn: Bool
  /// The SND.NXT at which this round ends; nil before the first.
  private var windowEnd: SequenceNumber?
  /// The least round trip of the last round, of this one, and when growth slowed down.
  private var lastMinimum = HyStart.none
  private var minimum = HyStart.none
  private var baseline = HyStart.none
  /// Samples in this round (rttSampleCount).
  private var samples = 0
  /// Rounds of conservative slow start that are left; 0: it is not in one.
  private var conservativeRounds = 0

  private static var none: Interval { Interval(nanoseconds: .max) }
  /// RFC 9406 §4.2: MIN_RTT_THRESH, MAX_RTT_THRESH, MIN_RTT_DIVISOR, N_RTT_SAMPLE, CSS_GROWTH_DIVISOR and
  /// CSS_ROUNDS.
  private static var leastThreshold: Interval { .milliseconds(4) }
  private static var mostThreshold: Interval { .milliseconds(16) }
  private static var divisor: Int64 { 8 }
  private static var wantedSamples: Int { 8 }
  private static var growthDivisor: Int { 4 }
  private static var rounds: Int { 5 }
  /// L without pacing: segments that one acknowledgment adds at most.
  static var limit: Int { 8 }

  init(isOn: Bool) { self.isOn = isOn }

  var isConservative: Bool { conservativeRounds > 0 }

  /// RFC 9406 §4.2: "cwnd = cwnd + (min(N, L * SMSS) / CSS_GROWTH_DIVISOR)" in conservative slow start.
  func growth(_ count: Int) -> Int { isConservative ? count / Self.growthDivisor : count }

  /// Takes in one acknowledgment. True: slow start is over.
  mutating func acknowledged(_ news: Congestion.News) -> Bool {
    if let sample = news.sample {
      minimum = min(minimum, sample)
      samples &+= 1
      if samples >= Self.wantedSamples { judge() }
    }
    guard let windowEnd else {
      self.windowEnd = news.sendNext
      return false
    }
    if news.edge < windowEnd { return false }
    self.windowEnd = news.sendNext
    lastMinimum = minimum
    minimum = Self.none
    samples = 0
    guard isConservative else { return false }
    conservativeRounds -= 1
    if isConservative { return false }
    isOn = false
    return true
  }

  private mutating func judge() {
    if isConservative {
      // "if (rttSampleCount >= N_RTT_SAMPLE AND currentRoundMinRTT < cssBaselineMinRtt) cssBaselineMinRtt =
      // infinity, resume slow start including HyStart++".
      if minimum < baseline { conservativeRounds = 0 }
    } else if lastMinimum != Self.none {
      let threshold = max(Self.leastThreshold, min(lastMinimum / Self.divisor, Self.mostThreshold))
      if minimum >= lastMinimum + threshold {
        baseline = minimum
        conservativeRounds = Self.rounds
      }
    }
  }
}
