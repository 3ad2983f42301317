import StrataBase
import StrataWire

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
  /// The algorithm of congestion control, also during a connection. A ground that does not have it throws
  /// `notSupported`.
  case congestion(CongestionAlgorithm)
  /// How long what was sent may stay without an acknowledgment before the connection fails with
  /// `timedOut` (RFC 5482 §2). Nil is the ground's default.
  case userTimeout(Interval?)
  /// The hops that what is sent to a single host may take, 1...255 (IP_TTL, IPV6_UNICAST_HOPS);
  /// `timeToLive(_:)` reads it.
  case timeToLive(Int)
  /// Datagrams and echo: keeps what the network says of each that was sent, to a peer or not, for
  /// `takeNetworkError`; off at first (IP_RECVERR).
  case receiveErrors(Bool)
  /// Datagrams: may be sent to everyone on a network (SO_BROADCAST); off at first.
  case broadcast(Bool)
  /// Datagrams: hear a group (RFC 1112 §7) on the interface that has this address; an unspecified one
  /// leaves the choice to the ground.
  case joinGroup(Address, interface: Address)
  /// Datagrams: hear a group no more.
  case leaveGroup(Address, interface: Address)
  /// Datagrams: those to groups leave by the interface that has this address.
  case groupInterface(Address)
  /// Datagrams: whether this host hears what the socket sends to groups that it is in; on at first.
  case groupLoop(Bool)
  /// Datagrams: the hops that one to a group may take, 0...255; 1 at first, which keeps it on its link.
  case groupTimeToLive(Int)
}
