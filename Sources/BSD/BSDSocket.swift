import StrataBase
import StrataSockets
import StrataStack
import StrataTransport
import StrataWire

/// One open socket with Linux's semantics: which call is allowed when, which error it gives, what `poll`
/// says. It stands on a `SocketTable` and, as that, never blocks: a call that may have to wait is a value
/// (`Accepting`, `Connecting`, `Receiving`, `Sending`, `Closing`) that is asked to go on until it is done.
///
/// After each call its owner lets the host work (`Host.flush`), as a call of a kernel does.
///
/// ```swift
/// let socket = try BSDSocket(on: table, domain: 2, type: 1, protocol: 0)
/// try socket.bind(address.span.bytes)
/// try socket.listen(backlog: 128)
/// var call = try Accepting(on: socket)
/// while try call.proceed() == nil { ... }   // wait until the host has moved, or `call.deadline`
/// ```
public final class BSDSocket {
  /// Where a stream is on its way to a peer, as `connect` sees it.
  enum Phase { case unconnected, connecting, connected }

  /// AF_INET or AF_INET6.
  public let domain: Int32
  public let isStream: Bool
  let table: SocketTable
  let descriptor: Descriptor
  public internal(set) var isOpen = true
  var phase = Phase.unconnected
  /// O_NONBLOCK
  public var isNonblocking: Bool
  /// It has a local port.
  var isNamed = false
  /// The directions that `shutdown` ended, where no connection remembers it.
  var shutdown = ShutdownMask()
  var options: SocketOptions
  /// An error that is no connection's: this side let go of it.
  var pendingError: ErrorNumber?
  /// Datagrams: what was sent with MSG_MORE and waits for the rest.
  var corked: [UInt8] = []

  /// SEND_SHUTDOWN and RCV_SHUTDOWN.
  struct ShutdownMask {
    var reads = false
    var writes = false
  }

  /// The socket that `socket(domain, type, protocol)` gives; `type` with SOCK_NONBLOCK. `settings`: what
  /// its connections are made with.
  public init(
    on table: SocketTable, domain: Int32, type: Int32, protocol number: Int32, settings: TCPSettings? = nil
  ) throws(ErrorNumber) {
    let flags = type & ~SocketType.mask, kind = type & SocketType.mask
    if flags & ~(SocketType.nonblocking | SocketType.closeOnExec) != 0 { throw .invalidArgument }
    guard domain == SocketType.inet || domain == SocketType.inet6 else { throw .familyNotSupported }
    guard kind < SocketType.end, number >= 0, number < SocketType.endOfProtocols else {
      throw .invalidArgument
    }
    guard kind == SocketType.stream || kind == SocketType.datagram else { throw .typeNotSupported }
    let own = kind == SocketType.stream ? SocketType.tcp : SocketType.udp
    guard number == 0 || number == own else { throw .protocolNotSupported }
    self.table = table
    self.domain = domain
    isStream = kind == SocketType.stream
    isNonblocking = flags & SocketType.nonblocking != 0
    options = SocketOptions(settings ?? TCPSettings())
    let isStream = isStream
    descriptor = try numbered { () throws(SocketError) in try table.socket(isStream ? .stream : .datagram) }
    let descriptor = descriptor
    if isStream, let settings {
      try numbered { () throws(SocketError) in try table.apply(settings, to: descriptor) }
    }
  }

  /// A connection that `listener` accepted.
  init(accepted descriptor: Descriptor, from listener: BSDSocket, isNonblocking: Bool) {
    table = listener.table
    domain = listener.domain
    isStream = true
    self.descriptor = descriptor
    self.isNonblocking = isNonblocking
    options = listener.options
    phase = .connected
    isNamed = true
  }

  public var isV6: Bool { domain == SocketType.inet6 }
  var protocolNumber: Int32 { isStream ? SocketType.tcp : SocketType.udp }
  /// The stack's clock.
  public var now: Instant { table.now }

  /// A stream's inside. What waits out 2 MSL is closed, as Linux has it: the rest is not the user's.
  func status() throws(ErrorNumber) -> StreamStatus {
    guard isOpen, var status = table.status(descriptor) else { throw .badDescriptor }
    if status.role == .connection(.timeWait) {
      status.role = .connection(.closed)
      status.readsNoMore = true
      status.writesNoMore = true
    }
    return status
  }

