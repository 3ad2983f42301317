import HTTPTypes
import StrataBase

/// Field lines, as in a header or trailer section (RFC 9112 §5), and what they say about framing.
struct FieldSection: Sendable {
  var fields = HTTPFields()
  var framing = Framing()

  /// Reads lines from `start` up to the empty line, which the scanner has found; all lines end in CRLF.
  init(_ bytes: RawSpan, from start: Int, limits: HTTPLimits) throws(HTTPError) {
    var at = start
    var count = 0
    while at < bytes.byteCount, bytes.byte(at: at) != .carriageReturn {
      count += 1
      if count > limits.fieldCount { throw .tooManyFields }
      if count == 1 { fields.reserveCapacity(8) }
      at = try readLine(bytes, from: at)
    }
    // A lone CR at the start of a line is not the empty line.
    if at + 2 != bytes.byteCount { throw .malformedField }
  }

  /// Where the next line begins.
  private mutating func readLine(_ bytes: RawSpan, from start: Int) throws(HTTPError) -> Int {
    var at = start
    let first = bytes.byte(at: start)
    // RFC 9112 §5.2: a server that receives an obs-fold "MUST either reject the message [...] or replace".
    if first == .space || first == .tab { throw .obsoleteFolding }
    let token = ByteClass.token
    while at < bytes.byteCount, token.contains(bytes.byte(at: at)) { at += 1 }
    // RFC 9112 §5.1: "No whitespace is allowed between the field name and colon." A missing name, or
    // any other character, is as wrong.
    if at == start || at >= bytes.byteCount || bytes.byte(at: at) != 0x3a { throw .malformedField }
    guard let name = FieldName(bytes.extracting(start..<at)) else { throw .malformedField }

    var isASCII = true
    let end = bytes.control(from: at + 1, isASCII: &isASCII)
    guard end + 1 < bytes.byteCount, bytes.byte(at: end) == .carriageReturn,
      bytes.byte(at: end + 1) == .lineFeed
    else { throw .malformedField }
    let value = bytes.trimmed(at + 1..<end)
    try framing.note(name, bytes, value)
    if let httpName = name.httpName {
      let field: HTTPField =
        isASCII
        ? HTTPField(name: httpName, value: bytes.string(value))
        : bytes.extracting(value).withUnsafeBytes { HTTPField(name: httpName, value: Array($0)) }
      fields.append(field)
    }
    return end + 2
  }

  /// Trailers, which "MUST NOT" say how their message is framed or routed (RFC 9110 §6.5.1).
  static func trailers(_ bytes: RawSpan, limits: HTTPLimits) throws(HTTPError) -> HTTPFields {
    let section = try FieldSection(bytes, from: 0, limits: limits)
    let framing = section.framing
    if framing.contentLength != nil || framing.hasTransferEncoding || framing.host != nil {
      throw .forbiddenTrailer
    }
    return section.fields
  }
}
