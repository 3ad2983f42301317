import StrataBase
import StrataHTTP

/// What a file server allows its clients.
public struct ServerLimits: Sendable {
  /// Connections at a time. One more is told 503 and closed.
  public var connections = 4_096
  /// How long a connection may do nothing: no request, or no room for a response.
  public var idle = Interval.seconds(30)
  /// Bytes a second that a client has to take of a response, or to send of a request's content: so many
  /// on average over each `rateWindow`, the first of which is longer by `rateGrace`. Slower ones are
  /// reset.
  public var leastRate: UInt64 = 1_024
  public var rateWindow = Interval.seconds(10)
  public var rateGrace = Interval.seconds(20)
  /// How long a request's head may take from its first byte on.
  public var head = Interval.seconds(10)
  /// How long and for how many bytes we listen to a client after the end of our side, so that a reset
  /// does not overtake the response (RFC 9112 §9.6).
  public var linger = Interval.seconds(2)
  public var lingerBytes = 262_144
  /// Bytes of pages, made and not sent yet, over all connections. Beyond it folders answer 503.
  public var pageBytes = 64 << 20
  /// Records that wait to be taken; the oldest make room.
  public var records = 1_024
  /// Of every message. Content of requests is read and thrown away, up to 1 MiB each.
  public var http = HTTPLimits()

  public init() { http.body = 1 << 20 }
}
