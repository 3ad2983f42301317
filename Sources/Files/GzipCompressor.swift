import CFiles

/// gzip (RFC 1952) by the system's libz: one member, whose deflate blocks know nothing of each other.
public final class GzipCompressor: Compressor {
  private let deflater: UnsafeMutableRawPointer

  /// Nil where libz.so.1 is missing. `level`: 1 is fast, 9 is small.
  public init?(level: Int32 = 6) {
    guard let deflater = cfiles_deflater(level) else { return nil }
    self.deflater = deflater
  }
  deinit { cfiles_end_deflater(deflater) }

  /// No name, no time; 255: the system is nobody's concern.
  public var header: [UInt8] { [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff] }

  public func compress(
    _ piece: RawSpan, into target: inout MutableRawSpan, _ state: inout CompressionState
  ) -> Int {
    piece.withUnsafeBytes { piece in
      state.crc = cfiles_crc32(state.crc, piece.baseAddress, piece.count)
      state.count &+= UInt64(piece.count)
      return target.withUnsafeMutableBytes {
        cfiles_deflate(deflater, piece.baseAddress, piece.count, $0.baseAddress, $0.count)
      }
    }
  }

  /// An empty last block, then CRC-32 and length, the lowest byte first.
  public func end(_ state: CompressionState) -> [UInt8] {
    var bytes: [UInt8] = [3, 0]
    let length = UInt32(truncatingIfNeeded: state.count)
    for number in [state.crc, length] {
      for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
    return bytes
  }
}