  /// A call of the table about this socket.
  func call<R>(_ body: (SocketTable, Descriptor) throws(SocketError) -> R) throws(ErrorNumber) -> R {
    guard isOpen else { throw .badDescriptor }
    do { return try body(table, descriptor) } catch { throw ErrorNumber(error) }
  }

  /// Why the socket failed, once (SO_ERROR). A reset behind the peer's end is a broken pipe.
  public func takeError() -> ErrorNumber? {
    guard isOpen else { return nil }
    if let error = pendingError {
      pendingError = nil
      return error
    }
    let peerEnded = isStream && table.status(descriptor)?.peerEnded == true
    return table.takeError(descriptor).map {
      $0 == .connectionReset && peerEnded ? .brokenPipe : ErrorNumber($0)
    }
  }

  // MARK: Listening and ending

  public func listen(backlog: Int32) throws(ErrorNumber) {
    guard isOpen else { throw .badDescriptor }
    guard isStream else { throw .notSupported }
    // As many as asked for and one more wait (sk_acceptq_is_full); a negative number is a huge one.
    let most = backlog < 0 || backlog > Self.mostBacklog ? Self.mostBacklog : Int(backlog)
    guard phase == .unconnected else { throw .invalidArgument }
    switch try status().role {
    case .listener: return try call { (table, d) throws(SocketError) in try table.setBacklog(d, most + 1) }
    case .connection: throw .invalidArgument
    case .fresh: break
    }
    try nameItself()
    try call { (table, d) throws(SocketError) in try table.listen(d, backlog: most + 1) }
  }

  /// Linux's somaxconn.
  static var mostBacklog: Int { 4_095 }

  /// `how`: 0 ends reading, 1 writing, 2 both.
  public func shutdown(_ how: Int32) throws(ErrorNumber) {
    guard isOpen else { throw .badDescriptor }
    guard (0...2).contains(how) else { throw .invalidArgument }
    guard isStream else {
      end(how)
      if (try? peerName()) == nil { throw .notConnected }
      return
    }
    let status = try status()
    switch status.role {
    case .fresh:
      end(how)
      throw .notConnected
    case .listener:
      if how != 1 { try call { (table, d) throws(SocketError) in try table.disconnect(d) } }
    case .connection(.closed):
      end(how)
      throw .notConnected
    case .connection(.synSent), .connection(.synReceived):
      try disconnect()
    case .connection:
      phase = .connected
      let way: Shutdown = how == 0 ? .read : how == 1 ? .write : .both
      try call { (table, d) throws(SocketError) in try table.shutdown(d, way) }
    }
  }

  private func end(_ how: Int32) {
    if how != 1 { shutdown.reads = true }
    if how != 0 { shutdown.writes = true }
  }

  // MARK: Readiness

  /// What `poll` says of it.
  public var events: PollEvents {
    guard isOpen else { return .invalid }
    guard isStream else { return datagramEvents }
    guard let status = try? status() else { return .invalid }
    if case .listener(let finished) = status.role { return finished > 0 ? .readable : [] }
    let reads = shutdown.reads || status.readsNoMore || status.peerEnded
    let writes = shutdown.writes || status.writesNoMore
    var events: PollEvents = []
    let isConnecting = status.role == .connection(.synSent) || status.role == .connection(.synReceived)
    let isClosed = status.role == .fresh || status.role == .connection(.closed)
    if isClosed || (reads && writes) { events.insert(.hangUp) }
    if reads { events.formUnion([.readable, .peerHangUp]) }
    if !isConnecting {
      if status.readable >= options.lowWater, status.readable > 0 { events.formUnion(.readable) }
      let isBelowMark = options.notSentLowWater.map { status.unsent < $0 } ?? true
      if writes || (status.isRoomy && isBelowMark) { events.formUnion(.writable) }
    }
    if status.failure != nil || pendingError != nil { events.insert(.error) }
    return events
  }

  private var datagramEvents: PollEvents {
    let ready = isNamed ? table.readiness(descriptor) : .writable
    var events: PollEvents = []
    if ready.contains(.failed) { events.insert(.error) }
    if shutdown.reads { events.formUnion([.readable, .peerHangUp]) }
    if shutdown.reads, shutdown.writes { events.insert(.hangUp) }
    if ready.contains(.readable) { events.formUnion(.readable) }
    if ready.contains(.writable) { events.formUnion([.writable, .bandOutput]) }
    return events
  }
}
