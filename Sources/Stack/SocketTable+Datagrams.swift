import StrataBase
import StrataSockets
import StrataTransport
import StrataWire

/// The calls that move datagrams.
extension SocketTable {
  /// The handle of a socket for datagrams; gives it a name first where it has none.
  /// `peer`: whom it is about to send to.
  func datagrams(_ d: Descriptor, for peer: Address? = nil) throws(SocketError) -> Handle {
    let entry = try entry(d)
    guard entry.pointee.kind == .datagrams else { throw .notSupported }
    if let handle = entry.pointee.handle { return handle }
    return try bindDatagrams(d, to: SocketName(peer?.isV4 ?? true ? .anyV4 : .any, 0))
  }

  func bindDatagrams(_ d: Descriptor, to name: SocketName) throws(SocketError) -> Handle {
    let owner = owner(d).rawValue
    var settings = datagramSettings[d] ?? UDPSettings()
    let marks = try entry(d).pointee.marks
    settings.v6Only = marks.contains(.v6Only)
    let kind: UDP.Kind = marks.contains(.isEcho) ? .echo : .datagram
    let handle = try call { () throws(TransportError) in
      try layers.pointee.udp.bind(name, kind: kind, owner: owner, settings: settings, layers.pointee.internet)
    }
    try entry(d).pointee.handle = handle
    return handle
  }

  public func send(
    _ d: Descriptor, _ datagram: RawSpan, to peer: SocketAddress?
  ) throws(SocketError) {
    try send(d, datagram, to: peer, from: nil)
  }

  /// The same in the name of `source`, where that is not the socket's own; see `datagramsToAll`.
  public func send(
    _ d: Descriptor, _ datagram: RawSpan, to peer: SocketAddress?, from source: SocketAddress?
  ) throws(SocketError) {
    let handle = try datagrams(d, for: peer?.address)
    let peer = peer.map { SocketName($0.address, $0.port) }
    let source = source.map { SocketName($0.address, $0.port) }
    if let error = takeError(d) { throw error }
    do throws(TransportError) {
      try layers.pointee.udp.send(
        handle, datagram, to: peer, from: source, &layers.pointee.internet, at: layers.pointee.now)
    } catch .noBuffers {
      waitForRoom(d)
      throw .wouldBlock
    } catch {
      throw SocketError(error)
    }
  }

  private func waitForRoom(_ d: Descriptor) {
    guard let entry = open.pointee.entry(d) else { return }
    entry.pointee.marks.insert(.isWriteBlocked)
    if entry.pointee.marks.contains(.waitsForRoom) { return }
    entry.pointee.marks.insert(.waitsForRoom)
    layers.pointee.waitForRoom(owner(d))
  }

  public func receive(
    _ d: Descriptor, into target: inout MutableRawSpan
  ) throws(SocketError) -> (count: Int, from: SocketAddress) {
    let got = try receiveDatagram(d, into: &target)
    return (got.count, got.from)
  }

  public func receiveDatagram(
    _ d: Descriptor, into target: inout MutableRawSpan
  ) throws(SocketError) -> ReceivedDatagram {
    let handle = try datagrams(d)
    if let error = takeError(d) { throw error }
    guard let datagram = layers.pointee.udp.next(handle) else { throw .wouldBlock }
    let count = min(datagram.frame.count, target.byteCount)
    target.set(datagram.frame.bytes.extracting(first: count), at: 0)
    return ReceivedDatagram(
      count: count, from: SocketAddress(datagram.source), timeToLive: Int(datagram.timeToLive))
  }

  public func takeNetworkError(_ d: Descriptor) -> NetworkError? {
    guard let entry = open.pointee.entry(d), entry.pointee.kind == .datagrams,
      let handle = entry.pointee.handle, let error = layers.pointee.udp.takeError(handle)
    else { return nil }
    entry.pointee.told.remove(.failed)
    return NetworkError(error, isEcho: entry.pointee.marks.contains(.isEcho))
  }

