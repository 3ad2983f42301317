import StrataBase

/// The line in front of a chunk: its size in hexadecimal, perhaps extensions, CRLF (RFC 9112 §7.1).
/// Extensions are skipped, within the line's bound.
struct ChunkLine: Sendable {
  private enum Place: Sendable { case size, blank, `extension`, lineFeed }
  private var place = Place.size
  private var size: UInt64 = 0
  private var digits = 0
  private var count = 0

  /// Reads from `at` on, and moves it. The size, once the line is complete.
  mutating func read(_ bytes: RawSpan, at: inout Int, limit: Int) throws(HTTPError) -> UInt64? {
    while at < bytes.byteCount {
      let byte = bytes.byte(at: at)
      at += 1
      if place == .lineFeed {
        if byte != .lineFeed { throw .malformedChunk }
        return size
      }
      if byte == .carriageReturn {
        if digits == 0 || place == .blank { throw .malformedChunk }
        place = .lineFeed
        continue
      }
      count += 1
      if count > limit { throw .chunkLineTooLong }
      switch place {
      case .size: try readSize(byte)
      case .blank: try readBlank(byte)
      default: if byte < 0x20 && byte != .tab || byte == 0x7f { throw .malformedChunk }
      }
    }
    return nil
  }

  private mutating func readSize(_ byte: UInt8) throws(HTTPError) {
    guard let digit = ByteClass.hex(byte) else {
      if digits == 0 { throw .malformedChunk }
      return try readBlank(byte)
    }
    // RFC 9112 §7.1: recipients "MUST anticipate potentially large hexadecimal numerals and prevent
    // parsing errors due to integer conversion overflows".
    if size >> 60 != 0 { throw .malformedChunk }
    size = size << 4 | UInt64(digit)
    digits += 1
  }
  /// White space may stand in front of an extension's semicolon, and only there.
  private mutating func readBlank(_ byte: UInt8) throws(HTTPError) {
    switch byte {
    case 0x3b: place = .extension
    case .space, .tab: place = .blank
    default: throw .malformedChunk
    }
  }
}
