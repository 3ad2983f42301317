import StrataBase
import StrataSockets
import StrataTransport
import StrataWire

/// The calls that move the bytes of streams, and what is known of one.
extension SocketTable {
  /// A connection's handle, or why there is none.
  func connection(_ d: Descriptor) throws(SocketError) -> Handle {
    switch try entry(d).socket {
    case .connection(let handle): return handle
    case .fresh, .listener: throw .notConnected
    case .datagram: throw .notSupported
    }
  }

  func connectionName(_ d: Descriptor) throws(SocketError) -> ConnectionName {
    guard let name = layers.pointee.tcp.name(try connection(d)) else { throw .notConnected }
    return name
  }

  public func read(_ d: Descriptor, into target: inout MutableRawSpan) throws(SocketError) -> Int {
    let handle = try connection(d)
    if target.byteCount == 0 { return 0 }
    let count = layers.pointee.tcp.read(handle, into: &target) ?? 0
    if count == 0 { return try endOfStream(d, handle) }
    if let observer = host.observer {
      observer.read(target.bytes.extracting(first: count), on: try connectionName(d))
    }
    return count
  }

  public func drain(_ d: Descriptor, _ body: (RawSpan) -> Int) throws(SocketError) -> Int {
    let handle = try connection(d)
    let observer = host.observer
    var wasShown = false
    let used = layers.pointee.tcp.withConnection(handle) { connection in
      let name = connection.name
      return connection.drain { bytes in
        // One piece a call; the connection would go on to the next.
        if wasShown { return 0 }
        wasShown = true
        let used = body(bytes)
        if let observer { observer.read(bytes.extracting(first: used), on: name) }
        return used
      }
    }
    return wasShown ? used ?? 0 : try endOfStream(d, handle)
  }

  /// Nothing can be read: 0 is the end of the stream, an error says why there is no more.
  private func endOfStream(_ d: Descriptor, _ handle: Handle) throws(SocketError) -> Int {
    try throwFailure(d)
    let isAtEnd = layers.pointee.tcp.withConnection(handle) { connection in
      connection.atEndOfStream || connection.failure != nil
    }
    let readsNoMore = try entry(d).readsNoMore
    if isAtEnd != false || readsNoMore { return 0 }
    throw .wouldBlock
  }

  public func write(_ d: Descriptor, _ bytes: RawSpan) throws(SocketError) -> Int {
    let handle = try writable(d)
    if bytes.byteCount == 0 { return 0 }
    let count = layers.pointee.tcp.write(handle, bytes) ?? 0
    if count == 0 { throw .wouldBlock }
    if let observer = host.observer {
      observer.wrote(bytes.extracting(first: count), on: try connectionName(d))
    }
    return count
  }

  public func fill(_ d: Descriptor, _ body: (inout MutableRawSpan) -> Int) throws(SocketError) -> Int {
    let handle = try writable(d)
    let observer = host.observer
    var wasShown = false
    let filled = layers.pointee.tcp.withConnection(handle) { connection in
      let name = connection.name
      return connection.fill { piece in
        if wasShown { return 0 }
        wasShown = true
        let filled = body(&piece)
        if let observer { observer.wrote(piece.bytes.extracting(first: filled), on: name) }
        return filled
      }
    }
    if wasShown { return filled ?? 0 }
    throw .wouldBlock
  }

  /// The handle of a connection that takes bytes, now or later.
  private func writable(_ d: Descriptor) throws(SocketError) -> Handle {
    let handle = try connection(d)
    try throwFailure(d)
    let state = layers.pointee.tcp.withConnection(handle) { ($0.state.isConnecting, $0.takesData) }
    guard let (isConnecting, takesData) = state, takesData else { throw .brokenPipe }
    if isConnecting { throw .wouldBlock }
    return handle
  }

  // MARK: State

  public func readiness(_ d: Descriptor) -> Readiness {
    guard let entry = try? entry(d) else { return [] }
    switch entry.socket {
    case .fresh: return []
    case .listener(let handle), .connection(let handle): return layers.pointee.tcp.readiness(handle)
    case .datagram(let handle): return handle.map { layers.pointee.udp.readiness($0) } ?? .writable
    }
  }

  public func unsent(_ d: Descriptor) -> Int {
    guard let handle = try? connection(d) else { return 0 }
    return layers.pointee.tcp.withConnection(handle) { $0.unsentAndUnacknowledged } ?? 0
  }

  public func takeError(_ d: Descriptor) -> SocketError? {
    guard let entry = try? entry(d) else { return nil }
    switch entry.socket {
    case .fresh, .listener: return nil
    case .datagram(let handle):
      return handle.flatMap { layers.pointee.udp.takeFailure($0) }.map { SocketError($0) }
    case .connection(let handle):
      guard let failure = layers.pointee.tcp.failure(handle), !entry.errorIsTaken else { return nil }
      change(d) { $0.errorIsTaken = true }
      return SocketError(failure)
    }
  }

  /// Throws why the connection failed, the first time somebody asks.
  private func throwFailure(_ d: Descriptor) throws(SocketError) {
    if let error = takeError(d) { throw error }
  }

  public func localAddress(_ d: Descriptor) throws(SocketError) -> SocketAddress {
    switch try entry(d).socket {
    case .fresh(let bound): return SocketAddress(bound ?? SocketName(.anyV4, 0))
    case .listener(let handle):
      guard let name = layers.pointee.tcp.listenerName(handle) else { throw .badDescriptor }
      return SocketAddress(name)
    case .connection: return SocketAddress(try connectionName(d).local)
    case .datagram(let handle):
      return SocketAddress(handle.flatMap { layers.pointee.udp.name($0) } ?? SocketName(.anyV4, 0))
    }
  }

  public func peerAddress(_ d: Descriptor) throws(SocketError) -> SocketAddress {
    if case .datagram(let handle) = try entry(d).socket {
      guard let peer = handle.flatMap({ layers.pointee.udp.peer($0) }) else { throw .notConnected }
      return SocketAddress(peer)
    }
    let state = layers.pointee.tcp.withConnection(try connection(d)) { $0.state }
    guard let state, state.isSynchronized else { throw .notConnected }
    return SocketAddress(try connectionName(d).remote)
  }
}
