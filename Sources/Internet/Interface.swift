import StrataLink
import StrataWire

/// Where a host meets a link: its addresses there, and what the link takes.
public struct Interface: Sendable {
  public let hardware: HardwareAddress
  /// The IPv4 address; `::` where there is none.
  public let address: Address
  /// The IPv4 network on the link.
  public let network: AddressPrefix
  public let capabilities: LinkCapabilities
  /// The address and the network's broadcast address as they lie in an IPv4 packet. Where there is none
  /// it is 255.255.255.255, which is nobody's own and everyone's broadcast.
  let native: UInt32
  let broadcastNative: UInt32
  /// The IPv6 address of ours that the last packet was for; `::` when none was yet.
  var usual = Address.any
  public internal(set) var ipv6: IPv6Interface

  /// The number of the interface that a host's packets to itself come in by.
  public static var loopback: Int { Int(UInt16.max) }

  /// `address`: the IPv4 one, if there is any.
  init(
    hardware: HardwareAddress, address: AddressPrefix?, capabilities: LinkCapabilities, probes: Int
  ) {
    let prefix = address ?? AddressPrefix(.any, length: 128)
    self.hardware = hardware
    self.address = prefix.address
    network = prefix
    self.capabilities = capabilities
    native = prefix.address.isV4 ? prefix.address.v4Native : .max
    broadcastNative = prefix.broadcast?.v4Native ?? .max
    ipv6 = IPv6Interface(mtu: capabilities.mtu, probes: probes)
  }
}
