import StrataBase

/// `HTTP/1.1` (RFC 9112 §2.3).
enum Version {
  static func isHTTP10(
    _ bytes: RawSpan, _ range: Range<Int>, orElse malformed: HTTPError
  ) throws(HTTPError) -> Bool {
    let name: StaticString = "HTTP/"
    guard range.count == 8 else { throw malformed }
    for at in 0..<5 where bytes.byte(at: range.lowerBound + at) != name.utf8Start[at] { throw malformed }
    let major = bytes.byte(at: range.lowerBound + 5)
    let minor = bytes.byte(at: range.lowerBound + 7)
    guard ByteClass.isDigit(major), bytes.byte(at: range.lowerBound + 6) == 0x2e, ByteClass.isDigit(minor)
    else { throw malformed }
    // RFC 9110 §6.2: a message of a higher minor version is processed "as if it was in the highest minor
    // version within that major version to which the recipient is conformant".
    if major != 0x31 { throw .unsupportedVersion }
    return minor == 0x30
  }
}
