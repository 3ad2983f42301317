import StrataBase
import StrataSockets
import StrataTransport
import StrataWire

/// The calls that make, name and end sockets.
extension SocketTable {
  public func socket(_ kind: SocketKind) throws(SocketError) -> Descriptor {
    let d = try add(kind == .stream ? .fresh : .datagrams)
    if kind == .echo { try entry(d).pointee.marks.insert(.isEcho) }
    return d
  }

  public func bind(_ d: Descriptor, to address: SocketAddress) throws(SocketError) {
    let entry = try entry(d)
    let name = SocketName(address.address, address.port), v6Only = entry.pointee.marks.contains(.v6Only)
    switch entry.pointee.kind {
    case .fresh where entry.pointee.bound == nil:
      let shares = entry.pointee.marks.contains(.sharesName)
      entry.pointee.bound = try call { () throws(TransportError) in
        try layers.pointee.tcp.bind(name, v6Only: v6Only, shares: shares, layers.pointee.internet)
      }
      if shares { entry.pointee.marks.insert(.isShared) }
    case .datagrams where entry.pointee.handle == nil: _ = try bindDatagrams(d, to: name)
    default: throw .invalidArgument
    }
  }

  public func listen(_ d: Descriptor, backlog: Int) throws(SocketError) {
    let entry = try entry(d)
    if entry.pointee.kind == .datagrams { throw .notSupported }
    guard entry.pointee.kind == .fresh, backlog >= 0 else { throw .invalidArgument }
    let bound = entry.pointee.bound, v6Only = entry.pointee.marks.contains(.v6Only)
    let settings = entry.pointee.settings
    let owner = owner(d).rawValue
    entry.pointee.handle = try call { () throws(TransportError) in
      try layers.pointee.tcp.listen(
        on: bound ?? SocketName(.anyV4, 0), backlog: backlog, owner: owner, isBound: bound != nil,
        v6Only: v6Only, settings: settings)
    }
    entry.pointee.kind = .listener
  }

  public func accept(_ d: Descriptor) throws(SocketError) -> (descriptor: Descriptor, peer: SocketAddress) {
    let listener = try listener(d)
    guard let handle = listener.pointee.handle, let queues = layers.pointee.tcp.listenerQueues(handle),
      queues.finished > 0
    else { throw .wouldBlock }
    let settings = listener.pointee.settings
    guard let accepted = open.pointee.add(.connection) else {
      starve(d)
      throw .tooManyDescriptors
    }
    guard let connection = layers.pointee.tcp.accept(handle, owner: owner(accepted).rawValue),
      let name = layers.pointee.tcp.name(connection)
    else {
      open.pointee.remove(accepted)
      throw .wouldBlock
    }
    let entry = open.pointee.lent(accepted)
    entry.pointee.handle = connection
    if let settings { inherit(settings, entry, connection) }
    layers.pointee.announce()
    if layers.pointee.isObserved { layers.pointee.observer?.opened(name) }
    return (accepted, SocketAddress(name.remote))
  }

  /// Who could not accept for want of descriptors is told when there is one.
  private func starve(_ d: Descriptor) {
    guard let entry = open.pointee.entry(d), !entry.pointee.marks.contains(.isStarved) else { return }
    entry.pointee.marks.insert(.isStarved)
    starved.append(owner(d))
  }

  public func connect(_ d: Descriptor, to peer: SocketAddress) throws(SocketError) {
    let entry = try entry(d)
    switch entry.pointee.kind {
    case .fresh: break
    case .connection:
      let state = entry.pointee.handle.flatMap { layers.pointee.tcp.connection($0)?.pointee.state }
      throw state?.isConnecting == true ? .inProgress : .alreadyConnected
    case .datagrams: return try connectDatagrams(d, to: SocketName(peer.address, peer.port))
    case .listener, .free: throw .invalidArgument
    }
    let (bound, settings, owner) = (entry.pointee.bound, entry.pointee.settings, owner(d).rawValue)
    let handle = try call { () throws(TransportError) in
      try layers.pointee.tcp.connect(
        from: bound, to: SocketName(peer.address, peer.port), owner: owner, settings: settings,
        &layers.pointee.internet, at: layers.pointee.now)
    }
    entry.pointee.handle = handle
    entry.pointee.kind = .connection
    if layers.pointee.isObserved, let name = layers.pointee.tcp.name(handle) {
      layers.pointee.observer?.opened(name)
    }
    throw .inProgress
  }

  public func shutdown(_ d: Descriptor, _ way: Shutdown) throws(SocketError) {
    let (entry, connection) = try connection(d)
    guard connection.pointee.state.isSynchronized, connection.pointee.failure == nil else {
      throw .notConnected
    }
    if way != .read, let handle = entry.pointee.handle {
      layers.pointee.tcp.closeWrite(handle, at: layers.pointee.now)
    }
    if way != .write {
      entry.pointee.marks.insert(.readsNoMore)
      announce(owner(d), .readable)
    }
  }

  // MARK: Closing

  public func close(_ d: Descriptor) { letGo(d, isAbort: false) }

  public func abort(_ d: Descriptor) { letGo(d, isAbort: true) }

  private func letGo(_ d: Descriptor, isAbort: Bool) {
    guard let entry = open.pointee.entry(d) else { return }
    if entry.pointee.isLent {
      // The body that closes it still looks at its bytes.
      entry.pointee.marks.formUnion(isAbort ? [.closes, .aborts] : .closes)
      open.pointee.withdraw(d)
    } else {
      release(d, isAbort: isAbort)
    }
  }

  /// Closes a socket that a body closed, once no body works on it.
  func releaseIfClosed(_ d: Descriptor) {
    if open.pointee.isStopped { return }
    let entry = open.pointee.lent(d)
    guard entry.pointee.marks.contains(.closes), !entry.pointee.isLent else { return }
    release(d, isAbort: entry.pointee.marks.contains(.aborts))
  }

  private func release(_ d: Descriptor, isAbort: Bool) {
    let entry = open.pointee.lent(d).pointee
    let now = layers.pointee.now
    if entry.marks.contains(.waitsForRoom) {
      let owner = owner(d)
      layers.pointee.waitingForRoom.removeAll { $0 == owner }
    }
    open.pointee.remove(d)
    datagramSettings[d] = nil
    if let handle = entry.handle {
      switch entry.kind {
      case .listener: layers.pointee.tcp.closeListener(handle, at: now)
      case .datagrams: layers.pointee.udp.close(handle, &layers.pointee.internet, at: now)
      case .connection where isAbort || entry.settings?.linger == .zero:
        layers.pointee.tcp.abort(handle, at: now)
      case .connection: layers.pointee.tcp.close(handle, at: now)
      case .fresh, .free: break
      }
    }
    if let bound = entry.bound { layers.pointee.tcp.unbind(bound, shares: entry.marks.contains(.isShared)) }
    let waiting = starved
    starved.removeAll()
    for owner in waiting {
      open.pointee.entry(owner.descriptor)?.pointee.marks.remove(.isStarved)
      announce(owner, .readable)
    }
  }
}
