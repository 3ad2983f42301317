import StrataBase
import StrataInternet
import StrataWire

// What a user may ask of the table. A stale handle is harmless: such a call throws or gives nil.
extension TCP {
  // MARK: - Names

  /// Reserves a local name, as a socket does before it listens or connects. Port 0 asks for any free
  /// one; the name that was reserved is returned. Connections in TIME-WAIT do not count, as with
  /// SO_REUSEADDR. `v6Only`: `::` does not stand for IPv4 addresses too. `shares`: others that share too
  /// may have the same name, as long as nobody listens there.
  ///
  /// Throws `addressInUse`, `addressNotAvailable`, `noPortLeft`.
  public mutating func bind(
    _ name: SocketName, v6Only: Bool = false, shares: Bool = false, _ internet: borrowing Internet
  ) throws(TransportError) -> SocketName {
    guard name.address.isUnspecified || internet.isLocal(name.address) else { throw .addressNotAvailable }
    let chosen = try free(name, v6Only, shares: shares)
    bound.insert(chosen, number: Self.sharing(shares), v6Only: v6Only)
    return chosen
  }

  /// Gives a reserved name back.
  public mutating func unbind(_ name: SocketName, shares: Bool = false) {
    bound.remove(name, number: Self.sharing(shares))
  }

  /// The number that a reserved name has among the bindings.
  private static func sharing(_ shares: Bool) -> Int { shares ? 1 : 0 }

  /// Whether a connection, or what is left of one in TIME-WAIT, has a local name that `name` covers.
  public func isUsed(_ name: SocketName) -> Bool {
    let isSame = { (key: ConnectionKey) in
      key.localName.port == name.port
        && (name.address.isUnspecified || key.localName.address == name.address)
    }
    return endpoints.handles.contains { handle in
      guard let endpoint = endpoints.pointer(handle), endpoint.pointee.isOnWire,
        let connection = endpoint.pointee.connection
      else { return false }
      return isSame(ConnectionKey(connection.pointee.name))
    } || timeWait.contains(isSame)
  }

  /// The name itself, or with a free port where it has none.
  private mutating func free(
    _ name: SocketName, _ v6Only: Bool, shares: Bool = false
  ) throws(TransportError) -> SocketName {
    if name.port != 0 {
      let others = bound.all(overlapping: name, v6Only: v6Only)
      let isShared = shares && others.allSatisfy { $0 == Self.sharing(true) }
      if !(others.isEmpty || isShared) || listeners.overlaps(name, v6Only: v6Only) { throw .addressInUse }
      return name
    }
    let port = ports.pick { !bound.contains(port: $0) && !listeners.contains(port: $0) }
    guard let port else { throw .noPortLeft }
    return SocketName(name.address, port)
  }

  // MARK: - Listeners

  /// Takes connections to a local name; an unspecified address means all of ours, port 0 any free one.
  /// `backlog`: the most connections that wait to be accepted, at most `TableLimits.backlog`.
  /// `isBound`: the caller has reserved this very name by `bind`. `v6Only` as there. `settings`: what the
  /// connections are made with; nil: the table's.
  ///
  /// Throws `addressInUse`, `noPortLeft`, `tableFull`.
  public mutating func listen(
    on name: SocketName, backlog: Int, owner: UInt64, isBound: Bool = false, v6Only: Bool = false,
    settings: TCPSettings? = nil
  ) throws(TransportError) -> Handle {
    if isBound, listeners.overlaps(name, v6Only: v6Only) { throw .addressInUse }
    let name = isBound ? name : try free(name, v6Only)
    guard !listeners.isFull else { throw .tableFull }
    let number = listeners.nextNumber
    guard let handle = endpoints.insert(Endpoint(listener: number, owner: owner)) else { throw .tableFull }
    listeners.insert(
      Listener(
        name: name, v6Only: v6Only, handle: handle, settings: settings ?? self.settings,
        backlog: min(backlog, limits.backlog)))
    return handle
  }

