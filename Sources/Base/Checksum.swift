import CWide

/// The Internet checksum (RFC 1071): the one's complement of the one's complement sum of 16-bit words.
///
/// Partial sums are 64 bits wide and made of words as they lie in memory, so nothing is swapped: a sum
/// folded and stored without swapping is right on the wire, on either byte order (RFC 1071 §2(B)).
@frozen public enum Checksum {
  /// The 16-bit one's complement sum that a wide partial sum stands for.
  @inline(__always) @inlinable public static func fold(_ sum: UInt64) -> UInt16 {
    var s = (sum & 0xffff_ffff) &+ (sum >> 32)
    s = (s & 0xffff_ffff) &+ (s >> 32)
    s = (s & 0xffff) &+ (s >> 16)
    s = (s & 0xffff) &+ (s >> 16)
    return UInt16(truncatingIfNeeded: s)
  }

  /// The partial sum of bytes that begin at an odd offset of their message (RFC 1071 §2(B)).
  @inline(__always) @inlinable public static func swapped(_ sum: UInt64) -> UInt64 {
    UInt64(fold(sum).byteSwapped)
  }

  /// The sum of a message whose first `count` bytes sum to `first` and the rest to `second`.
  @inline(__always) @inlinable
  public static func joined(_ first: UInt64, count: Int, _ second: UInt64) -> UInt64 {
    first &+ (count & 1 == 0 ? second : swapped(second))
  }

  /// The partial sum of `count` bytes.
  @inline(__always) @inlinable
  public static func sum(_ source: UnsafeRawPointer, count: Int) -> UInt64 {
    strata_sum(source, count)
  }

  /// The partial sum of a span.
  @inline(__always) @inlinable public static func sum(_ bytes: RawSpan) -> UInt64 {
    bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return 0 }
      return strata_sum(base, bytes.count)
    }
  }

  /// Copies `count` bytes and gives their partial sum: one pass over memory for two jobs.
  @inline(__always) @inlinable
  public static func copy(
    _ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int
  ) -> UInt64 {
    strata_copy_sum(target, source, count)
  }
}
