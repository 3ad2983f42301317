import StrataBase

/// What can be set on a socket, on every ground.
public enum SocketOption: Hashable, Sendable {
  /// Off is Nagle's algorithm (RFC 9293 §3.7.4): a small segment waits while another is on its way.
  case noDelay(Bool)
  /// Probes an idle peer (RFC 9293 §3.8.4): after `idle`, then every `interval`; the connection fails
  /// with `timedOut` after `count` probes without an answer. An `idle` of nil switches it off.
  case keepAlive(idle: Interval?, interval: Interval, count: Int)
  /// How long what was written may still take to reach the peer after `close`, before the connection
  /// is reset. Nil is the ground's default; zero makes `close` an `abort`. `close` itself never waits.
  case linger(Interval?)
  /// Lets `bind` take an address that only connections in TIME-WAIT still use.
  case reuseAddress(Bool)
  /// Whether a socket that is bound to `::` leaves IPv4 alone (RFC 3493 §5.3); otherwise it has IPv4 peers
  /// too, whose addresses are IPv4 addresses. To be said before `bind`.
  case v6Only(Bool)
  /// Bytes the socket keeps for sending at most. The ground may round and limit it.
  case sendBuffer(Int)
  /// Bytes the socket keeps for reading at most. The ground may round and limit it.
  case receiveBuffer(Int)
}
