import StrataBase

/// How many control errors a host sends: a bucket of tokens that fills at a steady rate, kept as the
/// one instant at which it would be full (RFC 1812 §4.3.2.8, RFC 4443 §2.4 (f)).
public struct ErrorLimit: Sendable {
  /// The time in which one token comes.
  public let period: Interval
  /// The tokens that a full bucket holds.
  public let burst: Int
  private var full = Instant.start

  /// `rate` tokens a second, at least one; `burst` at least one.
  public init(rate: Int, burst: Int) {
    period = .nanoseconds(1_000_000_000 / Int64(max(rate, 1)))
    self.burst = max(burst, 1)
  }

  /// Takes a token; false when there is none.
  public mutating func allows(at now: Instant) -> Bool {
    let base = max(full, now)
    if base - now > period * Int64(burst - 1) { return false }
    full = base + period
    return true
  }
}
