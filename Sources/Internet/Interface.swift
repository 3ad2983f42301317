import StrataLink
import StrataWire

/// Where a host meets a link: its addresses there, and what the link takes.
public struct Interface: Sendable {
  public let hardware: HardwareAddress
  public let address: Address
  /// The network on the link.
  public let network: AddressPrefix
  public let capabilities: LinkCapabilities
  /// The address and the network's broadcast address as they lie in an IPv4 packet. Where there is none
  /// it is 255.255.255.255, which is nobody's own and everyone's broadcast.
  let native: UInt32
  let broadcastNative: UInt32

  /// The number of the interface that a host's packets to itself come in by.
  public static var loopback: Int { Int(UInt16.max) }

  init(hardware: HardwareAddress, address: AddressPrefix, capabilities: LinkCapabilities) {
    self.hardware = hardware
    self.address = address.address
    network = address
    self.capabilities = capabilities
    native = address.address.isV4 ? address.address.v4Native : .max
    broadcastNative = address.broadcast?.v4Native ?? .max
  }
}
