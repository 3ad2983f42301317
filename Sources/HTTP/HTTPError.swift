import HTTPTypes

/// What is wrong with a message from the peer. The connection cannot be used after it: where the next
/// message would begin is not known any more.
public enum HTTPError: Error, Hashable, Sendable {
  case startLineTooLong
  case headerSectionTooLarge
  case tooManyFields
  case trailerSectionTooLarge
  case chunkLineTooLong
  case bodyTooLarge
  case malformedRequestLine
  case malformedStatusLine
  case malformedField
  case bareLineFeed
  case obsoleteFolding
  case invalidTarget
  case invalidHost
  case unsupportedVersion
  /// Content-Length is not one plain decimal number that fits in 64 bits.
  case invalidContentLength
  /// Content-Length came more than once, or is a list.
  case repeatedContentLength
  /// Content-Length and Transfer-Encoding together: the classic of request smuggling.
  case lengthAndCoding
  /// Transfer-Encoding does not end in one `chunked`, or the sender speaks HTTP/1.0.
  case invalidTransferCoding
  case unknownTransferCoding
  case malformedChunk
  /// A trailer field that would say how the message is framed or routed.
  case forbiddenTrailer
  /// The head was not complete in time.
  case headTooSlow
  /// The peer closed in the middle of a message.
  case cutShort
  /// A response to no request.
  case unexpectedResponse
  case tooManyInformational

  /// The status of the response that tells a client what it did wrong.
  public var status: HTTPResponse.Status {
    switch self {
    case .startLineTooLong: .uriTooLong
    case .headerSectionTooLarge, .tooManyFields, .trailerSectionTooLarge: .requestHeaderFieldsTooLarge
    case .bodyTooLarge: .contentTooLarge
    case .headTooSlow: .requestTimeout
    case .unknownTransferCoding: .notImplemented
    case .unsupportedVersion: .init(code: 505, reasonPhrase: "HTTP Version Not Supported")
    default: .badRequest
    }
  }
}

extension HTTPError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .startLineTooLong: "the first line is too long: shorten the URI or raise limits.startLine"
    case .headerSectionTooLarge: "the header is too large: send fewer cookies or raise limits.headerSection"
    case .tooManyFields: "too many field lines: send fewer or raise limits.fieldCount"
    case .trailerSectionTooLarge: "the trailers are too large: send less or raise limits.trailerSection"
    case .chunkLineTooLong: "a chunk's size line is too long: drop its extensions"
    case .bodyTooLarge: "the content is too large: send less or raise limits.body"
    case .malformedRequestLine: "the request line is not 'method SP target SP HTTP/1.1': is this HTTP?"
    case .malformedStatusLine: "the status line is not 'HTTP/1.1 SP status SP reason': is this HTTP?"
    case .malformedField: "a field line is not 'name: value' in visible characters: correct the sender"
    case .bareLineFeed: "a line ends without CR: end lines in CRLF"
    case .obsoleteFolding: "a field goes on in the next line: send it in one line"
    case .invalidTarget: "the request target has a form or characters that its method forbids: encode it"
    case .invalidHost: "Host is missing, repeated or not 'name:port': send exactly one"
    case .unsupportedVersion: "only HTTP/1.0 and HTTP/1.1 are spoken here: use one of them"
    case .invalidContentLength: "Content-Length is not a plain decimal number: correct the sender"
    case .repeatedContentLength: "Content-Length came more than once: send exactly one"
    case .lengthAndCoding: "Content-Length and Transfer-Encoding came together: send one of them"
    case .invalidTransferCoding: "Transfer-Encoding must end in chunked, once, in HTTP/1.1: correct it"
    case .unknownTransferCoding: "the only transfer coding here is chunked: send no other"
    case .malformedChunk: "a chunk is not 'hex size CRLF data CRLF': correct the sender"
    case .forbiddenTrailer: "a trailer says how the message is framed: send it in the header"
    case .headTooSlow: "the head was not complete in time: send it without pause"
    case .cutShort: "the peer closed in the middle of a message: ask again on a new connection"
    case .unexpectedResponse: "the server answered what was not asked: close and use a new connection"
    case .tooManyInformational: "the server sends interim responses without end: close"
    }
  }
}
