import StrataBase

/// `host [":" port]` (RFC 3986 §3.2, without user information).
enum Authority {
  static func isValid(_ bytes: RawSpan, _ range: Range<Int>, needsPort: Bool) -> Bool {
    guard !range.isEmpty else { return false }
    var at = range.lowerBound
    if bytes.byte(at: at) == 0x5b {
      at = bytes.first(0x5d, in: range)
      if at == range.upperBound || at == range.lowerBound + 1 { return false }
      for i in range.lowerBound + 1..<at where !isAddress(bytes.byte(at: i)) { return false }
      at += 1
    } else {
      let name = ByteClass.registeredName
      while at < range.upperBound, name.contains(bytes.byte(at: at)) { at += 1 }
      if at == range.lowerBound { return false }
    }
    if at == range.upperBound { return !needsPort }
    if bytes.byte(at: at) != 0x3a { return false }
    for i in at + 1..<range.upperBound where !ByteClass.isDigit(bytes.byte(at: i)) { return false }
    let digits = range.upperBound - at - 1
    return digits <= 5 && (digits > 0 || !needsPort)
  }

  private static func isAddress(_ byte: UInt8) -> Bool {
    ByteClass.hex(byte) != nil || byte == 0x3a || byte == 0x2e
  }
}
