import StrataBase
import StrataSockets
import StrataTransport
import StrataWire

/// The descriptor table of one program on a host: its socket calls go straight to TCP and UDP, and
/// what they become ready for comes back as events. It never blocks.
///
/// The body of `drain` and `fill` may make any other call, of the same socket too: an echo fills inside
/// of its drain. Only a second read inside of a read, or write inside of a write, of one socket throws
/// `invalidArgument`. A socket that such a body closes is closed when the body returns.
///
/// ```swift
/// let sockets = host.makeSocketTable()
/// let listener = try sockets.socket(.stream)
/// try sockets.bind(listener, to: SocketAddress("0.0.0.0:80")!)
/// try sockets.listen(listener, backlog: 128)
/// ```
public final class SocketTable: SocketCalls {
  /// The most open descriptors.
  public static let mostDescriptors = 65_536

  /// The host's. Not to be touched once it has stopped; then no socket is open either.
  let layers: UnsafeMutablePointer<HostLayers>
  let open: UnsafeMutablePointer<OpenSockets>
  let number: Int
  /// Listeners that could not accept for want of descriptors; each once.
  var starved: [SocketOwner] = []
  /// Of sockets for datagrams whose options were set: few, so that the others need not carry them.
  var datagramSettings: [Descriptor: UDPSettings] = [:]

  init(layers: UnsafeMutablePointer<HostLayers>, number: Int) {
    self.layers = layers
    self.number = number
    open = .allocate(capacity: 1)
    open.initialize(to: OpenSockets(most: SocketTable.mostDescriptors))
  }

  deinit {
    open.deinitialize(count: 1)
    open.deallocate()
  }

  public var now: Instant { open.pointee.stoppedAt ?? layers.pointee.now }

  /// Sockets that are open.
  public var count: Int { open.pointee.count }

  /// The host is no more: every socket is closed, and none can be opened.
  func hostStopped() {
    if open.pointee.isStopped { return }
    open.pointee.stoppedAt = layers.pointee.now
    open.pointee.removeAll()
    datagramSettings.removeAll()
  }

  // MARK: Descriptors

  func add(_ kind: SocketEntry.Kind) throws(SocketError) -> Descriptor {
    guard !open.pointee.isStopped else { throw .networkUnreachable }
    guard let d = open.pointee.add(kind) else { throw .tooManyDescriptors }
    return d
  }

  /// The entry of an open socket, until the next one is opened.
  @inline(__always)
  func entry(_ d: Descriptor) throws(SocketError) -> UnsafeMutablePointer<SocketEntry> {
    guard let entry = open.pointee.entry(d) else { throw .badDescriptor }
    return entry
  }

  /// The entry of a stream that listens.
  func listener(_ d: Descriptor) throws(SocketError) -> UnsafeMutablePointer<SocketEntry> {
    let entry = try entry(d)
    switch entry.pointee.kind {
    case .listener: return entry
    case .datagrams: throw .notSupported
    default: throw .invalidArgument
    }
  }

  /// What Transport knows the socket by.
  func owner(_ d: Descriptor) -> SocketOwner {
    SocketOwner(table: number, descriptor: d, serial: open.pointee.lent(d).pointee.serial)
  }

  /// Makes a call of Transport, with its error said as a socket's.
  func call<R>(_ body: () throws(TransportError) -> R) throws(SocketError) -> R {
    do { return try body() } catch { throw SocketError(error) }
  }

  // MARK: Events

  /// Transport says what a socket is ready for. Its owner hears what is new to him: that it is writable
  /// only when he waits for it, that the peer has closed and that the connection failed only once.
  func announce(_ owner: SocketOwner, _ readiness: Readiness) {
    guard let entry = open.pointee.entry(owner.descriptor), entry.pointee.serial == owner.serial else {
      return
    }
    var news = readiness.subtracting(entry.pointee.told)
    if readiness.contains(.failed) || !entry.pointee.marks.contains(.isWriteBlocked) {
      news.remove(.writable)
    } else if news.contains(.writable) {
      entry.pointee.marks.remove(.isWriteBlocked)
    }
    entry.pointee.told.formUnion(news.intersection([.peerClosed, .failed]))
    open.pointee.announce(owner.descriptor, news)
  }

  /// A socket that waited for room may send again.
  func roomCame(_ owner: SocketOwner) {
    guard let entry = open.pointee.entry(owner.descriptor), entry.pointee.serial == owner.serial else {
      return
    }
    entry.pointee.marks.remove(.waitsForRoom)
    announce(owner, .writable)
  }

  public func nextEvent() -> SocketEvent? { open.pointee.nextEvent() }

  /// Whether an event waits to be taken.
  public var hasEvent: Bool { open.pointee.hasEvent }

  /// Closes everything that is open, as the end of its program does.
  public func closeAll() {
    for index in 0..<open.pointee.made {
      close(Descriptor(rawValue: Int32(truncatingIfNeeded: index + OpenSockets.first)))
    }
  }
}
