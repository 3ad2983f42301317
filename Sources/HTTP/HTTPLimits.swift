/// The most of everything that a peer may send in one message. A message that is larger is refused.
public struct HTTPLimits: Sendable, Equatable {
  /// Bytes of a request line or status line, without its CRLF. Beyond: 414 URI Too Long.
  public var startLine = 8_192
  /// Bytes of a header section: all its field lines with their CRLFs, without the empty line that
  /// ends it. Beyond: 431 Request Header Fields Too Large.
  public var headerSection = 16_384
  /// Field lines in a header or trailer section. Beyond: 431.
  public var fieldCount = 100
  /// Bytes of the line in front of a chunk, extensions and all, without its CRLF. Beyond: 400.
  public var chunkLine = 256
  /// Bytes of a trailer section, counted as `headerSection` is. Beyond: 431.
  public var trailerSection = 8_192
  /// Bytes of a message's content. Beyond: 413 Content Too Large.
  public var body = UInt64.max
  /// Control bytes that may wait for the transport before a server reads the next request: a client
  /// that asks but never reads does not make us keep its answers.
  public var pendingOutput = 65_536
  /// Requests that a client may have unanswered.
  public var pipelinedRequests = 16
  /// Interim responses (1xx) that a client takes for one request.
  public var informationalResponses = 16

  public init() {}
}
