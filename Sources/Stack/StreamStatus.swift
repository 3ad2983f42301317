import StrataSockets
import StrataTransport

/// A stream socket at one moment: what a face that has to answer as an operating system does asks.
public struct StreamStatus: Sendable {
  public enum Role: Equatable, Sendable {
    /// Neither listens nor connects yet.
    case fresh
    /// Listens; so many connections wait to be accepted.
    case listener(finished: Int)
    case connection(TCPState)
  }

  public var role: Role
  /// Why the connection failed, until somebody was told.
  public var failure: SocketError?
  /// The connection has failed or ended, or `shutdown` ended its reading side: behind what has come is
  /// nothing more.
  public var readsNoMore = false
  /// The peer has sent its end.
  public var peerEnded = false
  /// This side has ended its stream, or the connection is over.
  public var writesNoMore = false
  /// Bytes that can be read.
  public var readable = 0
  /// Bytes, and an end, that the peer has not acknowledged; and those of them that were never sent.
  public var unacknowledged = 0
  public var unsent = 0
  /// There is room for a good part of what may wait for sending.
  public var isRoomy = true

  init(_ role: Role) { self.role = role }
}

extension SocketTable {
  /// Nil for a descriptor that names no stream.
  public func status(_ d: Descriptor) -> StreamStatus? {
    guard let entry = open.pointee.entry(d) else { return nil }
    switch entry.pointee.kind {
    case .free, .datagrams: return nil
    case .fresh: return StreamStatus(.fresh)
    case .listener:
      let queues = entry.pointee.handle.flatMap { layers.pointee.tcp.listenerQueues($0) }
      return StreamStatus(.listener(finished: queues?.finished ?? 0))
    case .connection: break
    }
    guard let handle = entry.pointee.handle, let connection = layers.pointee.tcp.connection(handle) else {
      return nil
    }
    let state = connection.pointee.state, isOver = state == .closed
    var status = StreamStatus(.connection(state))
    if !entry.pointee.marks.contains(.errorIsTaken) {
      status.failure = connection.pointee.failure.map { SocketError($0) }
    }
    status.readsNoMore = isOver || entry.pointee.marks.contains(.readsNoMore)
    status.peerEnded = connection.pointee.peerEnded
    status.writesNoMore = isOver || connection.pointee.endsWriting
    status.readable = connection.pointee.readableCount
    status.unacknowledged = connection.pointee.unacknowledgedSequence
    status.unsent = connection.pointee.unsentCount
    status.isRoomy = connection.pointee.isRoomy
    return status
  }

  /// What the connection shows of itself; nil where there is none.
  public func info(_ d: Descriptor) -> TCPInfo? {
    guard let entry = open.pointee.entry(d), entry.pointee.kind == .connection else { return nil }
    return entry.pointee.handle.flatMap { layers.pointee.tcp.info($0) }
  }

  /// Copies bytes that came, from `offset` behind the next one on, and leaves them to be read.
  public func peek(_ d: Descriptor, into target: UnsafeMutableRawBufferPointer, from offset: Int = 0) -> Int {
    guard let (_, connection) = try? connection(d) else { return 0 }
    return connection.pointee.peek(into: target, from: offset)
  }

  // MARK: Settings

  /// What a stream's connection is made with; the host's where nothing else was said.
  public func settings(_ d: Descriptor) -> TCPSettings {
    open.pointee.entry(d)?.pointee.settings ?? layers.pointee.settings.tcp
  }

  /// All of them at once: of a stream, of its connection, or of those that a listener is to take.
  public func apply(_ settings: TCPSettings, to d: Descriptor) throws(SocketError) {
    let entry = try entry(d)
    guard entry.pointee.kind != .datagrams else { throw .notSupported }
    entry.pointee.settings = settings
    guard let handle = entry.pointee.handle else { return }
    if entry.pointee.kind == .listener { return layers.pointee.tcp.change(handle, settings: settings) }
    let now = layers.pointee.now
    _ = layers.pointee.tcp.withConnection(handle) { $0.apply(settings, at: now) }
  }

  /// Another bound for the connections that wait to be accepted.
  public func setBacklog(_ d: Descriptor, _ backlog: Int) throws(SocketError) {
    guard let handle = try listener(d).pointee.handle else { throw .invalidArgument }
    layers.pointee.tcp.change(handle, backlog: backlog)
  }

  // MARK: Names

  /// Whether some connection has a local name that this one covers, in TIME-WAIT too.
  public func isUsed(_ address: SocketAddress) -> Bool {
    layers.pointee.tcp.isUsed(SocketName(address.address, address.port))
  }

  /// Whether a stream was given a name by `bind`.
  public func isBound(_ d: Descriptor) -> Bool { open.pointee.entry(d)?.pointee.bound != nil }

  /// Lets go of a connection, or listens no more; the socket can be used anew, and keeps the name that it
  /// was bound to, and its settings.
  public func disconnect(_ d: Descriptor) throws(SocketError) {
    let entry = try entry(d)
    guard !entry.pointee.isLent else { throw .invalidArgument }
    let now = layers.pointee.now
    switch entry.pointee.kind {
    case .free, .fresh, .datagrams: return
    case .listener: entry.pointee.handle.map { layers.pointee.tcp.closeListener($0, at: now) }
    case .connection: entry.pointee.handle.map { layers.pointee.tcp.abort($0, at: now) }
    }
    open.pointee.withdraw(d)
    entry.pointee.handle = nil
    entry.pointee.kind = .fresh
    entry.pointee.told = []
    entry.pointee.marks.remove([.errorIsTaken, .readsNoMore, .isStarved])
    entry.pointee.marks.insert(.isWriteBlocked)
  }
}
