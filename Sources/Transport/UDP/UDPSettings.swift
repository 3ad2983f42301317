/// What a UDP socket is told when it is bound.
public struct UDPSettings: Equatable, Sendable {
  /// The most memory, in bytes, that datagrams hold while they wait for the user. A datagram holds its
  /// whole frame buffer, however short it is.
  public var receiveBuffer = 262_144
  /// The most datagrams that wait for the user.
  public var receiveQueue = 1_024
  /// Whether datagrams may be sent to all on a network; by mistake nobody should.
  public var broadcast = false
  /// Lets other sockets that allow it too have the same name: each hears a group's datagrams, and one of
  /// them those to a single host.
  public var sharesName = false
  /// Whether a datagram longer than its path takes goes out in pieces; it is refused where not.
  public var mayBeCut = true
  /// The interface by which datagrams to groups and to all leave; nil: the route's, or the first.
  public var outlet: Int?
  /// The hops that a datagram to a single host may take; nil: what the host says.
  public var timeToLive: UInt8?
  /// Whether what the network says of datagrams is kept one by one, and how much of it at most.
  public var receivesErrors = false
  public var errorQueue = 64
  /// The hops that a datagram to a group may take.
  public var groupTimeToLive: UInt8 = 1
  /// Whether this host hears what it sends to its own groups.
  public var loopsBack = true
  /// The most groups of one socket.
  public var groups = 20
  /// Whether a socket on `::` leaves IPv4 alone (RFC 3493 §5.3).
  public var v6Only = false

  public init() {}
}
