import StrataBase
import StrataInternet
import StrataSockets
import StrataTransport
import StrataWire

/// The descriptor table of one program on a host: its socket calls go straight to TCP and UDP, and
/// what they become ready for comes back as events. It never blocks.
///
/// ```swift
/// let sockets = host.makeSocketTable()
/// let listener = try sockets.socket(.stream)
/// try sockets.bind(listener, to: SocketAddress("0.0.0.0:80")!)
/// try sockets.listen(listener, backlog: 128)
/// ```
public final class SocketTable: SocketCalls {
  /// What a descriptor names.
  enum Socket {
    /// A stream that is neither listening nor connected yet, and the name it was bound to.
    case fresh(SocketName?)
    case listener(Handle)
    case connection(Handle)
    /// Nil until it has a name.
    case datagram(Handle?)
  }
  struct Entry {
    var socket: Socket
    /// Tells a socket from an older one with the same descriptor.
    let serial: UInt16
    var settings: TCPSettings
    var datagrams = UDPSettings()
    /// What its event that waits says; empty: none waits.
    var announced = Readiness()
    /// The failure of its connection was told to the caller.
    var errorIsTaken = false
    /// `shutdown` closed the reading side: behind what has come is the end.
    var readsNoMore = false
  }

  /// The most open descriptors.
  public static let mostDescriptors = 65_536
  /// The first one: 0, 1 and 2 are a program's own input and outputs.
  static let firstDescriptor = 3

  unowned let host: Host
  let number: Int
  private var entries: [Entry?] = []
  /// Closed descriptors. Like an operating system's, the lowest is used again first.
  private var free: [Int32] = []
  private var serial: UInt16 = 0
  private var events: [Descriptor] = []
  private var eventsTaken = 0

  init(host: Host, number: Int) {
    self.host = host
    self.number = number
  }

  public var now: Instant { host.now }
  var layers: UnsafeMutablePointer<Host.Layers> { host.layers }

  // MARK: Descriptors

  func add(_ socket: Socket, _ settings: TCPSettings) throws(SocketError) -> Descriptor {
    serial &+= 1
    let entry = Entry(socket: socket, serial: serial, settings: settings)
    if let lowest = free.indices.min(by: { free[$0] < free[$1] }) {
      let number = free.remove(at: lowest)
      entries[Int(number) - SocketTable.firstDescriptor] = entry
      return Descriptor(rawValue: number)
    }
    guard entries.count < SocketTable.mostDescriptors else { throw .tooManyDescriptors }
    entries.append(entry)
    return Descriptor(rawValue: Int32(entries.count - 1 + SocketTable.firstDescriptor))
  }

  /// Forgets a descriptor and gives what it named; nil where it names nothing.
  func remove(_ d: Descriptor) -> Entry? {
    guard let index = index(d), let entry = entries[index] else { return nil }
    entries[index] = nil
    free.append(d.rawValue)
    return entry
  }

  private func index(_ d: Descriptor) -> Int? {
    let index = Int(d.rawValue) - SocketTable.firstDescriptor
    return index >= 0 && index < entries.count && entries[index] != nil ? index : nil
  }

  func entry(_ d: Descriptor) throws(SocketError) -> Entry {
    guard let index = index(d) else { throw .badDescriptor }
    return entries[index]!
  }

  func change(_ d: Descriptor, _ body: (inout Entry) -> Void) {
    if let index = index(d) { body(&entries[index]!) }
  }

  /// What Transport knows the socket by.
  func owner(_ d: Descriptor) -> UInt64 {
    let serial = index(d).map { entries[$0]!.serial } ?? 0
    return SocketOwner(table: number, descriptor: d, serial: serial).rawValue
  }

  // MARK: Events

  /// Transport says that something became ready.
  func announce(_ owner: SocketOwner, _ readiness: Readiness) {
    guard let index = index(owner.descriptor), entries[index]!.serial == owner.serial else { return }
    if entries[index]!.announced.isEmpty { events.append(owner.descriptor) }
    entries[index]!.announced.formUnion(readiness)
  }

  func announceNow(_ d: Descriptor, _ readiness: Readiness) {
    announce(SocketOwner(rawValue: owner(d)), readiness)
  }

  public func nextEvent() -> SocketEvent? {
    while eventsTaken < events.count {
      let d = events[eventsTaken]
      eventsTaken += 1
      guard let index = index(d), !entries[index]!.announced.isEmpty else { continue }
      defer { entries[index]!.announced = [] }
      return SocketEvent(descriptor: d, readiness: entries[index]!.announced)
    }
    events.removeAll(keepingCapacity: true)
    eventsTaken = 0
    return nil
  }

  /// Closes everything that is open, as the end of its program does.
  public func closeAll() {
    for index in entries.indices where entries[index] != nil {
      close(Descriptor(rawValue: Int32(index + SocketTable.firstDescriptor)))
    }
  }
}
