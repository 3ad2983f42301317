import StrataBase
import StrataSockets
import StrataTransport
import StrataWire

/// What can be asked and set.
extension SocketTable {
  public func readiness(_ d: Descriptor) -> Readiness {
    guard let entry = open.pointee.entry(d) else { return [] }
    switch entry.pointee.kind {
    case .fresh, .free: return []
    case .listener, .connection: return entry.pointee.handle.map { layers.pointee.tcp.readiness($0) } ?? []
    case .datagrams: return entry.pointee.handle.map { layers.pointee.udp.readiness($0) } ?? .writable
    }
  }

  public func unsent(_ d: Descriptor) -> Int {
    guard let entry = open.pointee.entry(d), entry.pointee.kind == .connection,
      let handle = entry.pointee.handle
    else { return 0 }
    return layers.pointee.tcp.connection(handle)?.pointee.unsentAndUnacknowledged ?? 0
  }

  public func takeError(_ d: Descriptor) -> SocketError? {
    guard let entry = open.pointee.entry(d), let handle = entry.pointee.handle else { return nil }
    switch entry.pointee.kind {
    case .free, .fresh, .listener: return nil
    case .datagrams:
      // Unlike a connection's, such a failure is no end: the next one is told again.
      entry.pointee.told.remove(.failed)
      return layers.pointee.udp.takeFailure(handle).map { SocketError($0) }
    case .connection: return layers.pointee.tcp.connection(handle).flatMap { takeFailure(entry, $0) }
    }
  }

  public func localAddress(_ d: Descriptor) throws(SocketError) -> SocketAddress {
    let entry = try entry(d)
    let name: SocketName?
    switch (entry.pointee.kind, entry.pointee.handle) {
    case (.listener, let handle?): name = layers.pointee.tcp.listenerName(handle)
    case (.connection, let handle?): name = layers.pointee.tcp.name(handle)?.local
    case (.datagrams, let handle?): name = layers.pointee.udp.usedName(handle)
    default: name = entry.pointee.bound
    }
    return SocketAddress(name ?? SocketName(.anyV4, 0))
  }

  public func timeToLive(_ d: Descriptor) throws(SocketError) -> Int {
    let entry = try entry(d)
    let own =
      entry.pointee.kind == .datagrams
      ? datagramSettings[d]?.timeToLive : (entry.pointee.settings ?? layers.pointee.settings.tcp).timeToLive
    return Int(own ?? layers.pointee.internet.settings.timeToLive)
  }

  public func peerAddress(_ d: Descriptor) throws(SocketError) -> SocketAddress {
    let entry = try entry(d)
    if entry.pointee.kind == .datagrams, let handle = entry.pointee.handle,
      let peer = layers.pointee.udp.peer(handle)
    {
      return SocketAddress(peer)
    }
    guard entry.pointee.kind == .connection else { throw .notConnected }
    let (_, connection) = try connection(d)
    guard connection.pointee.state.isSynchronized else { throw .notConnected }
    return SocketAddress(connection.pointee.name.remote)
  }

  // MARK: Options

  /// A buffer that is made smaller keeps what it holds.
  public func setOption(_ d: Descriptor, _ option: SocketOption) throws(SocketError) {
    let entry = try entry(d)
    if case .v6Only(let isOn) = option { return try setV6Only(entry, isOn) }
    if entry.pointee.kind == .datagrams { return try setDatagramOption(d, option) }
    if case .reuseAddress(let isOn) = option {
      if isOn { entry.pointee.marks.insert(.sharesName) } else { entry.pointee.marks.remove(.sharesName) }
      return
    }
    var settings = entry.pointee.settings ?? layers.pointee.settings.tcp
    try settings.set(option)
    entry.pointee.settings = settings
    guard let handle = entry.pointee.handle else { return }
    if entry.pointee.kind == .listener { return layers.pointee.tcp.change(handle, settings: settings) }
    if let hops = settings.timeToLive { layers.pointee.tcp.setTimeToLive(handle, hops) }
    let now = layers.pointee.now
    _ = layers.pointee.tcp.withConnection(handle) { connection in
      switch option {
      case .noDelay(let isOn): connection.noDelay = isOn
      case .keepAlive: connection.setKeepAlive(settings.keepAlive, at: now)
      case .linger: connection.setLinger(settings.linger)
      case .userTimeout: connection.setUserTimeout(settings.userTimeout)
      case .congestion: connection.setCongestion(settings.congestion)
      case .sendBuffer(let count): connection.setSendBuffer(count)
      case .receiveBuffer(let count): connection.setReceiveBuffer(count)
      case .timeToLive, .reuseAddress, .v6Only, .receiveErrors: break
      case .broadcast, .joinGroup, .leaveGroup, .groupInterface, .groupLoop, .groupTimeToLive: break
      }
    }
  }

  /// The system's own answer to this on a socket that has a name is EINVAL too.
  private func setV6Only(_ entry: UnsafeMutablePointer<SocketEntry>, _ isOn: Bool) throws(SocketError) {
    let isNamed = entry.pointee.bound != nil || entry.pointee.handle != nil
    guard !isNamed else { throw .invalidArgument }
    if isOn { entry.pointee.marks.insert(.v6Only) } else { entry.pointee.marks.remove(.v6Only) }
  }

  /// What was set on a listener holds for the connections that it takes.
  func inherit(_ settings: TCPSettings, _ entry: UnsafeMutablePointer<SocketEntry>, _ handle: Handle) {
    entry.pointee.settings = settings
    if let hops = settings.timeToLive { layers.pointee.tcp.setTimeToLive(handle, hops) }
    let now = layers.pointee.now
    _ = layers.pointee.tcp.withConnection(handle) { $0.apply(settings, at: now) }
  }
}

extension TCPSettings {
  fileprivate mutating func set(_ option: SocketOption) throws(SocketError) {
    switch option {
    case .noDelay(let isOn): self.noDelay = isOn
    case .keepAlive(nil, _, _): self.keepAlive = nil
    case .keepAlive(let idle?, let interval, let count):
      guard (1...255).contains(count), idle > .zero, interval > .zero else { throw .invalidArgument }
      self.keepAlive = KeepAlive(idle: idle, interval: interval, count: UInt8(count))
    case .linger(let time):
      if let time, time < .zero { throw .invalidArgument }
      self.linger = time
    case .userTimeout(let time):
      if let time, time <= .zero { throw .invalidArgument }
      self.userTimeout = time
    case .congestion(let algorithm): self.congestion = algorithm == .cubic ? .cubic : .newReno
    // A name in TIME-WAIT never stands in the way of a listener here.
    case .reuseAddress, .v6Only: break
    case .sendBuffer(let count):
      guard count > 0 else { throw .invalidArgument }
      self.sendBuffer = count
    case .receiveBuffer(let count):
      guard count > 0 else { throw .invalidArgument }
      self.receiveBuffer = count
    case .timeToLive(let hops):
      guard let hops = UInt8(exactly: hops), hops > 0 else { throw .invalidArgument }
      self.timeToLive = hops
    case .broadcast, .joinGroup, .leaveGroup, .groupInterface, .groupLoop, .groupTimeToLive, .receiveErrors:
      throw .notSupported
    }
  }
}
