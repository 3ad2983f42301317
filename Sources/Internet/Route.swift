import StrataWire

/// Where packets for a network go.
public struct Route: Hashable, Sendable {
  public let destination: AddressPrefix
  /// The router on the link; nil: the destination itself is on the link.
  public let gateway: Address?
  public let interface: Int

  public init(to destination: AddressPrefix, gateway: Address?, interface: Int) {
    self.destination = AddressPrefix(destination.network, length: destination.length)
    self.gateway = gateway
    self.interface = interface
  }
}
