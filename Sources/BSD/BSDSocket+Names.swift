import StrataBase
import StrataSockets
import StrataWire

/// Addresses in and out.
extension BSDSocket {
  /// Takes a local name.
  public func bind(_ bytes: RawSpan) throws(ErrorNumber) {
    guard isOpen else { throw .badDescriptor }
    let name = try boundName(bytes)
    if isNamed { throw .invalidArgument }
    if isStream {
      guard try status().role == .fresh else { throw .invalidArgument }
      // Only who says SO_REUSEADDR may have a name that connections still use.
      if name.port != 0, !options.reusesName, table.isUsed(name) { throw .addressInUse }
    }
    try call { (table, d) throws(SocketError) in try table.bind(d, to: name) }
    isNamed = true
  }

  private func boundName(_ bytes: RawSpan) throws(ErrorNumber) -> SocketAddress {
    guard bytes.byteCount >= (isV6 ? AddressBytes.leastInet6Count : AddressBytes.inetCount),
      let family = AddressBytes.family(bytes)
    else { throw .invalidArgument }
    if isV6 {
      guard family == SocketType.inet6 else { throw .familyNotSupported }
      let name = AddressBytes.inet6(bytes)
      if name.address.isV4, options.v6Only { throw .invalidArgument }
      return name
    }
    let name = AddressBytes.inet(bytes)
    // An old custom: no family, and any address.
    let isAny = family == SocketType.unspecified && name.address == .anyV4
    guard family == SocketType.inet || isAny else { throw .familyNotSupported }
    return name
  }

  /// Takes any free port, where it has none.
  func nameItself() throws(ErrorNumber) {
    if isNamed { return }
    let any = SocketAddress(address: isV6 ? .any : .anyV4, port: 0)
    try call { (table, d) throws(SocketError) in try table.bind(d, to: any) }
    isNamed = true
  }

  /// The peer that `connect` names. Who names none names this host (an old custom too).
  func peer(_ bytes: RawSpan, family: Int32) throws(ErrorNumber) -> SocketAddress {
    var peer: SocketAddress
    if isV6, family == SocketType.inet, !isStream {
      // Datagrams may go to an IPv4 address as it is, by a socket that is for both.
      if bytes.byteCount < AddressBytes.inetCount { throw .invalidArgument }
      if options.v6Only { throw .familyNotSupported }
      peer = AddressBytes.inet(bytes)
    } else if isV6 {
      if bytes.byteCount < AddressBytes.leastInet6Count { throw .invalidArgument }
      guard family == SocketType.inet6 else { throw .familyNotSupported }
      peer = AddressBytes.inet6(bytes)
      if peer.address.isV4, options.v6Only { throw .networkUnreachable }
    } else {
      if bytes.byteCount < AddressBytes.inetCount { throw .invalidArgument }
      guard family == SocketType.inet else { throw .familyNotSupported }
      peer = AddressBytes.inet(bytes)
    }
    if peer.address == .anyV4 { peer.address = .loopbackV4 }
    if peer.address == .any { peer.address = .loopback }
    return peer
  }

  /// `getsockname`, as C has addresses.
  public func localName() throws(ErrorNumber) -> [UInt8] {
    let name = try call { (table, d) throws(SocketError) in try table.localAddress(d) }
    return AddressBytes.bytes(name, asV6: isV6)
  }

  /// `getpeername`, as C has addresses.
  public func peerName() throws(ErrorNumber) -> [UInt8] {
    if isStream, try status().role == .connection(.closed) { throw .notConnected }
    let name = try call { (table, d) throws(SocketError) in try table.peerAddress(d) }
    return AddressBytes.bytes(name, asV6: isV6)
  }
}
