import StrataBase

/// How much of one connection may be on its way (RFC 5681): slow start is here, what comes after it is
/// the algorithm's. It lives as long as the connection has something to send.
struct Congestion {
  /// What says that the path is full.
  enum Sign {
    case loss
    /// An ECN mark (RFC 3168).
    case mark
    /// The retransmission timer.
    case timeout
  }

  /// What an acknowledgment says.
  struct News {
    /// Bytes that it took off the network.
    var count: Int
    /// The window, not the user, decided how much was on its way.
    var wasLimited: Bool
    var now: Instant
    /// A round trip measured by it, and the smoothed one.
    var sample: Interval?
    var roundTrip: Interval
    /// SND.UNA and SND.NXT.
    var edge: SequenceNumber
    var sendNext: SequenceNumber
    /// SMSS
    var segmentSize = 0
  }

  /// An enum and not an existential, so that calls stay static.
  private enum Algorithm {
    case cubic(Cubic)
    case newReno(NewReno)
  }

  /// cwnd
  private(set) var window: Int
  /// ssthresh
  private(set) var threshold: Int
  private var algorithm: Algorithm
  private var slowStart: HyStart
  /// SMSS
  private var segmentSize: Int
  /// The most that one acknowledgment adds in slow start, in segments.
  private let limit: Int
  private let initialSegments: Int

  /// The largest window, so that sums of bytes fit 32 bits.
  static var mostWindow: Int { 1 << 30 }

  /// `burst`: the most payload that the device takes at once. `window` and `threshold`: what is known of
  /// the path.
  init(
    _ choice: CongestionChoice, segmentSize: Int, burst: Int, initialSegments: Int, window: Int,
    threshold: Int = .max
  ) {
    self.segmentSize = segmentSize
    self.initialSegments = initialSegments
    self.window = window
    self.threshold = threshold
    // RFC 3465 §2.2 with L = 2 segments. A super-frame is acknowledged at once, as one segment is; on a
    // device that takes them L counts in super-frames.
    limit = 2 * max(1, burst / max(segmentSize, 1))
    switch choice {
    case .cubic: algorithm = .cubic(Cubic())
    case .newReno: algorithm = .newReno(NewReno())
    }
    // RFC 9406 §4.3: "An implementation SHOULD use HyStart++ only for the initial slow start (when the
    // ssthresh is at its initial value of arbitrarily high ...)".
    slowStart = HyStart(isOn: choice == .cubic && threshold == .max)
  }

  /// RFC 6928 §2: "min (10*MSS, max (2*MSS, 14600))"
  static func initialWindow(_ segmentSize: Int, _ segments: Int) -> Int {
    min(segments * segmentSize, max(2 * segmentSize, segments * 1_460))
  }

  var choice: CongestionChoice {
    switch algorithm {
    case .cubic: .cubic
    case .newReno: .newReno
    }
  }

  /// An acknowledgment came while nothing was being repaired.
  mutating func acknowledged(_ news: News) {
    if window < threshold {
      let most = slowStart.isOn ? max(limit, HyStart.limit) : limit
      let growth = min(news.count, most &* segmentSize)
      if news.wasLimited { window = min(window &+ slowStart.growth(growth), Self.mostWindow) }
      if slowStart.isOn, slowStart.acknowledged(news) { threshold = window }
    } else {
      avoid(news)
    }
  }

  /// The same while the losses of a timeout are repaired. RFC 3465 §2.3: "during slow start periods that
  /// follow a retransmission timeout L = 1*SMSS".
  mutating func acknowledgedAfterTimeout(_ news: News) {
    if window < threshold {
      window = min(window &+ min(news.count, segmentSize), Self.mostWindow)
    } else {
      avoid(news)
    }
  }

  private mutating func avoid(_ news: News) {
    var news = news
    news.segmentSize = segmentSize
    let growth: Int
    switch algorithm {
    case .cubic(var cubic):
      growth = cubic.growth(of: window, news)
      algorithm = .cubic(cubic)
    case .newReno(var newReno):
      growth = newReno.growth(of: window, news)
      algorithm = .newReno(newReno)
    }
    window = min(window &+ growth, Self.mostWindow)
  }

  /// The first loss of a window was detected, or a router marked, with so much in flight.
  mutating func reduce(_ sign: Sign, inFlight: Int) {
    lowerThreshold(sign, inFlight: inFlight)
    window = threshold
  }

  /// The retransmission timer fired. `isFirst`: nothing was being repaired before.
  mutating func timedOut(inFlight: Int, isFirst: Bool) {
    // RFC 5681 §3.1: "... when a TCP sender detects segment loss using the retransmission timer and the
    // given segment has already been retransmitted by way of the retransmission timer at least once,
    // the value of ssthresh is held constant."
    if isFirst { lowerThreshold(.timeout, inFlight: inFlight) }
    window = segmentSize
  }

  private mutating func lowerThreshold(_ sign: Sign, inFlight: Int) {
    slowStart.isOn = false
    let wanted: Int
    switch algorithm {
    case .cubic(var cubic):
      wanted = cubic.threshold(after: sign, window: window, inFlight: inFlight)
      algorithm = .cubic(cubic)
    case .newReno(var newReno):
      wanted = newReno.threshold(after: sign, window: window, inFlight: inFlight)
      algorithm = .newReno(newReno)
    }
    threshold = max(wanted, 2 * segmentSize)
  }

  /// All of the window in which a loss was is acknowledged. RFC 6582 §3.2, 3: "Set cwnd to ... min
  /// (ssthresh, max(FlightSize, SMSS) + SMSS)", which keeps a burst from following when little is in
  /// flight.
  mutating func recovered(inFlight: Int) {
    window = min(threshold, max(inFlight, segmentSize) + segmentSize)
  }

  /// cwnd while losses are repaired, as proportional rate reduction wants it.
  mutating func hold(_ window: Int) { self.window = min(max(window, segmentSize), Self.mostWindow) }

  /// All that was lost is repaired, and the window was brought to its new size on the way.
  mutating func recovered() { window = threshold }

  /// Nothing had been lost. RFC 9438 §4.9.2: "cwnd, ssthresh, W_max, K, t_epoch, W_est" are what they were.
  mutating func undo(to before: Congestion) {
    let window = max(window, before.window), size = segmentSize
    self = before
    self.window = window
    segmentSize = size
  }

  /// Nothing was sent for longer than the retransmission timeout (RFC 5681 §4.1).
  mutating func restartedAfterIdle() {
    window = min(window, Self.initialWindow(segmentSize, initialSegments))
  }

  /// Full segments carry so many bytes from now on; the window stays.
  mutating func segmentSizeChanged(to size: Int) { segmentSize = size }
}
