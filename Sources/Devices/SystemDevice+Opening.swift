import CDevices
import Glibc
import StrataBase
import StrataInternet
import StrataLink
import StrataWire

extension SystemDevice {
  /// Opens a TAP, a link whose other end is this process, and makes it where there is none: such a link is
  /// gone when the device is. `offloads`: frames of up to 64 KiB, and no checksums, both ways. The link
  /// need not be up yet.
  ///
  /// Needs CAP_NET_ADMIN, unless somebody made the link for this user (`ip tuntap add ... user ...`).
  public static func tap(
    _ name: String, pool: FramePool, offloads: Bool = true
  ) throws(DeviceError) -> SystemDevice {
    try tunnel(name, hasEthernet: true, offloads, pool)
  }

  /// The same without Ethernet: bare packets of IPv4 and IPv6.
  public static func tun(
    _ name: String, pool: FramePool, offloads: Bool = true
  ) throws(DeviceError) -> SystemDevice {
    try tunnel(name, hasEthernet: false, offloads, pool)
  }

  private static func tunnel(
    _ name: String, hasEthernet: Bool, _ offloads: Bool, _ pool: FramePool
  ) throws(DeviceError) -> SystemDevice {
    // Without this the kernel would choose one: "tap0" of an empty name, "x0" of "x%d".
    guard !name.isEmpty, !name.contains("%") else { throw .badName(name) }
    let header = offloads ? Int32(VirtioHeader.count) : 0
    let descriptor = try DeviceError.check(strata_tun_open(name, hasEthernet ? 1 : 0, header), name)
    do throws(DeviceError) {
      if offloads { try askForOffloads(descriptor, name) }
      let link = try KernelLink(name)
      return SystemDevice(
        descriptor: descriptor, link: link,
        capabilities: capabilities(link, offloads, hasEthernet: hasEthernet),
        hasHeader: offloads, takesLong: offloads || link.mtu > mostStandard, pool: pool)
    } catch {
      Glibc.close(descriptor)
      throw error
    }
  }

  private static func askForOffloads(_ descriptor: Int32, _ name: String) throws(DeviceError) {
    let wanted = UInt32(STRATA_OFFLOAD_CHECKSUM.rawValue | STRATA_OFFLOAD_TCP.rawValue)
    try DeviceError.check(strata_tun_offload(descriptor, wanted), name)
  }

  /// A socket for the frames of a link that exists: a card, or one end of a veth. We use the link's
  /// hardware address, so that it need not be promiscuous, and that also a radio lets us. The kernel sees
  /// the same frames, and leaves alone what is for an address that is not its own, unless it forwards
  /// (net.ipv4.ip_forward). It itself cannot be reached by this way.
  ///
  /// Needs CAP_NET_RAW.
  public static func packetSocket(
    on name: String, pool: FramePool, offloads: Bool = true
  ) throws(DeviceError) -> SystemDevice {
    let link = try KernelLink(name)
    guard link.hasEthernet else { throw .notEthernet(name) }
    let header = offloads ? Int32(VirtioHeader.count) : 0
    let descriptor = try DeviceError.check(strata_packet_open(link.index, header), name)
    return SystemDevice(
      descriptor: descriptor, link: link, capabilities: capabilities(link, offloads, hasEthernet: true),
      hasHeader: offloads, takesLong: true, pool: pool)
  }

  /// The longest packet that goes into a standard buffer with its headers.
  private static var mostStandard: Int { 1_500 }

  private static func capabilities(
    _ link: KernelLink, _ offloads: Bool, hasEthernet: Bool
  ) -> LinkCapabilities {
    LinkCapabilities(
      mtu: link.mtu, largestSegment: offloads ? LinkCapabilities.superSegment : nil,
      offloadsChecksum: offloads, hasEthernet: hasEthernet)
  }
}
