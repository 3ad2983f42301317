import StrataBase
import StrataSockets
import StrataStack
import StrataTransport
import StrataWire

/// Options of the levels IPPROTO_IP and IPPROTO_IPV6.
extension BSDSocket {
  func setIPOption(_ name: Int32, _ value: RawSpan) throws(ErrorNumber) {
    switch name {
    case IPOptionName.timeToLive:
      let hops = try OptionValue.shortInt(value)
      guard hops == -1 || (1...255).contains(hops) else { throw .invalidArgument }
      try setHops(hops)
    case IPOptionName.receiveTimeToLive: options.receivesTimeToLive = try OptionValue.shortInt(value) != 0
    case IPOptionName.packetInfo: options.receivesPacketInfo = try OptionValue.shortInt(value) != 0
    case IPOptionName.groupTimeToLive where !isStream:
      let number = try OptionValue.shortInt(value)
      guard (-1...255).contains(number) else { throw .invalidArgument }
      try set(.groupTimeToLive(number == -1 ? 1 : Int(number)))
    case IPOptionName.groupLoop where !isStream: try set(.groupLoop(OptionValue.shortInt(value) != 0))
    case IPOptionName.joinGroup where !isStream:
      let (group, interface) = try membership(value)
      try set(.joinGroup(group, interface: interface))
    case IPOptionName.leaveGroup where !isStream:
      let (group, interface) = try membership(value)
      try set(.leaveGroup(group, interface: interface))
    case IPOptionName.groupInterface where !isStream:
      guard value.byteCount >= 4 else { throw .invalidArgument }
      let offset = value.byteCount >= 8 ? 4 : 0
      try set(.groupInterface(Address(v4Native: value.native32(at: offset))))
    default: throw .noSuchOption
    }
  }

  func ipOption(_ name: Int32) throws(ErrorNumber) -> [UInt8] {
    switch name {
    case IPOptionName.timeToLive: return try hops()
    case IPOptionName.receiveTimeToLive: return OptionValue.flag(options.receivesTimeToLive)
    case IPOptionName.packetInfo: return OptionValue.flag(options.receivesPacketInfo)
    default: throw .noSuchOption
    }
  }

  /// -1: as many as the host says.
  private func setHops(_ hops: Int32) throws(ErrorNumber) {
    try set(.timeToLive(hops == -1 ? PacketHost.timeToLive : Int(hops)))
  }

  private func hops() throws(ErrorNumber) -> [UInt8] {
    OptionValue.int(Int32(try call { (table, d) throws(SocketError) in try table.timeToLive(d) }))
  }

  /// `struct ip_mreq`, or the front of `struct ip_mreqn`: a group, and the address of an interface.
  private func membership(_ value: RawSpan) throws(ErrorNumber) -> (Address, Address) {
    guard value.byteCount >= 8 else { throw .invalidArgument }
    return (Address(v4Native: value.native32(at: 0)), Address(v4Native: value.native32(at: 4)))
  }

  func setIPv6Option(_ name: Int32, _ value: RawSpan) throws(ErrorNumber) {
    switch name {
    case IPv6OptionName.v6Only:
      let isOn = try OptionValue.int(value) != 0
      if isNamed { throw .invalidArgument }
      try set(.v6Only(isOn))
      options.v6Only = isOn
    case IPv6OptionName.unicastHops:
      let hops = try OptionValue.int(value)
      guard hops == -1 || (1...255).contains(hops) else { throw .invalidArgument }
      try setHops(hops)
    case IPv6OptionName.receiveHopLimit: options.receivesTimeToLive = try OptionValue.int(value) != 0
    case IPv6OptionName.receivePacketInfo: options.receivesPacketInfo = try OptionValue.int(value) != 0
    default: throw .noSuchOption
    }
  }

  func ipv6Option(_ name: Int32) throws(ErrorNumber) -> [UInt8] {
    switch name {
    case IPv6OptionName.v6Only: return OptionValue.flag(options.v6Only)
    case IPv6OptionName.unicastHops: return try hops()
    case IPv6OptionName.receiveHopLimit: return OptionValue.flag(options.receivesTimeToLive)
    case IPv6OptionName.receivePacketInfo: return OptionValue.flag(options.receivesPacketInfo)
    default: throw .noSuchOption
    }
  }

  /// The control messages of a datagram that options ask for: `struct cmsghdr` (length 8, level 4, type 4)
  /// and its data, each in whole words of 8 bytes.
  func control(for datagram: borrowing Datagram) -> [UInt8] {
    packetInfo(of: datagram) + timeToLive(of: datagram)
  }

  private func timeToLive(of datagram: borrowing Datagram) -> [UInt8] {
    guard options.receivesTimeToLive else { return [] }
    let hops = OptionValue.int(Int32(datagram.timeToLive))
    // Which of the two is the packet's matter, not the socket's.
    return datagram.destination.address.isV4
      ? OptionValue.control(OptionLevel.ip, IPOptionName.timeToLive, hops)
      : OptionValue.control(OptionLevel.ipv6, IPv6OptionName.hopLimit, hops)
  }

  private func packetInfo(of datagram: borrowing Datagram) -> [UInt8] {
    guard options.receivesPacketInfo else { return [] }
    let to = datagram.destination.address
    // One interface, which Linux would number 1.
    let interface = OptionValue.int(1)
    if isV6 {
      let address = OptionValue.words(to.high, to.low)
      return OptionValue.control(OptionLevel.ipv6, IPv6OptionName.packetInfo, address + interface)
    }
    let address = OptionValue.int(Int32(bitPattern: to.v4Native))
    return OptionValue.control(OptionLevel.ip, IPOptionName.packetInfo, interface + address + address)
  }
}

extension OptionValue {
  static func words(_ first: UInt64, _ second: UInt64) -> [UInt8] {
    withUnsafeBytes(of: first) { Array($0) } + withUnsafeBytes(of: second) { Array($0) }
  }

  /// One control message.
  static func control(_ level: Int32, _ type: Int32, _ data: [UInt8]) -> [UInt8] {
    let count = UInt64(16 + data.count)
    let header = withUnsafeBytes(of: count) { Array($0) } + int(level) + int(type)
    return header + data + [UInt8](repeating: 0, count: (8 - data.count % 8) % 8)
  }
}
