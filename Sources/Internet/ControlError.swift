import StrataBase
import StrataWire

/// What an ICMP error says of a packet that we sent.
public struct ControlError: Sendable {
  public enum Kind: Hashable, Sendable {
    case portUnreachable, hostUnreachable, networkUnreachable, protocolUnreachable, timeExceeded
    case fragmentationNeeded(mtu: Int)
  }
  public let kind: Kind
  public let `protocol`: IPProtocol
  public let source: Address
  public let destination: Address
  /// The first 8 bytes behind the quoted IP header, as they lie in memory.
  public let transportBytes: UInt64

  public init(
    kind: Kind, protocol: IPProtocol, source: Address, destination: Address, transportBytes: UInt64
  ) {
    self.kind = kind
    self.protocol = `protocol`
    self.source = source
    self.destination = destination
    self.transportBytes = transportBytes
  }
}
