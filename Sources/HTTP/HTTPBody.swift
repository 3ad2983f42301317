/// The content of a message, as far as HTTP/1.1 has to know about it. The bytes themselves never
/// pass through a machine.
public enum HTTPBody {
  /// How the end of a message's content is known (RFC 9112 §6.3).
  public enum Length: Hashable, Sendable {
    /// There is no content.
    case none
    /// Exactly that many bytes: Content-Length.
    case count(UInt64)
    /// Chunks, each with its size, until an empty one: Transfer-Encoding: chunked.
    case chunked
    /// Until the connection is closed. In responses only.
    case untilClose
  }
}
