import CLoop
import Glibc
import StrataBase
import StrataLoop
import StrataSockets

/// The operating system's own sockets behind `SocketCalls`: the kernel ground.
///
/// Descriptors are real file descriptors. Events come up in the turns of the loop.
///
/// ```swift
/// let loop = try Loop()
/// let sockets = KernelSockets(on: loop)
/// while !loop.isStopped {
///   while let event = sockets.nextEvent() { program.handle(event, sockets) }
///   loop.turn(until: program.nextDeadline)
///   if program.nextDeadline <= loop.now { program.expire(sockets) }
/// }
/// ```
public final class KernelSockets: SocketCalls {
  /// Bytes that `drain` and `fill` move at most, and that a socket keeps at most of either direction.
  public static let pieceSize = 65_536
  /// How long the peer may take nothing of what still waits here when a socket was closed.
  public static let closingLimit = Interval.seconds(60)

  public let loop: Loop
  /// The most sockets that are open at a time.
  public let capacity: Int
  /// Bytes of a stream that the system keeps unsent at most (TCP_NOTSENT_LOWAT); nil: as many as its send
  /// buffer holds, which grows to megabytes for a reader that is slow.
  public let unsentLimit: Int?
  /// Listeners share their port with those of other grounds (SO_REUSEPORT): the system deals connections
  /// out among them, one loop a core.
  public let sharesPorts: Bool
  /// After a read that found less than it had room for, the socket has nothing until its next event: the
  /// system is not asked before (a short read, epoll(7)), which spares a server one call a request. A
  /// program that polls in place of taking events must leave it off.
  public let readsByEvents: Bool
  /// Sockets that are open now, closed ones that still send included.
  public private(set) var count = 0

  private var table: [KernelSocket?] = []
  private var serial: UInt32 = 0
  /// Descriptors with news, each once, in the order of their news: at most `count`.
  private var queue: [Int32] = []
  private var queueStart = 0
  /// Listeners that could not accept for want of descriptors: at most `count`.
  private var starved: [Int32] = []
  private var readPiece: UnsafeMutableRawBufferPointer?
  private var writePiece: UnsafeMutableRawBufferPointer?

  public init(
    on loop: Loop, capacity: Int = 65_536, unsentLimit: Int? = nil, sharesPorts: Bool = false,
    readsByEvents: Bool = false
  ) {
    self.loop = loop
    self.capacity = capacity
    self.unsentLimit = unsentLimit
    self.sharesPorts = sharesPorts
    self.readsByEvents = readsByEvents
  }

  deinit {
    for index in table.indices where table[index] != nil {
      loop.removeSource(Int32(index))
      Glibc.close(Int32(index))
    }
    readPiece?.deallocate()
    writePiece?.deallocate()
  }

  public var now: Instant { loop.now }

  // MARK: The table

  /// The state of an open socket, to be changed in place.
  subscript(_ d: Descriptor) -> KernelSocket {
    _read { yield table[Int(d.rawValue)]! }
    _modify { yield &table[Int(d.rawValue)]! }
  }

  func isOpen(_ d: Descriptor) -> Bool {
    let index = Int(d.rawValue)
    guard index >= 0, index < table.count, let socket = table[index] else { return false }
    if case .closing = socket.state { return false }
    return true
  }

  /// The socket is there and of this kind.
  func check(_ d: Descriptor, _ kind: SocketKind? = nil) throws(SocketError) {
    guard isOpen(d) else { throw .badDescriptor }
    if let kind, self[d].kind != kind { throw .notSupported }
  }

  /// The socket is there and sends single datagrams, of whatever kind.
  func checkDatagrams(_ d: Descriptor) throws(SocketError) {
    try check(d)
    if self[d].kind == .stream { throw .notSupported }
  }

  func isSame(_ d: Descriptor, _ serial: UInt32) -> Bool { isOpen(d) && self[d].serial == serial }

  /// Takes a descriptor of the system in.
  func adopt(_ fd: Int32, _ kind: SocketKind) -> Descriptor {
    serial &+= 1
    while table.count <= Int(fd) { table.append(nil) }
    table[Int(fd)] = KernelSocket(kind: kind, serial: serial)
    count += 1
    return Descriptor(rawValue: fd)
  }

