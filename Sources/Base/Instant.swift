/// A moment on one world's clock: nanoseconds since its start.
///
/// The standard library's `Duration` takes 16 bytes and its arithmetic is not free, so the data path
/// counts in 64-bit nanoseconds (292 years); `Duration` appears at the public edge.
///
/// ```swift
/// let due = now + .milliseconds(40)
/// if due <= later { ... }
/// ```
@frozen public struct Instant: Hashable, Comparable, Sendable {
  public var nanoseconds: Int64

  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  /// The start of the world.
  @inlinable public static var start: Instant { Instant(nanoseconds: 0) }
  /// Later than every moment: a deadline that is not set.
  @inlinable public static var never: Instant { Instant(nanoseconds: .max) }

  @inlinable public static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }

  /// `never` stays `never`, and no sum passes it.
  @inlinable public static func + (a: Instant, b: Interval) -> Instant {
    let (sum, overflow) = a.nanoseconds.addingReportingOverflow(b.nanoseconds)
    return Instant(nanoseconds: overflow ? .max : sum)
  }
  @inlinable public static func - (a: Instant, b: Interval) -> Instant {
    Instant(nanoseconds: a.nanoseconds &- b.nanoseconds)
  }
  /// The time that passed from `b` to `a`.
  @inlinable public static func - (a: Instant, b: Instant) -> Interval {
    Interval(nanoseconds: a.nanoseconds &- b.nanoseconds)
  }
}

extension Instant: CustomStringConvertible {
  public var description: String {
    self == .never ? "never" : Interval(nanoseconds: nanoseconds).description
  }
}
