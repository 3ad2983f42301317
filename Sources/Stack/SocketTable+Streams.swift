import StrataBase
import StrataSockets
import StrataTransport
import StrataWire

/// The calls that move the bytes of streams.
extension SocketTable {
  /// A connection and its socket, or why there is none.
  @inline(__always)
  func connection(
    _ d: Descriptor
  ) throws(SocketError) -> (UnsafeMutablePointer<SocketEntry>, UnsafeMutablePointer<Connection>) {
    let entry = try entry(d)
    guard entry.pointee.kind == .connection, let handle = entry.pointee.handle,
      let connection = layers.pointee.tcp.connection(handle)
    else { throw entry.pointee.kind == .datagrams ? .notSupported : .notConnected }
    return (entry, connection)
  }

  // MARK: Reading

  public func read(_ d: Descriptor, into target: inout MutableRawSpan) throws(SocketError) -> Int {
    let (entry, connection) = try connection(d)
    guard target.byteCount > 0, !entry.pointee.marks.contains(.isDrained) else { throw .invalidArgument }
    let count = connection.pointee.read(into: &target)
    if count == 0 { return try endOfStream(entry, connection) }
    layers.pointee.tcp.wasUsed(entry.pointee.handle!)
    if layers.pointee.isObserved {
      layers.pointee.observer?.read(target.bytes.extracting(first: count), on: connection.pointee.name)
    }
    return count
  }

  public func drain(_ d: Descriptor, _ body: (RawSpan) -> Int) throws(SocketError) -> Int {
    let (entry, connection) = try connection(d)
    guard !entry.pointee.marks.contains(.isDrained) else { throw .invalidArgument }
    guard let piece = connection.pointee.readablePiece() else { return try endOfStream(entry, connection) }
    let handle = entry.pointee.handle!
    entry.pointee.marks.insert(.isDrained)
    let bytes = RawSpan(_unsafeBytes: piece)
    let used = body(bytes)
    // The host may be gone, and what the body has used was used although it closed the socket.
    guard !open.pointee.isStopped else { return used }
    open.pointee.lent(d).pointee.marks.remove(.isDrained)
    let isRight = used >= 0 && used <= piece.count
    if isRight, used > 0 {
      if layers.pointee.isObserved {
        layers.pointee.observer?.read(bytes.extracting(first: used), on: connection.pointee.name)
      }
      if connection.pointee.consume(used) { layers.pointee.tcp.wasUsed(handle) }
    }
    releaseIfClosed(d)
    if isRight { return used }
    throw .invalidArgument
  }

  /// Nothing can be read: 0 is the end of the stream, an error says why there is no more.
  @inline(never)
  private func endOfStream(
    _ entry: UnsafeMutablePointer<SocketEntry>, _ connection: UnsafeMutablePointer<Connection>
  ) throws(SocketError) -> Int {
    if let error = takeFailure(entry, connection) { throw error }
    if connection.pointee.atEndOfStream || connection.pointee.failure != nil { return 0 }
    if entry.pointee.marks.contains(.readsNoMore) { return 0 }
    throw .wouldBlock
  }

  // MARK: Writing

  public func write(_ d: Descriptor, _ bytes: RawSpan) throws(SocketError) -> Int {
    let (entry, connection) = try connection(d)
    guard !entry.pointee.marks.contains(.isFilled) else { throw .invalidArgument }
    let state = connection.pointee.state
    guard state == .established || state == .closeWait, connection.pointee.takesData else {
      throw whyNotWritable(entry, connection)
    }
    if bytes.byteCount == 0 { return 0 }
    let count = connection.pointee.write(bytes)
    if count < bytes.byteCount { entry.pointee.marks.insert(.isWriteBlocked) }
    if count == 0 { throw .wouldBlock }
    layers.pointee.tcp.wasUsed(entry.pointee.handle!)
    if layers.pointee.isObserved {
      layers.pointee.observer?.wrote(bytes.extracting(first: count), on: connection.pointee.name)
    }
    return count
  }

  public func fill(_ d: Descriptor, _ body: (inout MutableRawSpan) -> Int) throws(SocketError) -> Int {
    let (entry, connection) = try connection(d)
    guard !entry.pointee.marks.contains(.isFilled) else { throw .invalidArgument }
    let state = connection.pointee.state
    guard state == .established || state == .closeWait, let piece = connection.pointee.writablePiece() else {
      throw whyNotWritable(entry, connection)
    }
    let handle = entry.pointee.handle!
    entry.pointee.marks.insert(.isFilled)
    var span = MutableRawSpan(_unsafeBytes: piece)
    let filled = body(&span)
    guard !open.pointee.isStopped else { throw .badDescriptor }
    let after = open.pointee.lent(d)
    after.pointee.marks.remove(.isFilled)
    if after.pointee.marks.contains(.closes) {
      releaseIfClosed(d)
      throw .badDescriptor
    }
    guard filled >= 0, filled <= piece.count else { throw .invalidArgument }
    if filled == 0 { return 0 }
    // The body may have ended the stream.
    guard connection.pointee.takesData else { throw .brokenPipe }
    connection.pointee.commit(filled)
    layers.pointee.tcp.wasUsed(handle)
    if layers.pointee.isObserved {
      let bytes = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(piece)[..<filled])
      layers.pointee.observer?.wrote(RawSpan(_unsafeBytes: bytes), on: connection.pointee.name)
    }
    return filled
  }

  /// Why a connection takes no bytes now. It is announced when it does.
  @inline(never)
  private func whyNotWritable(
    _ entry: UnsafeMutablePointer<SocketEntry>, _ connection: UnsafeMutablePointer<Connection>
  ) -> SocketError {
    if let error = takeFailure(entry, connection) { return error }
    if !connection.pointee.takesData { return .brokenPipe }
    entry.pointee.marks.insert(.isWriteBlocked)
    return .wouldBlock
  }

  /// Why a connection failed, the first time somebody asks.
  func takeFailure(
    _ entry: UnsafeMutablePointer<SocketEntry>, _ connection: UnsafeMutablePointer<Connection>
  ) -> SocketError? {
    guard let failure = connection.pointee.failure, !entry.pointee.marks.contains(.errorIsTaken) else {
      return nil
    }
    entry.pointee.marks.insert(.errorIsTaken)
    return SocketError(failure)
  }
}
