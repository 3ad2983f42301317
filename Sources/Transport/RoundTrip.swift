import StrataBase

/// The smoothed round trip and the retransmission timeout made from it (RFC 6298), in microseconds.
struct RoundTrip {
  /// 8 SRTT: Jacobson's fixed point, so that a smoothing of an eighth loses nothing. 0: not measured.
  private(set) var scaledSmoothed: UInt32 = 0
  /// 4 RTTVAR
  private(set) var scaledVariation: UInt32 = 0
  /// RTO, with its backoff in it.
  private(set) var timeoutCount: UInt32

  /// The clock's granularity G, which a timeout stays above the round trip by.
  static var granularity: UInt32 { 1_000 }

  init(initialTimeout: Interval) { timeoutCount = Self.microseconds(initialTimeout) }

  var isMeasured: Bool { scaledSmoothed != 0 }
  /// SRTT
  var smoothed: Interval { .microseconds(Int64(scaledSmoothed >> 3)) }
  /// RTTVAR
  var variation: Interval { .microseconds(Int64(scaledVariation >> 2)) }
  /// RTO
  var timeout: Interval { .microseconds(Int64(timeoutCount)) }

  /// Takes one sample: RFC 6298 §2.2 the first time, §2.3 after.
  mutating func measured(_ sample: Interval, least: Interval, most: Interval) {
    // A sample of half a minute says nothing that a smaller one would not; it keeps 32 bits enough.
    let r = max(1, min(Self.microseconds(sample), 60_000_000))
    if scaledSmoothed == 0 {
      scaledSmoothed = r << 3
      scaledVariation = r << 1
    } else {
      let error = Int32(truncatingIfNeeded: r) - Int32(truncatingIfNeeded: scaledSmoothed >> 3)
      scaledVariation = scaledVariation &- scaledVariation >> 2 &+ error.magnitude
      scaledSmoothed = UInt32(truncatingIfNeeded: max(1, Int64(scaledSmoothed) + Int64(error)))
    }
    // RFC 6298 §2.3: "RTO <- SRTT + max (G, K*RTTVAR)" with K = 4
    let timeout = scaledSmoothed >> 3 &+ max(Self.granularity, scaledVariation)
    timeoutCount = min(max(timeout, Self.microseconds(least)), Self.microseconds(most))
  }

  /// RFC 6298 §5.5: "RTO <- RTO * 2". It stays so until the next sample (Karn's algorithm, §5.7).
  mutating func backOff(most: Interval) {
    timeoutCount = min(timeoutCount << 1, Self.microseconds(most))
  }

  /// RFC 6298 §5.7: "If the timer expires awaiting the ACK of a SYN segment and the TCP implementation
  /// is using an RTO less than 3 seconds, the RTO MUST be re-initialized to 3 seconds when data
  /// transmission begins".
  mutating func beginAfterLostSynchronize() { timeoutCount = max(timeoutCount, 3_000_000) }

  private static func microseconds(_ interval: Interval) -> UInt32 {
    UInt32(clamping: min(interval.nanoseconds / 1_000, 1 << 30))
  }
}
