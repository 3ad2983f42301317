import CFiles

/// zstd (RFC 8878) by the system's libzstd: frame after frame, which a decoder takes as one content
/// (§3.1: "Zstandard compressed data is made up of one or more frames").
public final class ZstdCompressor: Compressor {
  private let context: UnsafeMutableRawPointer
  private let level: Int32

  /// Nil where libzstd.so.1 is missing. `level`: 1 is fast, 19 is small.
  public init?(level: Int32 = 3) {
    guard let context = cfiles_zstd() else { return nil }
    self.context = context
    self.level = level
  }
  deinit { cfiles_end_zstd(context) }

  public var header: [UInt8] { [] }

  public func compress(
    _ piece: RawSpan, into target: inout MutableRawSpan, _ state: inout CompressionState
  ) -> Int {
    piece.withUnsafeBytes { piece in
      target.withUnsafeMutableBytes {
        cfiles_zstd_frame(context, level, piece.baseAddress, piece.count, $0.baseAddress, $0.count)
      }
    }
  }

  public func end(_ state: CompressionState) -> [UInt8] { [] }
}