  /// What was asked of a listener changes: the most connections that wait, and what new ones are made with.
  public mutating func change(_ listener: Handle, backlog: Int? = nil, settings: TCPSettings? = nil) {
    guard let listening = listenerPointer(listener) else { return }
    if let backlog { listening.pointee.finished.backlog = max(min(backlog, limits.backlog), 1) }
    if let settings { listening.pointee.settings = settings }
  }

  /// The connection that waits longest to be accepted; nil when none waits. `owner` is told by a notice
  /// what it is ready for.
  public mutating func accept(_ listener: Handle, owner: UInt64) -> Handle? {
    guard let listening = listenerPointer(listener), let handle = listening.pointee.finished.pop() else {
      return nil
    }
    guard let endpoint = endpoints.pointer(handle) else { return nil }
    endpoint.pointee.owner = owner
    endpoint.pointee.listener = -1
    endpoint.pointee.connection?.pointee.owner = owner
    notices.push(handle.index)
    return handle
  }

  /// The name that a listener has, with its port; nil for a stale handle.
  public func listenerName(_ listener: Handle) -> SocketName? { listenerPointer(listener)?.pointee.name }

  /// How many connections are in each of a listener's queues; nil for a stale handle.
  public func listenerQueues(_ listener: Handle) -> (halfOpen: Int, finished: Int, backlog: Int)? {
    guard let listening = listenerPointer(listener) else { return nil }
    let finished = listening.pointee.finished.count
    return (listening.pointee.halfOpen, finished, listening.pointee.finished.backlog)
  }

  /// Takes no more connections. Those that were not accepted are reset.
  public mutating func closeListener(_ listener: Handle, at now: Instant) {
    guard let number = endpoints.pointer(listener)?.pointee.listener,
      let listening = listenerPointer(listener)
    else { return }
    for index in halfOpen.entries(of: number) { forget(index, at: now) }
    while let connection = listening.pointee.finished.pop() {
      endpoints.pointer(connection)?.pointee.listener = -1
      abort(connection, at: now)
    }
    listeners.remove(number)
    release(listener.index)
  }

  func listenerPointer(_ handle: Handle) -> UnsafeMutablePointer<Listener>? {
    guard let endpoint = endpoints.pointer(handle), endpoint.pointee.connection == nil else { return nil }
    return listeners.pointer(endpoint.pointee.listener)
  }

  // MARK: - Connections

  /// Begins to connect to a peer. The owner is told when it is writable or failed. `local`: our name;
  /// nil, an unspecified address or port 0 leave the choice to us.
  ///
  /// Throws `invalidArgument`, `noRoute`, `addressNotAvailable`, `addressInUse`, `noPortLeft`, `tableFull`.
  public mutating func connect(
    from local: SocketName? = nil, to remote: SocketName, owner: UInt64, settings: TCPSettings? = nil,
    _ internet: inout Internet, at now: Instant
  ) throws(TransportError) -> Handle {
    guard remote.port != 0, !remote.address.isUnspecified, !remote.address.isMulticast,
      !remote.address.isBroadcast
    else { throw .invalidArgument }
    // A name of one version leads to no peer of the other; `::` leads to both.
    if let local, local.address != .any, local.address.isV4 != remote.address.isV4 { throw .noRoute }
    let source = local.flatMap { $0.address.isUnspecified ? nil : $0.address }
    if let source, !internet.isLocal(source) { throw .addressNotAvailable }
    guard var path = internet.path(to: remote.address, from: source) else { throw .noRoute }
    if let hops = (settings ?? self.settings).timeToLive { path.timeToLive = hops }
    let name = try freeName(path.source, local?.port ?? 0, remote)
    let key = ConnectionKey(name)
    let place = UnsafeMutablePointer<Connection>.allocate(capacity: 1)
    guard let handle = endpoints.insert(Endpoint(connection: place, path: path, owner: owner)) else {
      place.deallocate()
      throw .tableFull
    }
    place.initialize(
      to: Connection(
        active: name, slot: handle.slot, owner: owner, settings: settings ?? self.settings,
        link: internet.capabilities(of: path), initialSequence: initialSequence.sequence(key, at: now),
        timestampOffset: initialSequence.timestampOffset(key), at: now, trace: trace))
    demultiplexer.insert(key, Place(.connection, handle.index))
    counters.opened += 1
    if let endpoint = endpoints.pointer(handle) { after(handle.index, endpoint) }
    return handle
  }

