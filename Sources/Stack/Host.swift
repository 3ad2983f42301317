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
  let layers: UnsafeMutablePointer<HostLayers>

  /// Segments that one flush sends at most before it looks at what arrived.
  static let budget = 1_024
  /// The most socket tables: their numbers have 16 bits in what Transport knows a socket by.
  public static let mostTables = 65_536

  /// The pool must outlive the host, or the host be stopped first.
  public init(pool: FramePool, random: Random, trace: Trace, settings: HostSettings = HostSettings()) {
    layers = .allocate(capacity: 1)
    layers.initialize(to: HostLayers(pool: pool, random: random, trace: trace, settings: settings))
  }

  deinit {
    for table in layers.pointee.tables { table.hostStopped() }
    layers.deinitialize(count: 1)
    layers.deallocate()
  }

  public var settings: HostSettings { layers.pointee.settings }

  /// What sees the bytes that programs write and read; for checkers.
  public var observer: (any SocketObserver)? {
    get { layers.pointee.observer }
    set {
      layers.pointee.observer = newValue
      layers.pointee.isObserved = newValue != nil
    }
  }

  /// The clock of socket calls. Its owner moves it before programs run, and with every call here.
  public var now: Instant { layers.pointee.now }

  // MARK: what it stands on

  /// Adds an interface; gives its number, from 0.
  public func attach(
    hardware: HardwareAddress, address: AddressPrefix, capabilities: LinkCapabilities
  ) -> Int {
    layers.pointee.internet.attach(hardware: hardware, address: address, capabilities: capabilities)
  }

  /// The same with at most one IPv4 address and any number of IPv6 ones. `duplicateProbes`: how often an
  /// IPv6 address is asked for before it is used; nil as the settings say.
  public func attach(
    hardware: HardwareAddress, addresses: [AddressPrefix], capabilities: LinkCapabilities,
    duplicateProbes: Int? = nil
  ) -> Int {
    layers.pointee.internet.attach(
      hardware: hardware, addresses: addresses, capabilities: capabilities, duplicateProbes: duplicateProbes)
  }

  /// Joins a link of packets, such as a tunnel: frames begin with their IP header, addresses hold at once.
  /// `takesAll`: packets for whatever address are for this host.
  public func attachPacketLink(
    addresses: [AddressPrefix], capabilities: LinkCapabilities, takesAll: Bool = false
  ) -> Int {
    layers.pointee.internet.attachPacketLink(
      addresses: addresses, capabilities: capabilities, takesAll: takesAll)
  }

  /// Gives an interface one more IPv6 address; false where there is no room for it.
  @discardableResult
  public func addAddress(_ prefix: AddressPrefix, to interface: Int) -> Bool {
    layers.pointee.internet.addAddress(prefix, to: interface)
  }

  /// Takes an IPv6 address away; false where it is not there.
  @discardableResult
  public func removeAddress(_ address: Address, from interface: Int) -> Bool {
    layers.pointee.internet.removeAddress(address, from: interface)
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
  public func advance(to now: Instant) { layers.pointee.now = now }

  /// A frame arrived.
  public func receive(_ frame: consuming Frame, on interface: Int, at now: Instant) {
    let layers = layers
    if layers.pointee.isStopped { return }
    layers.pointee.now = now
    deliver(layers.pointee.internet.receive(frame, on: interface, at: now), to: layers, at: now)
  }

  /// Lets what is due happen.
  public func expire(at now: Instant) {
    let layers = layers
    layers.pointee.now = now
    if layers.pointee.internet.nextDeadline <= now { layers.pointee.internet.expire(at: now) }
    if layers.pointee.tcp.nextDeadline <= now { layers.pointee.tcp.expire(at: now) }
    if layers.pointee.roomAt <= now { layers.pointee.announceRoom() }
  }

  /// Sends what may be sent, and tells the socket tables what became ready.
  public func flush(at now: Instant) {
    let layers = layers
    layers.pointee.now = now
    var isMoving = true
    while isMoving {
      if layers.pointee.tcp.hasOutput {
        layers.pointee.tcp.transmit(&layers.pointee.internet, budget: Host.budget, at: now)
      }
      isMoving = loopBack(layers, at: now)
      while let error = layers.pointee.internet.nextError() {
        report(error, to: layers, at: now)
        isMoving = true
      }
    }
    layers.pointee.announce()
  }

  /// The next frame to transmit; `notes.interface` says where. Nil: none now.
  public func takeOutgoing() -> Frame? { layers.pointee.internet.outgoing.pop() }

  /// Whether frames wait to be transmitted.
  public var hasOutgoing: Bool { !layers.pointee.internet.outgoing.isEmpty }

  /// When to call `expire`; `now` while segments wait for room to be sent.
  public var nextDeadline: Instant {
    let layers = layers
    if layers.pointee.tcp.hasOutput {
      // Without buffers nothing could go before somebody gives some back.
      return layers.pointee.pool.available > 0 ? now : now + HostLayers.pause
    }
    let deadline = min(layers.pointee.internet.nextDeadline, layers.pointee.tcp.nextDeadline)
    return min(deadline, layers.pointee.roomAt)
  }

  /// Ends the host as a power failure does: peers hear nothing, all its sockets are closed, and every
  /// buffer goes back to its pool. From then on it does nothing.
  public func stop() {
    let layers = layers
    if layers.pointee.isStopped { return }
    for table in layers.pointee.tables { table.hostStopped() }
    let (pool, now) = (layers.pointee.pool, layers.pointee.now)
    var settings = layers.pointee.settings
    settings.connections = 1
    layers.pointee = HostLayers(pool: pool, random: Random(seed: 0), trace: Trace(), settings: settings)
    layers.pointee.now = now
    layers.pointee.isStopped = true
  }

  /// A descriptor table for one program.
  public func makeSocketTable() -> SocketTable {
    let number = layers.pointee.tables.count
    precondition(number < Host.mostTables, "a host has at most \(Host.mostTables) socket tables")
    let table = SocketTable(layers: layers, number: number)
    if layers.pointee.isStopped { table.hostStopped() } else { layers.pointee.tables.append(table) }
    return table
  }

  // MARK: what it shows

  /// Connections and listeners that there are, closing ones too, without TIME-WAIT.
  public var endpointCount: Int { layers.pointee.tcp.endpointCount }

  public func withInternet<R>(_ body: (borrowing Internet) -> R) -> R { body(layers.pointee.internet) }
  public func withTCP<R>(_ body: (borrowing TCP) -> R) -> R { body(layers.pointee.tcp) }
  public func withUDP<R>(_ body: (borrowing UDP) -> R) -> R { body(layers.pointee.udp) }

  // MARK: inside

  private func deliver(
    _ arrival: consuming Arrival, to layers: UnsafeMutablePointer<HostLayers>, at now: Instant
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

  private func report(
    _ error: ControlError, to layers: UnsafeMutablePointer<HostLayers>, at now: Instant
  ) {
    let isBelieved =
      error.protocol == .tcp
      ? layers.pointee.tcp.failed(error, at: now) : layers.pointee.udp.failed(error, at: now)
    // RFC 8201 §4: only what a transport vouches for may narrow a path.
    if isBelieved, case .fragmentationNeeded(let mtu) = error.kind {
      layers.pointee.internet.learnPathMTU(mtu, to: error.destination, at: now)
    }
  }

  /// Packets to an address of our own come back in. False when there was none.
  private func loopBack(_ layers: UnsafeMutablePointer<HostLayers>, at now: Instant) -> Bool {
    var any = false
    while let packet = layers.pointee.internet.nextLoopback() {
      deliver(.packet(packet), to: layers, at: now)
      any = true
    }
    return any
  }

  /// Tells the socket tables what became ready. `flush` ends with this; who wants the programs to read
  /// before TCP answers calls it first: then acknowledgments tell of the room that reading made, and go
  /// out with what the programs write.
  public func announce() { layers.pointee.announce() }
}
