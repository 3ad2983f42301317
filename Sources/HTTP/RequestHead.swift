import HTTPTypes
import StrataBase

/// A request's head, read from bytes that hold all of it (RFC 9112 §3).
struct RequestHead: Sendable {
  let request: HTTPRequest
  let length: HTTPBody.Length
  let isHTTP10: Bool
  let persists: Bool
  let expectsContinue: Bool
  let isAbsolute: Bool

  init(_ bytes: RawSpan, limits: HTTPLimits, scheme: String) throws(HTTPError) {
    // The scanner let one empty line pass in front.
    let start = bytes.byte(at: 0) == .carriageReturn && bytes.byte(at: 1) == .lineFeed ? 2 : 0
    let lineEnd = bytes.lineFeed(from: start) - 1
    let line = try RequestLine(bytes, start..<lineEnd)
    let section = try FieldSection(bytes, from: lineEnd + 2, limits: limits)
    let framing = section.framing
    isHTTP10 = line.isHTTP10
    if framing.host == nil, !isHTTP10 { throw .invalidHost }
    length = try framing.length(isHTTP10: isHTTP10, limit: limits.body) ?? .none
    persists = framing.persists(isHTTP10: isHTTP10)
    // RFC 9110 §10.1.1: "A server that receives a 100-continue expectation in an HTTP/1.0 request MUST
    // ignore that expectation." Without content there is nothing to wait for.
    expectsContinue = framing.expectsContinue && !isHTTP10 && length != .none

    var authority: String?
    if let host = framing.host, !host.isEmpty { authority = bytes.string(host) }
    let target = try RequestForm(
      bytes, line.target, method: line.method, authority: authority, scheme: scheme)
    isAbsolute = target.isAbsolute
    request = HTTPRequest(
      method: line.method, scheme: target.scheme, authority: target.authority, path: target.path,
      headerFields: section.fields)
  }
}
