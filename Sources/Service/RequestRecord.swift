import StrataBase
import StrataSockets

/// One request as it went, for logs and stories.
public struct RequestRecord: Hashable, Sendable {
  public var peer: SocketAddress
  /// Counts the connections of the server, from 1: requests of one connection have the same.
  public var connection: UInt64
  /// "-" when the request could not be read.
  public var method: String
  /// As it came, still percent-encoded.
  public var target: String
  public var status: Int
  /// Bytes of content that the socket took.
  public var bytes: UInt64 = 0
  /// When the head of the request had come.
  public var started: Instant
  /// When the socket took the first bytes of the response; `never` if it took none.
  public var firstByte = Instant.never
  /// When it had taken the last, or when the connection broke.
  public var ended = Instant.never
  /// The client speaks HTTP/1.0.
  public var isHTTP10 = false
  /// User-Agent and Referer, when the server was told to keep them.
  public var agent: String?
  public var referrer: String?
  /// The connection broke before all was sent.
  public var isAborted = false

  /// One that has just begun.
  public init(
    peer: SocketAddress, connection: UInt64, method: String, target: String, status: Int = 0,
    started: Instant
  ) {
    self.peer = peer
    self.connection = connection
    self.method = method
    self.target = target
    self.status = status
    self.started = started
  }
}

extension RequestRecord: CustomStringConvertible {
  /// "10.0.0.1:40312 GET /a.txt 200 17 B 1.5 ms"
  public var description: String {
    let end = isAborted ? " aborted" : ""
    return "\(peer) \(method) \(target) \(status) \(bytes) B \(ended - started)\(end)"
  }
}
