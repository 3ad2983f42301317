import StrataBase
import StrataWire

/// The way to one destination, found once and kept by a connection: a route's answer with the neighbour
/// it leads to. It stays valid for good; a neighbour that was forgotten is looked up again. What it knows of
/// MTU and source may be old where `Internet.pathGeneration` has moved on.
public struct Path: Equatable, Sendable {
  /// How the last step is made.
  public enum Kind: Equatable, Sendable {
    /// To one neighbour, whose hardware address is asked for.
    case neighbour
    /// To all on the link.
    case broadcast
    /// To a group (RFC 1112 §6.4, RFC 2464 §7).
    case multicast
    /// To this host itself.
    case loopback
  }

  public let kind: Kind
  /// Packets on it are IPv4; otherwise IPv6.
  public let isV4: Bool
  /// The interface it leaves by.
  public let interface: Int
  /// The address that packets on it come from.
  public let source: Address
  /// The destination itself, or the router towards it.
  public let nextHop: Address
  /// The most bytes of one packet.
  public let mtu: Int
  /// The hops that a packet on it may take.
  public var timeToLive: UInt8
  /// Where the neighbour was last found.
  var neighbour = Handle(slot: 0, generation: 0)

  init(_ kind: Kind, interface: Int, source: Address, nextHop: Address, mtu: Int, timeToLive: UInt8) {
    self.kind = kind
    isV4 = source.isV4
    self.interface = interface
    self.source = source
    self.nextHop = nextHop
    self.mtu = mtu
    self.timeToLive = timeToLive
  }
}
