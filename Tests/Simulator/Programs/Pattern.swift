import Glibc
import StrataBase

/// The bytes that test programs send: at every offset of a stream the same ones, and not again within
/// 64 KiB.
enum Pattern {
  /// A prime, so that no buffer or segment size divides it.
  static let period = 65_521
  /// Two periods, so that a piece of up to one can begin anywhere.
  private static let bytes: [UInt8] = {
    var random = Random(seed: 1)
    let once = (0..<period).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    return once + once
  }()

  /// The bytes of a stream from `offset` on, at most a period of them.
  static func withBytes<R>(at offset: Int, count: Int, _ body: (RawSpan) -> R) -> R {
    let start = offset % period
    return body(bytes.span.bytes.extracting(start..<(start + min(count, period))))
  }

  /// Whether a piece of a stream is what was sent there.
  static func matches(_ piece: RawSpan, at offset: Int) -> Bool {
    var at = 0
    while at < piece.byteCount {
      let count = min(piece.byteCount - at, period)
      let isEqual = withBytes(at: offset + at, count: count) { expected in
        piece.extracting(at..<(at + count)).withUnsafeBytes { piece in
          expected.withUnsafeBytes { memcmp(piece.baseAddress!, $0.baseAddress!, count) == 0 }
        }
      }
      if !isEqual { return false }
      at += count
    }
    return true
  }
}