  /// Shows the datagram that waits longest, and keeps it or not; nil when none waits.
  public func withDatagram<R>(
    _ d: Descriptor, keeps: Bool, _ body: (borrowing Datagram) -> R
  ) throws(SocketError) -> R? {
    let handle = try datagrams(d)
    if keeps { return layers.pointee.udp.withNext(handle, body) }
    guard let datagram = layers.pointee.udp.next(handle) else { return nil }
    return body(datagram)
  }

  /// Hears everyone again.
  public func disconnectDatagrams(_ d: Descriptor) throws(SocketError) {
    let handle = try datagrams(d)
    try call { () throws(TransportError) in
      try layers.pointee.udp.connect(handle, to: nil, layers.pointee.internet)
    }
  }

  func connectDatagrams(_ d: Descriptor, to peer: SocketName) throws(SocketError) {
    let handle = try datagrams(d, for: peer.address)
    try call { () throws(TransportError) in
      try layers.pointee.udp.connect(handle, to: peer, layers.pointee.internet)
    }
    try entry(d).pointee.marks.insert(.isWriteBlocked)
    announce(owner(d), .writable)
  }

  /// Groups are joined at once; everything else is a setting, which a socket without a name keeps until it
  /// has one.
  func setDatagramOption(_ d: Descriptor, _ option: SocketOption) throws(SocketError) {
    var settings = datagramSettings[d] ?? UDPSettings()
    switch option {
    case .reuseAddress(let isOn): settings.sharesName = isOn
    case .receiveBuffer(let count):
      guard count > 0 else { throw .invalidArgument }
      settings.receiveBuffer = count
    case .sendBuffer(let count): guard count > 0 else { throw .invalidArgument }
    case .broadcast(let isOn): settings.broadcast = isOn
    case .timeToLive(let hops):
      guard let hops = UInt8(exactly: hops), hops > 0 else { throw .invalidArgument }
      settings.timeToLive = hops
    case .receiveErrors(let isOn): settings.receivesErrors = isOn
    case .groupLoop(let isOn): settings.loopsBack = isOn
    case .groupTimeToLive(let hops):
      guard let hops = UInt8(exactly: hops) else { throw .invalidArgument }
      settings.groupTimeToLive = hops
    case .groupInterface(let address): settings.outlet = try interface(of: address)
    case .joinGroup(let group, let address):
      let handle = try datagrams(d, for: group), interface = try interface(of: address), now = now
      return try call { () throws(TransportError) in
        try layers.pointee.udp.join(handle, group, on: interface, &layers.pointee.internet, at: now)
      }
    case .leaveGroup(let group, let address):
      let handle = try datagrams(d, for: group), interface = try interface(of: address), now = now
      return try call { () throws(TransportError) in
        try layers.pointee.udp.leave(handle, group, on: interface, &layers.pointee.internet, at: now)
      }
    case .noDelay, .keepAlive, .linger, .congestion, .userTimeout, .v6Only: throw .notSupported
    }
    try set(d, settings)
  }

  /// What goes to groups and to all leaves by this interface, whether it has an address or not.
  func setOutlet(_ d: Descriptor, _ interface: Int) throws(SocketError) {
    var settings = datagramSettings[d] ?? UDPSettings()
    settings.outlet = interface
    try set(d, settings)
  }

  private func set(_ d: Descriptor, _ settings: UDPSettings) throws(SocketError) {
    let entry = try entry(d)
    datagramSettings[d] = settings
    if let handle = entry.pointee.handle { layers.pointee.udp.set(handle, settings) }
  }

  /// The interface that has an address; nil for an unspecified one.
  private func interface(of address: Address) throws(SocketError) -> Int? {
    if address.isUnspecified { return nil }
    guard let number = layers.pointee.internet.interface(with: address) else { throw .addressNotAvailable }
    return number
  }
}
