import StrataLink
import StrataWire

/// Where a host meets a link: its addresses there, and what the link takes.
public struct Interface: Sendable {
  public let hardware: HardwareAddress
  /// The IPv4 address; unspecified where it has none, or none yet.
  public private(set) var address: Address
  /// The IPv4 network on the link.
  public private(set) var network: AddressPrefix
  public let capabilities: LinkCapabilities
  /// The address and the network's broadcast address as they lie in an IPv4 packet. Where there is none
  /// it is 255.255.255.255, which is nobody's own and everyone's broadcast.
  private(set) var native: UInt32
  private(set) var broadcastNative: UInt32
  /// The virtual network that it is in (IEEE 802.1Q), as its frames are tagged; 0: none.
  public let vlan: UInt16
  /// The number of the interface whose device its frames go by: its own, but for a virtual network.
  public let device: Int
  /// The IPv6 address of ours that the last packet was for; `::` when none was yet.
  var usual = Address.any
  public internal(set) var ipv6: IPv6Interface

  /// The number of the interface that a host's packets to itself come in by.
  public static var loopback: Int { Int(UInt16.max) }

  /// `address`: the IPv4 one, if there is any.
  init(
    hardware: HardwareAddress, address: AddressPrefix?, capabilities: LinkCapabilities, vlan: UInt16 = 0,
    device: Int, probes: Int
  ) {
    let prefix = address ?? AddressPrefix(.any, length: 128)
    self.hardware = hardware
    self.address = prefix.address
    network = prefix
    self.capabilities = capabilities
    self.vlan = vlan
    self.device = device
    native = .max
    broadcastNative = .max
    ipv6 = IPv6Interface(mtu: capabilities.mtu, probes: probes)
    set(prefix)
  }

  /// Gives it another IPv4 address.
  mutating func set(_ address: AddressPrefix) {
    self.address = address.address
    network = address
    native = address.address.isV4 && !address.address.isUnspecified ? address.address.v4Native : .max
    broadcastNative = address.broadcast?.v4Native ?? .max
  }

  /// Whether packets to this very address are for this host.
  func owns(_ address: Address) -> Bool {
    address.isV4 ? self.address == address && !address.isUnspecified : ipv6.owns(address)
  }
}