  /// The hops that segments of a connection may take from now on.
  public mutating func setTimeToLive(_ handle: Handle, _ hops: UInt8) {
    endpoints.pointer(handle)?.pointee.path?.timeToLive = hops
  }

  /// A name for a connection that no other connection has.
  private mutating func freeName(
    _ address: Address, _ port: UInt16, _ remote: SocketName
  ) throws(TransportError) -> ConnectionName {
    if port != 0 {
      let name = ConnectionName(local: SocketName(address, port), remote: remote)
      if !demultiplexer.find(ConnectionKey(name)).isEmpty { throw .addressInUse }
      return name
    }
    let port = pickPort { port, table in
      let local = SocketName(address, port)
      return table.demultiplexer.find(ConnectionKey(local: local, remote: remote)).isEmpty
        && !table.listeners.contains(port: port) && !table.bound.contains(port: port)
    }
    guard let port else { throw .noPortLeft }
    return ConnectionName(local: SocketName(address, port), remote: remote)
  }

  private mutating func pickPort(_ isFree: (UInt16, borrowing TCP) -> Bool) -> UInt16? {
    var ports = ports
    defer { self.ports = ports }
    return ports.pick { isFree($0, self) }
  }

  /// Lets `body` work on a connection, and then does what became necessary. Nil for a stale handle.
  public mutating func withConnection<R>(_ handle: Handle, _ body: (inout Connection) -> R) -> R? {
    guard let endpoint = held(handle), let connection = endpoint.pointee.connection else { return nil }
    let result = body(&connection.pointee)
    after(handle.index, endpoint)
    return result
  }

  /// The endpoint of a connection whose user has not let go of it.
  @inline(__always) private func held(_ handle: Handle) -> UnsafeMutablePointer<Endpoint>? {
    guard let endpoint = endpoints.pointer(handle), endpoint.pointee.connection != nil,
      endpoint.pointee.isHeld
    else { return nil }
    return endpoint
  }

  /// What follows a call of the user's: something to send, another deadline.
  @inline(__always)
  mutating func after(_ index: Int, _ endpoint: UnsafeMutablePointer<Endpoint>) {
    guard let connection = endpoint.pointee.connection, endpoint.pointee.isOnWire else { return }
    if connection.pointee.hasOutput { ready.push(index) }
    arm(index, endpoint)
  }

  /// Where a connection lies until its handle is closed; nil for a stale handle. For an owner whose user
  /// may make other calls of the table while he fills or drains. Say `wasUsed` after a change.
  @inline(__always)
  public mutating func connection(_ handle: Handle) -> UnsafeMutablePointer<Connection>? {
    held(handle)?.pointee.connection
  }

  /// Does what a call of a connection made necessary: something to send, another deadline.
  public mutating func wasUsed(_ handle: Handle) {
    if let endpoint = held(handle) { after(handle.index, endpoint) }
  }

  /// Puts bytes into the stream: `body` fills the connection's own buffer and says how much it filled.
  /// Gives that; nil for a stale handle.
  public mutating func fill(_ handle: Handle, _ body: (inout MutableRawSpan) -> Int) -> Int? {
    withConnection(handle) { $0.fill(body) }
  }

