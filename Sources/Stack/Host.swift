import StrataBase
import StrataInternet
import StrataLink
import StrataSockets
import StrataTransport
import StrataWire

/// A machine with a stack: Ethernet, IP, TCP and UDP, and socket tables for the programs on it. It
/// reads no clock and does no I/O. Its owner hands it frames and instants and takes frames from it:
///
/// ```swift
/// host.receive(frame, on: 0, at: now)       // as many as there are
/// host.expire(at: now)                      // when `nextDeadline` has come
/// host.flush(at: now)                       // let TCP answer, tell the sockets
/// while let frame = host.takeOutgoing() { device.send(frame, at: now) }
/// ```
public final class Host {
  /// The layers, at a fixed address: what a class stores is checked for exclusive access at each use,
  /// which would cost about 100 instructions a frame.
  struct Layers: ~Copyable {
    var internet: Internet
    var tcp: TCP
    var udp: UDP
  }

  let layers: UnsafeMutablePointer<Layers>
  public let settings: HostSettings
  private var tables: [SocketTable] = []
  /// What sees the bytes that programs write and read; for checkers.
  public weak var observer: (any SocketObserver)?

  /// The clock of socket calls. Its owner moves it before programs run, and with every call here.
  public private(set) var now = Instant.start

  /// Segments that one flush sends at most before it looks at what arrived.
  static let budget = 1_024

  /// The pool must outlive the host.
  public init(pool: FramePool, random: Random, trace: Trace, settings: HostSettings = HostSettings()) {
    var random = random
    self.settings = settings
    layers = .allocate(capacity: 1)
    layers.initialize(
      to: Layers(
        internet: Internet(pool: pool, random: random.fork(), trace: trace, settings: settings.internet),
        tcp: TCP(
          pool: pool, random: random.fork(), trace: trace, settings: settings.tcp,
          capacity: settings.connections),
        udp: UDP(pool: pool, random: random.fork(), trace: trace)))
  }

  deinit {
    layers.deinitialize(count: 1)
    layers.deallocate()
  }

  // MARK: what it stands on

  /// Adds an interface; gives its number, from 0.
  public func attach(
    hardware: HardwareAddress, address: AddressPrefix, capabilities: LinkCapabilities
  ) -> Int {
    layers.pointee.internet.attach(hardware: hardware, address: address, capabilities: capabilities)
  }

  public func addRoute(to prefix: AddressPrefix, gateway: Address?, interface: Int) {
    layers.pointee.internet.addRoute(to: prefix, gateway: gateway, interface: interface)
  }

  /// Joins a virtual network (IEEE 802.1Q) on the link of an interface; gives the new one's number.
  public func attach(vlan: UInt16, over interface: Int, address: AddressPrefix) -> Int {
    layers.pointee.internet.attach(vlan: vlan, over: interface, address: address)
  }

  /// Gives an interface another address, or none. All routes by it go, but for its network's.
  public func configure(_ interface: Int, address: AddressPrefix) {
    layers.pointee.internet.configure(interface, address: address)
  }

  // MARK: its owner's calls

  /// Tells the time to programs that are about to make socket calls.
  public func advance(to now: Instant) { self.now = now }

  /// A frame arrived.
  public func receive(_ frame: consuming Frame, on interface: Int, at now: Instant) {
    self.now = now
    let layers = layers
    deliver(layers.pointee.internet.receive(frame, on: interface, at: now), to: layers, at: now)
  }

  /// Lets what is due happen.
  public func expire(at now: Instant) {
    self.now = now
    if layers.pointee.internet.nextDeadline <= now { layers.pointee.internet.expire(at: now) }
    if layers.pointee.tcp.nextDeadline <= now { layers.pointee.tcp.expire(at: now) }
  }

  /// Sends what may be sent, and tells the socket tables what became ready.
  public func flush(at now: Instant) {
    self.now = now
    let layers = layers
    repeat {
      if layers.pointee.tcp.hasOutput {
        layers.pointee.tcp.transmit(&layers.pointee.internet, budget: Host.budget, at: now)
      }
      while let error = layers.pointee.internet.nextError() { report(error, to: layers, at: now) }
    } while loopBack(layers, at: now)
    announce()
  }

  /// The next frame to transmit; `notes.interface` says where. Nil: none now.
  public func takeOutgoing() -> Frame? { layers.pointee.internet.outgoing.pop() }

  /// When to call `expire`; `now` while segments wait for room to be sent.
  public var nextDeadline: Instant {
    if layers.pointee.tcp.hasOutput { return now }
    return min(layers.pointee.internet.nextDeadline, layers.pointee.tcp.nextDeadline)
  }

  /// A descriptor table for one program.
  public func makeSocketTable() -> SocketTable {
    let table = SocketTable(host: self, number: tables.count)
    tables.append(table)
    return table
  }

  // MARK: what it shows

  /// Connections and listeners that there are, closing ones too, without TIME-WAIT.
  public var endpointCount: Int { layers.pointee.tcp.endpointCount }

  public func withInternet<R>(_ body: (borrowing Internet) -> R) -> R { body(layers.pointee.internet) }
  public func withTCP<R>(_ body: (borrowing TCP) -> R) -> R { body(layers.pointee.tcp) }

  // MARK: inside

  private func deliver(
    _ arrival: consuming Arrival, to layers: UnsafeMutablePointer<Layers>, at now: Instant
  ) {
    switch consume arrival {
    case .none: break
    case .packet(let packet):
      if packet.protocol == .tcp {
        layers.pointee.tcp.receive(packet, &layers.pointee.internet, at: now)
      } else {
        layers.pointee.udp.receive(packet, &layers.pointee.internet, at: now)
      }
    case .error(let error): report(error, to: layers, at: now)
    }
  }

  private func report(_ error: ControlError, to layers: UnsafeMutablePointer<Layers>, at now: Instant) {
    let isBelieved =
      error.protocol == .tcp
      ? layers.pointee.tcp.failed(error, at: now) : layers.pointee.udp.failed(error, at: now)
    // RFC 8201 §4: only what a transport vouches for may narrow a path.
    if isBelieved, case .fragmentationNeeded(let mtu) = error.kind {
      layers.pointee.internet.learnPathMTU(mtu, to: error.destination, at: now)
    }
  }

  /// Packets to an address of our own come back in. False when there was none.
  private func loopBack(_ layers: UnsafeMutablePointer<Layers>, at now: Instant) -> Bool {
    var any = false
    while let packet = layers.pointee.internet.nextLoopback() {
      deliver(.packet(packet), to: layers, at: now)
      any = true
    }
    return any
  }

  func announce() {
    while let notice = layers.pointee.tcp.nextNotice() { announce(notice) }
    while let notice = layers.pointee.udp.nextNotice() { announce(notice) }
  }

  private func announce(_ notice: Notice) {
    let owner = SocketOwner(rawValue: notice.owner)
    guard owner.table < tables.count else { return }
    tables[owner.table].announce(owner, notice.readiness)
  }
}

/// Sees what programs write to and read from their streams, in order. For checkers.
public protocol SocketObserver: AnyObject {
  func opened(_ name: ConnectionName)
  func wrote(_ bytes: RawSpan, on name: ConnectionName)
  func read(_ bytes: RawSpan, on name: ConnectionName)
}
