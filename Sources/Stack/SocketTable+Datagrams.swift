import StrataBase
import StrataSockets
import StrataTransport
import StrataWire

/// The calls that move datagrams.
extension SocketTable {
  /// The handle of a socket for datagrams; gives it a name first where it has none.
  func datagrams(_ d: Descriptor) throws(SocketError) -> Handle {
    switch try entry(d).socket {
    case .datagram(let handle?): return handle
    case .datagram(nil): return try bindDatagrams(d, to: SocketName(.anyV4, 0))
    case .fresh, .listener, .connection: throw .notSupported
    }
  }

  func bindDatagrams(_ d: Descriptor, to name: SocketName) throws(SocketError) -> Handle {
    let owner = owner(d), settings = try entry(d).datagrams
    let handle = try call { () throws(TransportError) in
      try layers.pointee.udp.bind(name, owner: owner, settings: settings, layers.pointee.internet)
    }
    change(d) { $0.socket = .datagram(handle) }
    return handle
  }

  public func send(
    _ d: Descriptor, _ datagram: RawSpan, to peer: SocketAddress?
  ) throws(SocketError) {
    let handle = try datagrams(d)
    let peer = peer.map { SocketName($0.address, $0.port) }
    if let error = takeError(d) { throw error }
    do throws(TransportError) {
      try layers.pointee.udp.send(
        handle, datagram, to: peer, &layers.pointee.internet, at: now)
    } catch .noBuffers {
      throw .wouldBlock
    } catch {
      throw SocketError(error)
    }
  }

  public func receive(
    _ d: Descriptor, into target: inout MutableRawSpan
  ) throws(SocketError) -> (count: Int, from: SocketAddress) {
    let handle = try datagrams(d)
    if let error = takeError(d) { throw error }
    guard let datagram = layers.pointee.udp.next(handle) else { throw .wouldBlock }
    let count = min(datagram.frame.count, target.byteCount)
    target.set(datagram.frame.bytes.extracting(first: count), at: 0)
    return (count, SocketAddress(datagram.source))
  }

  func connectDatagrams(_ d: Descriptor, to peer: SocketName) throws(SocketError) {
    let handle = try datagrams(d)
    try call { () throws(TransportError) in
      try layers.pointee.udp.connect(handle, to: peer, layers.pointee.internet)
    }
    announceNow(d, .writable)
  }

  /// Groups are joined at once; everything else is a setting, which a socket without a name keeps until it
  /// has one.
  func setDatagramOption(_ d: Descriptor, _ option: SocketOption) throws(SocketError) {
    var settings = try entry(d).datagrams
    switch option {
    case .reuseAddress(let isOn): settings.sharesName = isOn
    case .receiveBuffer(let count):
      guard count > 0 else { throw .invalidArgument }
      settings.receiveBuffer = count
    case .sendBuffer(let count): guard count > 0 else { throw .invalidArgument }
    case .broadcast(let isOn): settings.broadcast = isOn
    case .groupLoop(let isOn): settings.loopsBack = isOn
    case .groupTimeToLive(let hops):
      guard let hops = UInt8(exactly: hops) else { throw .invalidArgument }
      settings.groupTimeToLive = hops
    case .groupInterface(let address): settings.outlet = try interface(of: address)
    case .joinGroup(let group, let address):
      let handle = try datagrams(d), interface = try interface(of: address), now = now
      return try call { () throws(TransportError) in
        try layers.pointee.udp.join(handle, group, on: interface, &layers.pointee.internet, at: now)
      }
    case .leaveGroup(let group, let address):
      let handle = try datagrams(d), interface = try interface(of: address), now = now
      return try call { () throws(TransportError) in
        try layers.pointee.udp.leave(handle, group, on: interface, &layers.pointee.internet, at: now)
      }
    case .noDelay, .keepAlive, .linger: throw .notSupported
    }
    change(d) { $0.datagrams = settings }
    if case .datagram(let handle?) = try entry(d).socket { layers.pointee.udp.set(handle, settings) }
  }

  /// What goes to groups and to all leaves by this interface, whether it has an address or not.
  func setOutlet(_ d: Descriptor, _ interface: Int) throws(SocketError) {
    change(d) { $0.datagrams.outlet = interface }
    if case .datagram(let handle?) = try entry(d).socket {
      layers.pointee.udp.set(handle, try entry(d).datagrams)
    }
  }

  /// The interface that has an address; nil for an unspecified one.
  private func interface(of address: Address) throws(SocketError) -> Int? {
    if address.isUnspecified { return nil }
    guard let number = layers.pointee.internet.interface(with: address) else { throw .addressNotAvailable }
    return number
  }
}
