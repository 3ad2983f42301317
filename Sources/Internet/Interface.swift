import StrataBase
import StrataLink
import StrataWire

/// Where a host meets a link: its addresses there, and what the link takes.
public struct Interface: Sendable {
  /// What travels on the link.
  public enum Medium: Equatable, Sendable {
    /// Frames of Ethernet, whose neighbours have to be found.
    case ethernet(HardwareAddress)
    /// Packets alone, with nothing in front: a tunnel. What is sent there is at its next hop.
    case packets
  }

  public let medium: Medium
  /// Its frames begin with an Ethernet header.
  let isEthernet: Bool
  /// Whatever arrives here is for this host, and it may answer in the name of any address: a tunnel's end.
  public let takesAll: Bool
  /// What frames on Ethernet come from; all zeros on a link of packets.
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
  /// Before this its IPv4 address is not defended again.
  var nextDefence = Instant.start

  /// The number of the interface that a host's packets to itself come in by.
  public static var loopback: Int { Int(UInt16.max) }

  /// `address`: the IPv4 one, if there is any.
  init(
    _ medium: Medium, address: AddressPrefix?, capabilities: LinkCapabilities, vlan: UInt16 = 0,
    device: Int, probes: Int, takesAll: Bool = false
  ) {
    let prefix = address ?? AddressPrefix(.any, length: 128)
    self.medium = medium
    self.takesAll = takesAll
    isEthernet = medium != .packets
    hardware = if case .ethernet(let hardware) = medium { hardware } else { .zero }
    self.address = prefix.address
    network = prefix
    self.capabilities = capabilities
    self.vlan = vlan
    self.device = device
    native = .max
    broadcastNative = .max
    // Nobody on a link of packets can be asked, and nobody there has to be told.
    ipv6 = IPv6Interface(mtu: capabilities.mtu, probes: isEthernet ? probes : 0)
    ipv6.isFresh = isEthernet
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
