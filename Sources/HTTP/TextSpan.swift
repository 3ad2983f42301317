import StrataBase

/// Scans over the text of a message, eight bytes a step.
extension RawSpan {
  /// Where the first line feed at or behind `start` is; `byteCount` where there is none.
  func lineFeed(from start: Int) -> Int {
    var at = start
    while at &+ 8 <= byteCount {
      let word = UInt64(littleEndian: native64(at: at)) ^ 0x0a0a_0a0a_0a0a_0a0a
      let hit = (word &- 0x0101_0101_0101_0101) & ~word & 0x8080_8080_8080_8080
      if hit != 0 { return at &+ hit.trailingZeroBitCount >> 3 }
      at &+= 8
    }
    while at < byteCount, byte(at: at) != .lineFeed { at &+= 1 }
    return at
  }

  /// Where the first control character at or behind `start` is, tabs left out; `byteCount` where there
  /// is none. `isASCII` becomes false where a byte of 128 or more may lie before it.
  func control(from start: Int, isASCII: inout Bool) -> Int {
    var at = start
    while at &+ 8 <= byteCount {
      let word = UInt64(littleEndian: native64(at: at))
      let delete = word ^ 0x7f7f_7f7f_7f7f_7f7f
      let low = (word &- 0x2020_2020_2020_2020) & ~word
      let hit = (low | (delete &- 0x0101_0101_0101_0101) & ~delete) & 0x8080_8080_8080_8080
      if hit != 0 { break }
      if word & 0x8080_8080_8080_8080 != 0 { isASCII = false }
      at &+= 8
    }
    while at < byteCount {
      let byte = byte(at: at)
      if byte >= 128 { isASCII = false }
      if byte < 0x20 && byte != .tab || byte == 0x7f { return at }
      // After a tab the long steps are worth taking again only in long values; a loop will do.
      at &+= 1
    }
    return at
  }

  /// Whether the bytes are `lowercase`, letters compared without case. Only for bytes that are token
  /// characters: no other two of those differ in the bit that makes a letter small.
  @inline(__always) func isToken(_ lowercase: StaticString) -> Bool {
    guard byteCount == lowercase.utf8CodeUnitCount else { return false }
    let other = lowercase.utf8Start
    for at in 0..<byteCount where byte(at: at) | 0x20 != other[at] { return false }
    return true
  }

  /// The text as a string; bytes that are no UTF-8 become U+FFFD.
  func string(_ range: Range<Int>) -> String {
    extracting(range).withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
  }

  /// Without spaces and tabs at both ends: OWS of RFC 9110 §5.6.3.
  @inline(__always) func trimmed(_ range: Range<Int>) -> Range<Int> {
    var low = range.lowerBound
    var high = range.upperBound
    while low < high, byte(at: low) == .space || byte(at: low) == .tab { low &+= 1 }
    while high > low, byte(at: high &- 1) == .space || byte(at: high &- 1) == .tab { high &-= 1 }
    return low..<high
  }

  /// Where the first `wanted` in a range is, or its end.
  @inline(__always) func first(_ wanted: UInt8, in range: Range<Int>) -> Int {
    var at = range.lowerBound
    while at < range.upperBound, byte(at: at) != wanted { at &+= 1 }
    return at
  }
}
