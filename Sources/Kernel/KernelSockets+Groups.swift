import CLoop
import Glibc
import StrataSockets
import StrataWire

/// Groups of both versions, and what is sent to all.
extension KernelSockets {
  func applyGroupOption(_ option: SocketOption, to d: Descriptor) throws(SocketError) {
    switch option {
    case .broadcast(let isOn): try set(d, SOL_SOCKET, SO_BROADCAST, isOn ? 1 : 0)
    case .joinGroup(let group, let interface):
      try setMembership(d, IP_ADD_MEMBERSHIP, IPV6_JOIN_GROUP, group, try Self.number(of: interface))
    case .leaveGroup(let group, let interface):
      try setMembership(d, IP_DROP_MEMBERSHIP, IPV6_LEAVE_GROUP, group, try Self.number(of: interface))
    case .groupInterface(let address):
      try settleFamily(d, for: address)
      try setOutlet(d, try Self.number(of: address))
    case .groupLoop(let isOn): try setBoth(d, IP_MULTICAST_LOOP, IPV6_MULTICAST_LOOP, isOn ? 1 : 0)
    case .groupTimeToLive(let hops):
      guard (0...255).contains(hops) else { throw .invalidArgument }
      try setBoth(d, IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS, Int32(hops))
    default: throw .notSupported
    }
  }

  /// The system's number of the interface that has an address; 0, its own choice, for an unspecified one.
  private static func number(of address: Address) throws(SocketError) -> UInt32 {
    if address.isUnspecified { return 0 }
    var v4 = address.v4Native
    var v6 = (address.high, address.low)
    let number = address.isV4 ? strata_interface_of(AF_INET, &v4) : strata_interface_of(AF_INET6, &v6)
    if number == 0 { throw .addressNotAvailable }
    return number
  }

  private func setMembership(
    _ d: Descriptor, _ v4: Int32, _ v6: Int32, _ group: Address, _ interface: UInt32
  ) throws(SocketError) {
    guard group.isMulticast else { throw .invalidArgument }
    try settleFamily(d, for: group)
    var result: Int32
    if group.isV4 {
      var request = ip_mreqn()
      request.imr_multiaddr.s_addr = group.v4Native
      request.imr_ifindex = Int32(bitPattern: interface)
      let size = socklen_t(MemoryLayout<ip_mreqn>.size)
      result = setsockopt(d.rawValue, Int32(IPPROTO_IP), v4, &request, size)
    } else {
      var request = ipv6_mreq()
      withUnsafeMutableBytes(of: &request.ipv6mr_multiaddr) {
        $0.storeBytes(of: group.high, as: UInt64.self)
        $0.storeBytes(of: group.low, toByteOffset: 8, as: UInt64.self)
      }
      request.ipv6mr_interface = interface
      let size = socklen_t(MemoryLayout<ipv6_mreq>.size)
      result = setsockopt(d.rawValue, Int32(IPPROTO_IPV6), v6, &request, size)
    }
    if result < 0 { throw lastError() }
  }

  private func setOutlet(_ d: Descriptor, _ interface: UInt32) throws(SocketError) {
    if self[d].isV6 { try set(d, Int32(IPPROTO_IPV6), IPV6_MULTICAST_IF, Int32(bitPattern: interface)) }
    var request = ip_mreqn()
    request.imr_ifindex = Int32(bitPattern: interface)
    let size = socklen_t(MemoryLayout<ip_mreqn>.size)
    let result = setsockopt(d.rawValue, Int32(IPPROTO_IP), IP_MULTICAST_IF, &request, size)
    if result < 0, !self[d].isV6 { throw lastError() }
  }
}