  /// Copies bytes into the stream and says how many fitted; nil for a stale handle.
  public mutating func write(_ handle: Handle, _ bytes: RawSpan) -> Int? {
    guard let endpoint = held(handle), let connection = endpoint.pointee.connection else { return nil }
    let count = connection.pointee.write(bytes)
    after(handle.index, endpoint)
    return count
  }

  /// Lets `body` read what arrived in place and say how much of it it used. Gives that; nil for a stale
  /// handle.
  public mutating func drain(_ handle: Handle, _ body: (RawSpan) -> Int) -> Int? {
    withConnection(handle) { $0.drain(body) }
  }

  /// Copies out what arrived and says how much that was; nil for a stale handle.
  public mutating func read(_ handle: Handle, into target: inout MutableRawSpan) -> Int? {
    guard let endpoint = held(handle), let connection = endpoint.pointee.connection else { return nil }
    let count = connection.pointee.read(into: &target)
    after(handle.index, endpoint)
    return count
  }

  /// No more bytes will be written: a FIN follows what is queued.
  public mutating func closeWrite(_ handle: Handle, at now: Instant) {
    guard let endpoint = held(handle), let connection = endpoint.pointee.connection else { return }
    settle(handle.index, endpoint, connection.pointee.closeWrite(at: now), at: now)
  }

  /// What a connection or a listener is ready for now; empty for a stale handle.
  public func readiness(_ handle: Handle) -> Readiness {
    if let listening = listenerPointer(handle) {
      return listening.pointee.isReadable ? .readable : []
    }
    return held(handle)?.pointee.connection?.pointee.readiness ?? []
  }

  /// Both ends' names; nil for a stale handle.
  public func name(_ handle: Handle) -> ConnectionName? { held(handle)?.pointee.connection?.pointee.name }

  /// Why a connection ended before its time; nil when it did not.
  public func failure(_ handle: Handle) -> TCPFailure? { held(handle)?.pointee.connection?.pointee.failure }

  /// A connection's inside; nil for a stale handle.
  public func info(_ handle: Handle) -> TCPInfo? { held(handle)?.pointee.connection?.pointee.info }

  /// The handles of all connections and listeners in slot order, for showing.
  public var handles: [Handle] { endpoints.handles }

  /// The next thing to tell a user; nil when there is none. At most one waits for each endpoint.
  public mutating func nextNotice() -> Notice? {
    while let index = notices.first {
      notices.remove(index)
      guard let endpoint = pointer(at: index) else { continue }
      let ready: Readiness
      if let connection = endpoint.pointee.connection {
        ready = connection.pointee.readiness
      } else {
        let listening = listeners.pointer(endpoint.pointee.listener)
        ready = listening?.pointee.isReadable ?? false ? .readable : []
      }
      if !ready.isEmpty { return Notice(owner: endpoint.pointee.owner, readiness: ready) }
    }
    return nil
  }

  // MARK: - Closing

  /// The user lets go. What was accepted for sending is still sent; where unread data waits the peer is
  /// told by a reset (RFC 9293 §3.6.1). The handle is stale from now on.
  public mutating func close(_ handle: Handle, at now: Instant) {
    guard let endpoint = letGo(handle), let connection = endpoint.pointee.connection else { return }
    settle(handle.index, endpoint, connection.pointee.close(at: now), at: now)
  }

  /// The user lets go and the peer is told by a reset. The handle is stale from now on.
  public mutating func abort(_ handle: Handle, at now: Instant) {
    guard let endpoint = letGo(handle), let connection = endpoint.pointee.connection else { return }
    settle(handle.index, endpoint, connection.pointee.abort(at: now), at: now)
  }

  /// From now on nobody holds the handle. Nil when that was the end of it.
  private mutating func letGo(_ handle: Handle) -> UnsafeMutablePointer<Endpoint>? {
    guard let endpoint = held(handle) else { return nil }
    notices.remove(handle.index)
    if endpoint.pointee.isOnWire {
      endpoint.pointee.isHeld = false
      return endpoint
    }
    release(handle.index)
    return nil
  }
}
