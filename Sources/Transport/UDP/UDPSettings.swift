/// What a UDP socket is told when it is bound.
public struct UDPSettings: Equatable, Sendable {
  /// The most memory, in bytes, that datagrams hold while they wait for the user. A datagram holds its
  /// whole frame buffer, however short it is.
  public var receiveBuffer = 262_144
  /// The most datagrams that wait for the user.
  public var receiveQueue = 1_024
  /// Whether datagrams may be sent to all on a network; by mistake nobody should.
  public var broadcast = false
  /// Whether a socket on `::` leaves IPv4 alone (RFC 3493 §5.3).
  public var v6Only = false

  public init() {}
}
