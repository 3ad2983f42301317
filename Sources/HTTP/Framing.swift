import HTTPTypes
import StrataBase

/// What a head's fields say about where its message ends, and whether another may follow.
///
/// Everything in which two readers of one message could disagree is refused: that is how requests are
/// smuggled past one of them (RFC 9112 §11.2).
struct Framing: Sendable {
  private(set) var contentLength: UInt64?
  private(set) var isChunked = false
  private(set) var hasTransferEncoding = false
  private var codingIsUnknown = false
  private(set) var closes = false
  private(set) var keepsAlive = false
  private(set) var expectsContinue = false
  /// Where the value of Host lies in the head.
  private(set) var host: Range<Int>?

  /// Takes in one field. `value` is without white space around it.
  mutating func note(_ name: FieldName, _ bytes: RawSpan, _ value: Range<Int>) throws(HTTPError) {
    switch name {
    case .contentLength:
      // RFC 9112 §6.3 would let a list of equal values pass. No honest sender makes one.
      if contentLength != nil { throw .repeatedContentLength }
      contentLength = try Self.length(bytes, value)
    case .transferEncoding: try noteCodings(bytes, value)
    case .host:
      // RFC 9112 §3.2: "A server MUST respond with a 400 (Bad Request) status code to any HTTP/1.1
      // request message that lacks a Host header field and to any request message that contains more
      // than one Host header field line or a Host header field with an invalid field value."
      if host != nil { throw .invalidHost }
      // An empty Host belongs to targets without an authority.
      if !value.isEmpty, !Authority.isValid(bytes, value, needsPort: false) { throw .invalidHost }
      host = value
    case .connection: noteOptions(bytes, value)
    case .expect: if Self.isListMember("100-continue", bytes.extracting(value)) { expectsContinue = true }
    default: break
    }
  }

  private static func length(_ bytes: RawSpan, _ range: Range<Int>) throws(HTTPError) -> UInt64 {
    if range.isEmpty { throw .invalidContentLength }
    var length: UInt64 = 0
    for at in range {
      let byte = bytes.byte(at: at)
      if byte == 0x2c { throw .repeatedContentLength }
      if !ByteClass.isDigit(byte) { throw .invalidContentLength }
      let (tens, overflowsTens) = length.multipliedReportingOverflow(by: 10)
      let (sum, overflowsSum) = tens.addingReportingOverflow(UInt64(byte &- 0x30))
      if overflowsTens || overflowsSum { throw .invalidContentLength }
      length = sum
    }
    return length
  }

  private mutating func noteCodings(_ bytes: RawSpan, _ value: Range<Int>) throws(HTTPError) {
    hasTransferEncoding = true
    var at = value.lowerBound
    repeat {
      let comma = bytes.first(0x2c, in: at..<value.upperBound)
      let coding = bytes.trimmed(at..<comma)
      // RFC 9112 §7.1: "A sender MUST NOT apply the chunked transfer coding more than once to a message
      // body", and after it nothing: what follows `chunked` here is an error, an empty member too.
      if coding.isEmpty || isChunked { throw .invalidTransferCoding }
      for i in coding where !ByteClass.token.contains(bytes.byte(at: i)) { throw .invalidTransferCoding }
      if bytes.extracting(coding).isToken("chunked") { isChunked = true } else { codingIsUnknown = true }
      at = comma + 1
    } while at <= value.upperBound
  }

  private mutating func noteOptions(_ bytes: RawSpan, _ value: Range<Int>) {
    let options = bytes.extracting(value)
    if Self.isListMember("close", options) { closes = true }
    if Self.isListMember("keep-alive", options) { keepsAlive = true }
  }

  static func isListMember(_ lowercase: StaticString, _ list: RawSpan) -> Bool {
    var at = 0
    while at < list.byteCount {
      let comma = list.first(0x2c, in: at..<list.byteCount)
      if list.extracting(list.trimmed(at..<comma)).isToken(lowercase) { return true }
      at = comma + 1
    }
    return false
  }

  /// Whether a Connection field has that option.
  static func says(_ option: StaticString, _ field: HTTPField) -> Bool {
    field.withUnsafeBytesOfValue { isListMember(option, RawSpan(_unsafeBytes: .init($0))) }
  }
  static func says(_ option: StaticString, _ fields: HTTPFields) -> Bool {
    fields.contains { $0.name == .connection && says(option, $0) }
  }

  /// The length of the content that the fields tell; nil when they tell none.
  func length(isHTTP10: Bool, limit: UInt64) throws(HTTPError) -> HTTPBody.Length? {
    if hasTransferEncoding {
      if contentLength != nil { throw .lengthAndCoding }
      // RFC 9112 §6.1: an HTTP/1.0 message with a Transfer-Encoding: "MUST treat the message as if the
      // framing is faulty".
      // RFC 9112 §6.3: "If a Transfer-Encoding header field is present in a request and the chunked
      // transfer coding is not the final encoding [...] the server MUST respond with the 400".
      if isHTTP10 || !isChunked { throw .invalidTransferCoding }
      if codingIsUnknown { throw .unknownTransferCoding }
      return .chunked
    }
    guard let contentLength else { return nil }
    if contentLength > limit { throw .bodyTooLarge }
    return contentLength == 0 ? HTTPBody.Length.none : .count(contentLength)
  }

  /// Whether the sender of this head lets the connection live on (RFC 9112 §9.3).
  func persists(isHTTP10: Bool) -> Bool { !closes && (!isHTTP10 || keepsAlive) }
}
