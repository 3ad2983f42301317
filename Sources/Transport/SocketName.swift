import StrataWire

/// One end of a connection or of an exchange of datagrams: an address and a port.
///
/// ```swift
/// let server = SocketName(Address("10.0.0.1")!, 80)
/// server.description   // "10.0.0.1:80"
/// ```
public struct SocketName: Hashable, Sendable {
  public var address: Address
  /// In host order. 0 stands for "any" where a port is still to be chosen.
  public var port: UInt16

  public init(_ address: Address, _ port: UInt16) {
    self.address = address
    self.port = port
  }
}

extension SocketName: CustomStringConvertible {
  /// `10.0.0.1:80`, `[::1]:80` (RFC 3986 §3.2.2).
  public var description: String { address.isV4 ? "\(address):\(port)" : "[\(address)]:\(port)" }
}
