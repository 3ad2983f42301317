import HTTPTypes
import StrataBase

/// The names that steer a machine, and those common enough that making a string of them each time
/// would cost more than looking them up.
enum FieldName {
  case contentLength, transferEncoding, host, connection, expect
  /// Known; only its name is of interest here.
  case other(HTTPField.Name)

  /// The field's name as the fields of a message spell it. Host has none: it becomes the authority.
  var httpName: HTTPField.Name? {
    switch self {
    case .contentLength: .contentLength
    case .transferEncoding: .transferEncoding
    case .host: nil
    case .connection: .connection
    case .expect: .expect
    case .other(let name): name
    }
  }

  /// `name` is made of token characters; nil if it is not.
  init?(_ name: RawSpan) {
    if let known = Self.known(name) {
      self = known
      return
    }
    guard let name = HTTPField.Name(name.string(0..<name.byteCount)) else { return nil }
    self = .other(name)
  }

  private static func known(_ name: RawSpan) -> FieldName? {
    switch name.byteCount {
    case 4: known4(name)
    case 5: name.isToken("range") ? .other(.range) : nil
    case 6: known6(name)
    case 7:
      name.isToken("referer") ? .other(.referer) : name.isToken("upgrade") ? .other(.upgrade) : nil
    case 8: known8(name)
    case 10: known10(name)
    case 12: name.isToken("content-type") ? .other(.contentType) : nil
    case 13: known13(name)
    case 14: name.isToken("content-length") ? .contentLength : nil
    case 15: known15(name)
    case 17:
      name.isToken("transfer-encoding")
        ? .transferEncoding : name.isToken("if-modified-since") ? .other(.ifModifiedSince) : nil
    default: nil
    }
  }
  private static func known4(_ name: RawSpan) -> FieldName? {
    if name.isToken("host") { return .host }
    if name.isToken("date") { return .other(.date) }
    if name.isToken("etag") { return .other(.eTag) }
    return name.isToken("vary") ? .other(.vary) : nil
  }
  private static func known6(_ name: RawSpan) -> FieldName? {
    if name.isToken("accept") { return .other(.accept) }
    if name.isToken("cookie") { return .other(.cookie) }
    if name.isToken("server") { return .other(.server) }
    if name.isToken("origin") { return .other(.origin) }
    return name.isToken("expect") ? .expect : nil
  }
  private static func known8(_ name: RawSpan) -> FieldName? {
    if name.isToken("if-match") { return .other(.ifMatch) }
    if name.isToken("if-range") { return .other(.ifRange) }
    return name.isToken("location") ? .other(.location) : nil
  }
  private static func known10(_ name: RawSpan) -> FieldName? {
    if name.isToken("user-agent") { return .other(.userAgent) }
    if name.isToken("connection") { return .connection }
    return name.isToken("set-cookie") ? .other(.setCookie) : nil
  }
  private static func known13(_ name: RawSpan) -> FieldName? {
    if name.isToken("cache-control") { return .other(.cacheControl) }
    if name.isToken("if-none-match") { return .other(.ifNoneMatch) }
    if name.isToken("authorization") { return .other(.authorization) }
    if name.isToken("last-modified") { return .other(.lastModified) }
    if name.isToken("accept-ranges") { return .other(.acceptRanges) }
    return name.isToken("content-range") ? .other(.contentRange) : nil
  }
  private static func known15(_ name: RawSpan) -> FieldName? {
    if name.isToken("accept-encoding") { return .other(.acceptEncoding) }
    return name.isToken("accept-language") ? .other(.acceptLanguage) : nil
  }
}
