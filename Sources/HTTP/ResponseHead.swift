import HTTPTypes
import StrataBase

/// A response's head, read from bytes that hold all of it (RFC 9112 §4).
struct ResponseHead: Sendable {
  let response: HTTPResponse
  let framing: Framing
  let isHTTP10: Bool

  init(_ bytes: RawSpan, limits: HTTPLimits) throws(HTTPError) {
    let lineEnd = bytes.lineFeed(from: 0) - 1
    let versionEnd = bytes.first(.space, in: 0..<lineEnd)
    isHTTP10 = try Version.isHTTP10(bytes, 0..<versionEnd, orElse: .malformedStatusLine)
    guard versionEnd + 4 <= lineEnd else { throw .malformedStatusLine }
    var code = 0
    for at in versionEnd + 1..<versionEnd + 4 {
      let byte = bytes.byte(at: at)
      if !ByteClass.isDigit(byte) { throw .malformedStatusLine }
      code = code * 10 + Int(byte &- 0x30)
    }
    if code < 100 { throw .malformedStatusLine }
    // Servers in the wild leave out the space in front of an empty reason.
    var reason = ""
    if versionEnd + 4 < lineEnd {
      if bytes.byte(at: versionEnd + 4) != .space { throw .malformedStatusLine }
      var isASCII = true
      if bytes.control(from: versionEnd + 5, isASCII: &isASCII) != lineEnd { throw .malformedStatusLine }
      reason = bytes.string(versionEnd + 5..<lineEnd)
    }
    let section = try FieldSection(bytes, from: lineEnd + 2, limits: limits)
    framing = section.framing
    response = HTTPResponse(
      status: .init(code: code, reasonPhrase: reason), headerFields: section.fields)
  }

  /// RFC 9112 §6.3, for a response to `method`.
  func length(toHEAD isHEAD: Bool, limit: UInt64) throws(HTTPError) -> HTTPBody.Length {
    let code = response.status.code
    if isHEAD || code < 200 || code == 204 || code == 304 {
      // The fields tell what a GET would have had. They must make sense even so.
      _ = try framing.length(isHTTP10: isHTTP10, limit: .max)
      return .none
    }
    return try framing.length(isHTTP10: isHTTP10, limit: limit) ?? .untilClose
  }
}
