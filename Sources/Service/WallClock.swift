import StrataBase

/// The time of day of a world, for Date fields: the second at which the world started, and the world's
/// own instants from there. A replayed world is given the same start, and says the same dates.
public struct WallClock: Hashable, Sendable {
  /// Since 1 January 1970, UTC.
  public var secondsAtStart: Int64

  public init(secondsAtStart: Int64) { self.secondsAtStart = secondsAtStart }

  /// Seconds since 1970 at this instant.
  public func seconds(at now: Instant) -> Int64 { secondsAtStart &+ now.nanoseconds / 1_000_000_000 }
}
