import StrataBase

/// NewReno: one segment for each window of acknowledged bytes, and half of it after a loss (RFC 5681 and
/// RFC 6582, counted in bytes as RFC 3465 says).
struct NewReno: Avoidance {
  /// Bytes acknowledged since the window last grew.
  private var counted = 0

  // RFC 5681 §3.1: one segment for each window of acknowledged bytes.
  mutating func growth(of window: Int, _ news: Congestion.News) -> Int {
    guard news.wasLimited else { return 0 }
    counted &+= min(news.count, window)
    if counted < window { return 0 }
    counted &-= window
    return news.segmentSize
  }

  /// RFC 5681 §3.1, equation 4: "ssthresh = max (FlightSize / 2, 2*SMSS)"
  mutating func threshold(after sign: Congestion.Sign, window: Int, inFlight: Int) -> Int {
    counted = 0
    switch sign {
    case .loss, .timeout: return inFlight / 2
    // RFC 8511 §3: "ssthresh = max (beta_{ecn} * FlightSize, 2 * SMSS)", with 0.8 for NewReno.
    case .mark: return inFlight &* 4 / 5
    }
  }
}
