import StrataBase

/// CUBIC (RFC 9438): after a loss the window comes back to where that happened on a curve of the third
/// degree in time, so that its pace does not depend on the round trip. Whole numbers only, so that every
/// machine computes the same: time in milliseconds, windows in bytes.
struct Cubic: Avoidance {
  /// W_max: the window of the last loss, which the curve is flat around; 0: there is none.
  private(set) var plateau = 0
  /// cwnd_prior
  private var prior = 0
  /// Where the curve began; `never`: it begins with the next acknowledgment.
  private var epoch = Instant.never
  /// When the last acknowledgment came.
  private var heardAt = Instant.start
  /// The curve's level, and K: the time from the epoch until it reaches that, in milliseconds.
  private(set) var level = 0
  private(set) var delay = 0
  /// W_est: what Reno's window would be.
  private var friendly = 0
  /// What was earned and is less than a byte.
  private var credit = 0
  private var friendlyCredit = 0

  /// A curve is not followed further from its level than this: two minutes are more windows than there are.
  private static var furthest: Int { 1 << 17 }

  mutating func growth(of window: Int, _ news: Congestion.News) -> Int {
    // RFC 9438 §5.8: "... the time it was application limited SHOULD NOT be included in t".
    if !news.wasLimited, epoch != .never { epoch = epoch + (news.now - heardAt) }
    heardAt = news.now
    guard news.wasLimited else { return 0 }
    if epoch == .never { begin(at: news.now, window, news.segmentSize) }
    let count = min(news.count, window)
    befriend(count, window, news.segmentSize)
    let time = Self.milliseconds(news.now - epoch)
    // RFC 9438 §4.3: "When receiving a new ACK in congestion avoidance, if W_cubic(t) is less than W_est,
    // then CUBIC is in the Reno-friendly region, [and] cwnd SHOULD be set to W_est".
    if value(at: time, news.segmentSize) < friendly { return max(0, friendly &- window) }
    // RFC 9438 §4.4: "cwnd MUST be incremented by (target - cwnd) / cwnd for each received ACK", and §4.2:
    // target is W_cubic(t + RTT), not below cwnd and not above 1.5 cwnd.
    let ahead = value(at: time &+ Self.milliseconds(news.roundTrip), news.segmentSize)
    credit &+= (min(max(ahead, window), window &+ window / 2) &- window) &* count
    let growth = credit / window
    credit &-= growth &* window
    return growth
  }

  private mutating func begin(at now: Instant, _ window: Int, _ segmentSize: Int) {
    epoch = now
    friendly = window
    credit = 0
    friendlyCredit = 0
    // RFC 9438 §4.10: where no loss ended slow start, and §4.8 after a timeout: "K is set to 0 and W_max is
    // set to the congestion window size at the beginning of the current congestion avoidance stage".
    level = max(plateau, window)
    delay = Self.delay(level &- window, segmentSize)
  }

  /// RFC 9438 §4.3: "W_est = W_est + alpha_cubic * segments_acked / cwnd", with 3 (1 - beta) / (1 + beta) =
  /// 9 / 17 until the window of the last loss is reached, and 1 from there on.
  private mutating func befriend(_ count: Int, _ window: Int, _ segmentSize: Int) {
    friendlyCredit &+= count &* segmentSize &* (friendly < prior ? 9 : 17)
    let whole = friendlyCredit / (17 &* window)
    friendlyCredit &-= whole &* 17 &* window
    friendly &+= whole
  }

  /// RFC 9438 §4.2: "K = cubic root of ((W_max - cwnd_epoch) / C)" with C = 0.4 segments a cubic second.
  static func delay(_ missing: Int, _ segmentSize: Int) -> Int {
    cubeRoot(UInt64(max(missing, 0)) &* 2_500_000_000 / UInt64(max(segmentSize, 1)))
  }

  /// W_cubic(t) = C (t - K)^3 + W_max
  func value(at time: Int, _ segmentSize: Int) -> Int {
    let t = min(max(time &- delay, -Self.furthest), Self.furthest)
    return level &+ t &* t &* t / 2_500 &* segmentSize / 1_000_000
  }

  /// The largest number whose cube is not above `value`.
  static func cubeRoot(_ value: UInt64) -> Int {
    var root: UInt64 = 0
    for bit in stride(from: 20, through: 0, by: -1) {
      let more = root | 1 << UInt64(bit)
      if more &* more &* more <= value { root = more }
    }
    return Int(root)
  }

  private static func milliseconds(_ interval: Interval) -> Int {
    Int(truncatingIfNeeded: min(max(interval.nanoseconds, 0) / 1_000_000, 1 << 20))
  }

  /// RFC 9438 §4.6: "ssthresh = flight_size * beta_cubic", with 0.7.
  mutating func threshold(after sign: Congestion.Sign, window: Int, inFlight: Int) -> Int {
    // RFC 9438 §4.7, fast convergence: "if cwnd < W_max and fast convergence is enabled ... W_max = cwnd *
    // ((1.0 + beta_cubic) / 2.0)".
    plateau = window < plateau ? window &* 17 / 20 : window
    prior = window
    epoch = .never
    switch sign {
    case .loss: return inFlight &* 7 / 10
    case .timeout:
      plateau = 0
      return inFlight &* 7 / 10
    // RFC 8511 §3: 0.85 for CUBIC.
    case .mark: return inFlight &* 17 / 20
    }
  }
}