  /// Gives a descriptor back to the system.
  func release(_ d: Descriptor) {
    withdraw(d)
    starved.removeAll { $0 == d.rawValue }
    if case .fresh = self[d].state {} else { loop.removeSource(d.rawValue) }
    table[Int(d.rawValue)] = nil
    count -= 1
    Glibc.close(d.rawValue)
    // There is a descriptor again for those who wanted one.
    let waiting = starved
    starved = []
    for listener in waiting { announce(Descriptor(rawValue: listener), .readable) }
  }

  /// Notes that a listener has connections to accept and no descriptor for them.
  func starve(_ d: Descriptor) {
    if !starved.contains(d.rawValue) { starved.append(d.rawValue) }
  }

  // MARK: Events

  public func nextEvent() -> SocketEvent? {
    guard queueStart < queue.count else { return nil }
    let d = Descriptor(rawValue: queue[queueStart])
    queueStart += 1
    if queueStart == queue.count {
      queue.removeAll(keepingCapacity: true)
      queueStart = 0
    }
    let event = SocketEvent(descriptor: d, readiness: self[d].announced)
    self[d].announced = []
    return event
  }

  func announce(_ d: Descriptor, _ readiness: Readiness) {
    if readiness.isEmpty { return }
    if self[d].announced.isEmpty { queue.append(d.rawValue) }
    self[d].announced.formUnion(readiness)
  }

  /// Forgets the news of a socket that is closed.
  func withdraw(_ d: Descriptor) {
    if self[d].announced.isEmpty { return }
    self[d].announced = []
    if let at = queue[queueStart...].firstIndex(of: d.rawValue) { queue.remove(at: at) }
  }

  /// From now on the loop tells of this socket.
  func watch(_ d: Descriptor) throws(SocketError) {
    do throws(LoopError) {
      try loop.addSource(d.rawValue, [.readable, .writable, .peerClosed]) { [unowned self] fd, ready in
        self.wake(Descriptor(rawValue: fd), ready)
      }
    } catch {
      switch error {
      case .tooManyDescriptors: throw .tooManyDescriptors
      case .notWatchable, .alreadyTaken: throw .badDescriptor
      case .system(let number): throw SocketError(errno: number)
      }
    }
  }

  /// An edge from the loop.
  private func wake(_ d: Descriptor, _ ready: Loop.Interest) {
    self[d].isDry = false
    // Whatever end it is, it gives no edge of its own any more when bytes came with it.
    if !ready.isDisjoint(with: [.peerClosed, .failed, .hungUp]) { self[d].endIsNear = true }
    switch self[d].state {
    case .fresh: return
    case .listening:
      announce(d, .readable)
      return
    case .closing:
      finishClosing(d)
      return
    case .connecting:
      if !ready.isDisjoint(with: [.failed, .hungUp]) {
        announce(d, .failed)
        return
      }
      guard ready.contains(.writable) else { return }
      self[d].state = .connected
    case .connected, .open: break
    }
    var news: Readiness = []
    if ready.contains(.readable) { news.insert(.readable) }
    if ready.contains(.peerClosed) { news.formUnion([.readable, .peerClosed]) }
    if ready.contains(.failed) { news.formUnion([.readable, .failed]) }
    // What an earlier `fill` left goes first; the owner's turn comes when there is room again. The
    // system tells it with every arrival too, so only who waits for it hears of it.
    if ready.contains(.writable), flush(d), self[d].isWriteBlocked {
      self[d].isWriteBlocked = false
      news.insert(.writable)
    }
    if self[d].error != nil { news.insert(.failed) }
    announce(d, news)
  }

  // MARK: Pieces

  /// The buffer that one direction shares. A call inside the body of another gets one of its own.
  func takeReadPiece() -> UnsafeMutableRawBufferPointer {
    defer { readPiece = nil }
    return readPiece ?? .allocate(byteCount: Self.pieceSize, alignment: 64)
  }
  func giveReadPiece(_ piece: UnsafeMutableRawBufferPointer) {
    if readPiece == nil { readPiece = piece } else { piece.deallocate() }
  }
  func takeWritePiece() -> UnsafeMutableRawBufferPointer {
    defer { writePiece = nil }
    return writePiece ?? .allocate(byteCount: Self.pieceSize, alignment: 64)
  }
  func giveWritePiece(_ piece: UnsafeMutableRawBufferPointer) {
    if writePiece == nil { writePiece = piece } else { piece.deallocate() }
  }
}

/// The number that the last call of the system left, as an error.
func lastError() -> SocketError { SocketError(errno: errno) }
