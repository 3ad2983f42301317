import HTTPTypes
import StrataBase

/// `method SP request-target SP HTTP-version` (RFC 9112 §3).
struct RequestLine: Sendable {
  let method: HTTPRequest.Method
  /// Where the target lies.
  let target: Range<Int>
  let isHTTP10: Bool

  init(_ bytes: RawSpan, _ range: Range<Int>) throws(HTTPError) {
    var at = range.lowerBound
    let token = ByteClass.token
    while at < range.upperBound, token.contains(bytes.byte(at: at)) { at += 1 }
    // Exactly one space: other white space between the parts is a known way to smuggle.
    guard at > range.lowerBound, at < range.upperBound, bytes.byte(at: at) == .space else {
      throw .malformedRequestLine
    }
    method = Self.method(bytes.extracting(range.lowerBound..<at))

    let start = at + 1
    at = bytes.first(.space, in: start..<range.upperBound)
    target = start..<at
    if at == range.upperBound { throw .malformedRequestLine }
    if target.isEmpty { throw .invalidTarget }
    isHTTP10 = try Version.isHTTP10(bytes, at + 1..<range.upperBound, orElse: .malformedRequestLine)
  }

  private static func method(_ token: RawSpan) -> HTTPRequest.Method {
    // Methods are case-sensitive (RFC 9110 §9.1).
    if token.byteCount == 3, token.byte(at: 0) == 0x47, token.byte(at: 1) == 0x45, token.byte(at: 2) == 0x54 {
      return .get
    }
    return HTTPRequest.Method(token.string(0..<token.byteCount)) ?? .get
  }
}
