/// A span of time in nanoseconds, between two `Instant`s.
@frozen public struct Interval: Hashable, Comparable, Sendable {
  public var nanoseconds: Int64

  @inlinable public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

  @inlinable public static var zero: Interval { Interval(nanoseconds: 0) }
  @inlinable public static func nanoseconds(_ n: Int64) -> Interval { Interval(nanoseconds: n) }
  @inlinable public static func microseconds(_ n: Int64) -> Interval { Interval(nanoseconds: n &* 1_000) }
  @inlinable public static func milliseconds(_ n: Int64) -> Interval { Interval(nanoseconds: n &* 1_000_000) }
  @inlinable public static func seconds(_ n: Int64) -> Interval { Interval(nanoseconds: n &* 1_000_000_000) }

  @inlinable public static func < (a: Interval, b: Interval) -> Bool { a.nanoseconds < b.nanoseconds }
  @inlinable public static func + (a: Interval, b: Interval) -> Interval {
    Interval(nanoseconds: a.nanoseconds &+ b.nanoseconds)
  }
  @inlinable public static func - (a: Interval, b: Interval) -> Interval {
    Interval(nanoseconds: a.nanoseconds &- b.nanoseconds)
  }
  @inlinable public static func * (a: Interval, n: Int64) -> Interval {
    Interval(nanoseconds: a.nanoseconds &* n)
  }
  @inlinable public static func / (a: Interval, n: Int64) -> Interval {
    Interval(nanoseconds: a.nanoseconds / n)
  }
}

extension Interval {
  /// Nanoseconds of a standard `Duration`, which has to fit in 292 years.
  @inlinable public init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    self.init(nanoseconds: seconds &* 1_000_000_000 &+ attoseconds / 1_000_000_000)
  }
  @inlinable public var duration: Duration { .nanoseconds(nanoseconds) }
  @inlinable public var inSeconds: Double { Double(nanoseconds) / 1e9 }
}

extension Interval: CustomStringConvertible {
  /// In the largest unit that it fills, with at most three digits behind the point: `1.5 ms`.
  public var description: String {
    let size = nanoseconds.magnitude
    let (unit, name): (UInt64, String) =
      switch size {
      case 1_000_000_000...: (1_000_000_000, "s")
      case 1_000_000...: (1_000_000, "ms")
      case 1_000...: (1_000, "us")
      default: (1, "ns")
      }
    let thousandths = size % unit &* 1_000 / unit
    var fraction = ""
    if thousandths > 0 {
      let digits = String(thousandths)
      fraction = "." + String(repeating: "0", count: 3 - digits.count) + digits
      while fraction.hasSuffix("0") { fraction.removeLast() }
    }
    return "\(nanoseconds < 0 ? "-" : "")\(size / unit)\(fraction) \(name)"
  }
}
