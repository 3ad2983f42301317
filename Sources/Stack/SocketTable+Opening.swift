import StrataBase
import StrataSockets
import StrataTransport
import StrataWire

/// The calls that make, name and end sockets.
extension SocketTable {
  public func socket(_ kind: SocketKind) throws(SocketError) -> Descriptor {
    try add(kind == .stream ? .fresh(nil) : .datagram(nil), host.settings.tcp)
  }

  public func bind(_ d: Descriptor, to address: SocketAddress) throws(SocketError) {
    let name = SocketName(address.address, address.port)
    switch try entry(d).socket {
    case .fresh(nil):
      let bound = try call { () throws(TransportError) in
        try layers.pointee.tcp.bind(name, layers.pointee.internet)
      }
      change(d) { $0.socket = .fresh(bound) }
    case .datagram(nil): _ = try bindDatagrams(d, to: name)
    case .fresh, .listener, .connection, .datagram: throw .invalidArgument
    }
  }

  public func listen(_ d: Descriptor, backlog: Int) throws(SocketError) {
    guard case .fresh(let bound) = try entry(d).socket else { throw .invalidArgument }
    let owner = owner(d)
    let handle = try call { () throws(TransportError) in
      try layers.pointee.tcp.listen(
        on: bound ?? SocketName(.anyV4, 0), backlog: backlog, owner: owner, isBound: bound != nil)
    }
    change(d) { $0.socket = .listener(handle) }
  }

  public func accept(_ d: Descriptor) throws(SocketError) -> (descriptor: Descriptor, peer: SocketAddress) {
    guard case .listener(let listener) = try entry(d).socket else { throw .invalidArgument }
    guard let queues = layers.pointee.tcp.listenerQueues(listener), queues.finished > 0 else { throw .wouldBlock }
    let accepted = try add(.fresh(nil), host.settings.tcp)
    guard let handle = layers.pointee.tcp.accept(listener, owner: owner(accepted)) else {
      _ = remove(accepted)
      throw .wouldBlock
    }
    change(accepted) { $0.socket = .connection(handle) }
    host.announce()
    let name = try connectionName(accepted)
    host.observer?.opened(name)
    return (accepted, SocketAddress(name.remote))
  }

  public func connect(_ d: Descriptor, to peer: SocketAddress) throws(SocketError) {
    let entry = try entry(d)
    let remote = SocketName(peer.address, peer.port)
    switch entry.socket {
    case .fresh(let bound):
      let owner = owner(d)
      let handle = try call { () throws(TransportError) in
        try layers.pointee.tcp.connect(
          from: bound, to: remote, owner: owner, settings: entry.settings, &layers.pointee.internet, at: now)
      }
      change(d) { $0.socket = .connection(handle) }
      host.observer?.opened(try connectionName(d))
      throw .inProgress
    case .connection(let handle):
      let state = layers.pointee.tcp.withConnection(handle) { $0.state }
      throw state == .synSent ? .inProgress : .alreadyConnected
    case .listener: throw .invalidArgument
    case .datagram: try connectDatagrams(d, to: remote)
    }
  }

  public func shutdown(_ d: Descriptor, _ way: Shutdown) throws(SocketError) {
    let handle = try connection(d)
    let isConnected = layers.pointee.tcp.withConnection(handle) { connection in
      connection.state.isSynchronized && connection.failure == nil
    }
    guard isConnected == true else { throw .notConnected }
    if way != .read { layers.pointee.tcp.closeWrite(handle, at: now) }
    if way != .write {
      change(d) { $0.readsNoMore = true }
      announceNow(d, .readable)
    }
  }

  public func close(_ d: Descriptor) { letGo(d, isAbort: false) }

  public func abort(_ d: Descriptor) { letGo(d, isAbort: true) }

  private func letGo(_ d: Descriptor, isAbort: Bool) {
    guard let entry = remove(d) else { return }
    switch entry.socket {
    case .fresh(let bound): if let bound { layers.pointee.tcp.unbind(bound) }
    case .listener(let handle): layers.pointee.tcp.closeListener(handle, at: now)
    case .datagram(let handle): if let handle { layers.pointee.udp.close(handle, &layers.pointee.internet, at: now) }
    case .connection(let handle):
      if isAbort || entry.settings.linger == .zero {
        layers.pointee.tcp.abort(handle, at: now)
      } else {
        layers.pointee.tcp.close(handle, at: now)
      }
    }
  }

  public func setOption(_ d: Descriptor, _ option: SocketOption) throws(SocketError) {
    let entry = try entry(d)
    if case .datagram = entry.socket { return try setDatagramOption(d, option) }
    var settings = entry.settings
    try settings.set(option)
    change(d) { $0.settings = settings }
    guard case .connection(let handle) = entry.socket else { return }
    let now = now
    _ = layers.pointee.tcp.withConnection(handle) { connection in
      switch option {
      case .noDelay(let isOn): connection.noDelay = isOn
      case .keepAlive: connection.setKeepAlive(settings.keepAlive, at: now)
      case .linger: connection.setLinger(settings.linger)
      // Buffers are a connection's from its beginning.
      case .reuseAddress, .sendBuffer, .receiveBuffer: break
      case .broadcast, .joinGroup, .leaveGroup, .groupInterface, .groupLoop, .groupTimeToLive: break
      }
    }
  }

  /// Makes a call of Transport, with its error said as a socket's.
  func call<R>(_ body: () throws(TransportError) -> R) throws(SocketError) -> R {
    do { return try body() } catch { throw SocketError(error) }
  }
}

extension TCPSettings {
  fileprivate mutating func set(_ option: SocketOption) throws(SocketError) {
    switch option {
    case .noDelay(let isOn): self.noDelay = isOn
    case .keepAlive(let idle, let interval, let count):
      guard (1...255).contains(count), interval > .zero else { throw .invalidArgument }
      self.keepAlive = idle.map { KeepAlive(idle: $0, interval: interval, count: UInt8(count)) }
    case .linger(let time): self.linger = time
    // A name in TIME-WAIT never stands in the way of a listener here.
    case .reuseAddress: break
    case .sendBuffer(let count):
      guard count > 0 else { throw .invalidArgument }
      self.sendBuffer = count
    case .receiveBuffer(let count):
      guard count > 0 else { throw .invalidArgument }
      self.receiveBuffer = count
    case .broadcast, .joinGroup, .leaveGroup, .groupInterface, .groupLoop, .groupTimeToLive:
      throw .notSupported
    }
  }
}
