import CDevices
import Glibc
import StrataBase
import StrataInternet
import StrataLink
import StrataWire

extension SystemDevice {
  /// Opens a device of this kind.
  public static func open(
    _ kind: Kind, _ name: String, pool: FramePool, offloads: Bool = true
  ) throws(DeviceError) -> SystemDevice {
    switch kind {
    case .tap: try tap(name, pool: pool, offloads: offloads)
    case .tun: try tun(name, pool: pool, offloads: offloads)
    case .packetSocket: try packetSocket(on: name, pool: pool, offloads: offloads)
    }
  }

  /// Opens a TAP, a link whose other end is this process, and makes it where there is none: such a link is
  /// gone when the device is. `offloads`: frames of up to 64 KiB, and no checksums, both ways. The link
  /// need not be up yet.
  ///
  /// Needs CAP_NET_ADMIN, unless somebody made the link for this user (`ip tuntap add ... user ...`).
  public static func tap(
    _ name: String, pool: FramePool, offloads: Bool = true
  ) throws(DeviceError) -> SystemDevice {
    try tunnel(.tap, name, offloads, pool)
  }

  /// The same without Ethernet: bare packets of IPv4 and IPv6.
  public static func tun(
    _ name: String, pool: FramePool, offloads: Bool = true
  ) throws(DeviceError) -> SystemDevice {
    try tunnel(.tun, name, offloads, pool)
  }

  private static func tunnel(
    _ kind: Kind, _ name: String, _ offloads: Bool, _ pool: FramePool
  ) throws(DeviceError) -> SystemDevice {
    // Without this the kernel would choose one: "tap0" of an empty name, "x0" of "x%d".
    guard !name.isEmpty, !name.contains("%") else { throw .badName(name) }
    let isNew: Bool
    do throws(DeviceError) {
      _ = try KernelLink(name)
      isNew = false
    } catch {
      isNew = true
    }
    let header = offloads ? Int32(VirtioHeader.count) : 0
    let descriptor = try DeviceError.check(strata_tun_open(name, kind == .tap ? 1 : 0, header), name)
    do throws(DeviceError) {
      if offloads { try askForOffloads(descriptor, name) }
      var device = SystemDevice(
        kind, descriptor: descriptor, link: try KernelLink(name), offloads: offloads, pool: pool)
      device.isNew = isNew
      return device
    } catch {
      Glibc.close(descriptor)
      throw error
    }
  }

  private static func askForOffloads(_ descriptor: Int32, _ name: String) throws(DeviceError) {
    let wanted = UInt32(STRATA_OFFLOAD_CHECKSUM | STRATA_OFFLOAD_TCP)
    // Datagrams by the dozen are newer (Linux 6.2) than the rest.
    if strata_tun_offload(descriptor, wanted | UInt32(STRATA_OFFLOAD_UDP)) >= 0 { return }
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
    let descriptor = try DeviceError.check(strata_packet_open(link.index), name)
    return SystemDevice(.packetSocket, descriptor: descriptor, link: link, offloads: offloads, pool: pool)
  }
}
