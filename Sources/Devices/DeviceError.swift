import StrataLoop

/// Why a device of the operating system cannot be used, and what to do about it.
public enum DeviceError: Error, Hashable, Sendable {
  /// There is no /dev/net/tun here.
  case noTunnels
  /// The process may not make, open or set this link.
  case notPermitted(String)
  /// Another process has the link, or it is of another kind.
  case taken(String)
  /// The name is empty, too long, or holds what the system does not take.
  case badName(String)
  /// There is no link of this name.
  case noSuchLink(String)
  /// The link exists and is not up.
  case down(String)
  /// The link's frames are not Ethernet.
  case notEthernet(String)
  /// The kernel's end cannot get this address.
  case addressRefused(String, on: String)
  /// The loop cannot wait for the device.
  case unwatchable(LoopError)
  /// Another error of the operating system, by its number.
  case system(Int32, String)
}

extension DeviceError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .noTunnels: "there is no /dev/net/tun: load it with modprobe tun, or give it to the container"
    case .notPermitted(let name): "\(name) needs the right to make links (CAP_NET_ADMIN)"
    case .taken(let name): "\(name) is in use or of another kind: end who has it, or choose another name"
    case .badName(let name): "\"\(name)\" cannot name a link: take 1 to 15 letters and digits"
    case .noSuchLink(let name): "there is no link \(name): see ip link"
    case .down(let name): "\(name) is down: raise it with ip link set \(name) up"
    case .notEthernet(let name): "the frames of \(name) are not Ethernet: choose another link"
    case .addressRefused(let address, let name):
      "\(name) cannot get the address \(address): take it from the link that has it, or choose another"
    case .unwatchable(let error): "\(error)"
    case .system(let number, let name): "\(name): the operating system says error \(number): see errno(3)"
    }
  }
}
