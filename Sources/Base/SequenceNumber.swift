/// A 32-bit number on a circle, as TCP counts bytes (RFC 9293 §3.4). `a < b` means that `b` is ahead
/// of `a` by less than half the circle; the order is not transitive over longer ways.
@frozen public struct SequenceNumber: Hashable, Sendable {
  public var rawValue: UInt32

  @inlinable public init(_ rawValue: UInt32) { self.rawValue = rawValue }

  @inline(__always) @inlinable public static func + (a: SequenceNumber, n: Int) -> SequenceNumber {
    SequenceNumber(a.rawValue &+ UInt32(truncatingIfNeeded: n))
  }
  @inline(__always) @inlinable public static func - (a: SequenceNumber, n: Int) -> SequenceNumber {
    SequenceNumber(a.rawValue &- UInt32(truncatingIfNeeded: n))
  }
  @inline(__always) @inlinable public static func += (a: inout SequenceNumber, n: Int) { a = a + n }

  /// How far `a` is ahead of `b`; negative where it is behind.
  @inline(__always) @inlinable public static func - (a: SequenceNumber, b: SequenceNumber) -> Int {
    Int(Int32(bitPattern: a.rawValue &- b.rawValue))
  }
  @inline(__always) @inlinable public static func < (a: SequenceNumber, b: SequenceNumber) -> Bool {
    a - b < 0
  }
  @inline(__always) @inlinable public static func <= (a: SequenceNumber, b: SequenceNumber) -> Bool {
    a - b <= 0
  }
  @inline(__always) @inlinable public static func > (a: SequenceNumber, b: SequenceNumber) -> Bool {
    a - b > 0
  }
  @inline(__always) @inlinable public static func >= (a: SequenceNumber, b: SequenceNumber) -> Bool {
    a - b >= 0
  }
  @inlinable public static func max(_ a: SequenceNumber, _ b: SequenceNumber) -> SequenceNumber {
    a < b ? b : a
  }
}

extension SequenceNumber: CustomStringConvertible {
  public var description: String { String(rawValue) }
}
