import StrataWire

/// Both ends of a connection: what tells it from all others of a host (RFC 9293 §3.4.1).
///
/// ```swift
/// let name = ConnectionName(
///   local: SocketName(Address("10.0.0.1")!, 40_000), remote: SocketName(Address("10.0.0.2")!, 80))
/// ```
public struct ConnectionName: Hashable, Sendable {
  public let localAddress: Address
  public let remoteAddress: Address
  /// Both ports as an outgoing header has them, in the order in which they lie in memory.
  public let portsOut: UInt32

  public init(local: SocketName, remote: SocketName) {
    localAddress = local.address
    remoteAddress = remote.address
    portsOut = TCPHeader.ports(source: local.port, destination: remote.port)
  }

  public var local: SocketName {
    SocketName(localAddress, UInt16(truncatingIfNeeded: UInt32(bigEndian: portsOut) >> 16))
  }
  public var remote: SocketName {
    SocketName(remoteAddress, UInt16(truncatingIfNeeded: UInt32(bigEndian: portsOut)))
  }
  /// The same connection as its other end names it.
  public var reversed: ConnectionName { ConnectionName(local: remote, remote: local) }
  /// Both ports as an incoming header has them.
  public var portsIn: UInt32 { portsOut << 16 | portsOut >> 16 }
}

extension ConnectionName: CustomStringConvertible {
  public var description: String { "\(local) to \(remote)" }
}
