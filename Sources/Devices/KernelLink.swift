import CDevices
import Glibc
import StrataWire

/// A link as the kernel has it: what it takes, and the addresses of the kernel's own end.
///
/// ```swift
/// var link = try KernelLink("tap0")
/// try link.addAddress(AddressPrefix("10.9.0.1/24")!)
/// try link.raise()
/// ```
public struct KernelLink: Sendable {
  public let name: String
  let index: Int32
  /// The most bytes of one packet.
  public let mtu: Int
  public let hardware: HardwareAddress
  public let hasEthernet: Bool
  public private(set) var isUp: Bool

  /// Looks a link up.
  public init(_ name: String) throws(DeviceError) {
    var link = strata_link()
    try DeviceError.check(strata_link_find(name, &link), name)
    self.name = name
    index = link.index
    mtu = Int(link.mtu)
    let h = link.hardware
    hardware = HardwareAddress(h.0, h.1, h.2, h.3, h.4, h.5)
    hasEthernet = link.has_ethernet != 0
    isUp = link.is_up != 0
  }

  /// Gives the kernel's end an address, and the kernel a route to its network.
  public func addAddress(_ prefix: AddressPrefix) throws(DeviceError) {
    let result: Int32
    if prefix.address.isV4 {
      var bytes = prefix.address.v4Native
      result = strata_link_add_address(index, &bytes, 4, Int32(prefix.length))
    } else {
      var bytes = (prefix.address.high, prefix.address.low)
      result = strata_link_add_address(index, &bytes, 16, Int32(prefix.length))
    }
    // It has it already.
    if result == -EEXIST { return }
    if result == -EPERM || result >= 0 {
      try DeviceError.check(result, name)
      return
    }
    throw .addressRefused("\(prefix)", on: name)
  }

  /// Raises the link; nothing happens to one that is up.
  public mutating func raise() throws(DeviceError) {
    if isUp { return }
    try DeviceError.check(strata_link_raise(name), name)
    isUp = true
  }
}

extension DeviceError {
  /// Throws what a result of CDevices means; gives it where it is none.
  @discardableResult public static func check(_ result: Int32, _ name: String) throws(DeviceError) -> Int32 {
    if result >= 0 { return result }
    switch -result {
    case EPERM, EACCES: throw .notPermitted(name)
    case ENOENT: throw .noTunnels
    case EBUSY: throw .taken(name)
    case EINVAL where !name.utf8.allSatisfy { $0 > 32 && $0 != 47 }, ENAMETOOLONG: throw .badName(name)
    // A TAP of that name where a TUN was asked for, or a link that is neither.
    case EINVAL: throw .taken(name)
    case ENODEV, ENXIO: throw .noSuchLink(name)
    case ENETDOWN: throw .down(name)
    case let number: throw .system(number, name)
    }
  }
}
