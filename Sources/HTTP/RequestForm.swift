import HTTPTypes
import StrataBase

/// The four forms of a request target (RFC 9112 §3.2), and what each says of scheme, authority and path.
struct RequestForm: Sendable {
  var scheme: String?
  var authority: String?
  var path: String?
  /// The target was a whole URI, as proxies get it.
  var isAbsolute = false

  /// `authority` is what Host says; `scheme` is that of the connection.
  init(
    _ bytes: RawSpan, _ target: Range<Int>, method: HTTPRequest.Method, authority: String?, scheme: String
  ) throws(HTTPError) {
    self.scheme = scheme
    self.authority = authority
    let first = bytes.byte(at: target.lowerBound)
    if method == .connect {
      // §3.2.3: authority-form "is only used for CONNECT requests", and CONNECT has no other.
      if !Authority.isValid(bytes, target, needsPort: true) { throw .invalidTarget }
      self.authority = bytes.string(target)
      self.scheme = nil
    } else if first == 0x2f {
      path = try Self.path(bytes, target)
    } else if first == 0x2a, target.count == 1 {
      // §3.2.4: asterisk-form "is only used for a server-wide OPTIONS request".
      if method != .options { throw .invalidTarget }
      path = "*"
    } else {
      try readAbsolute(bytes, target, method)
    }
  }

  /// Checks a path and its query. Fragments are not sent (RFC 9110 §4.2.5).
  private static func path(_ bytes: RawSpan, _ range: Range<Int>) throws(HTTPError) -> String {
    var at = range.lowerBound
    let inPath = ByteClass.path
    while at < range.upperBound, inPath.contains(bytes.byte(at: at)) { at += 1 }
    if at < range.upperBound {
      if bytes.byte(at: at) != 0x3f { throw .invalidTarget }
      let inQuery = ByteClass.query
      while at < range.upperBound {
        if !inQuery.contains(bytes.byte(at: at)) { throw .invalidTarget }
        at += 1
      }
    }
    return bytes.string(range)
  }

  /// `http://host/path`: §3.2.2: "an origin server MUST ignore the received Host header field (if any)
  /// and instead replace it with the host information of the request-target."
  private mutating func readAbsolute(
    _ bytes: RawSpan, _ range: Range<Int>, _ method: HTTPRequest.Method
  ) throws(HTTPError) {
    let colon = bytes.first(0x3a, in: range)
    let name = bytes.extracting(range.lowerBound..<colon)
    let isSecure = name.isToken("https")
    guard isSecure || name.isToken("http"), colon + 3 < range.upperBound,
      bytes.byte(at: colon + 1) == 0x2f, bytes.byte(at: colon + 2) == 0x2f
    else { throw .invalidTarget }
    let hostStart = colon + 3
    var at = hostStart
    while at < range.upperBound, ByteClass.host.contains(bytes.byte(at: at)) { at += 1 }
    // Also refuses user information: `@` is no character of a host (RFC 9110 §4.2.4).
    let isEnd = at == range.upperBound || bytes.byte(at: at) == 0x2f || bytes.byte(at: at) == 0x3f
    guard Authority.isValid(bytes, hostStart..<at, needsPort: false), isEnd else { throw .invalidTarget }
    isAbsolute = true
    scheme = isSecure ? "https" : "http"
    authority = bytes.string(hostStart..<at)
    if at == range.upperBound {
      // §3.2.4: OPTIONS on an absolute URI without a path is for the server as a whole.
      path = method == .options ? "*" : "/"
    } else if bytes.byte(at: at) == 0x2f {
      path = try Self.path(bytes, at..<range.upperBound)
    } else {
      path = "/" + (try Self.path(bytes, at..<range.upperBound))
    }
  }
}
