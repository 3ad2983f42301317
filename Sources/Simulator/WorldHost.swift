import StrataBase
import StrataLink
import StrataSockets
import StrataStack
import StrataTransport
import StrataWire

/// One host of a world with its place in it: a name, the cables that end here, and what runs on it.
public final class WorldHost {
  public let name: String
  /// From 1; the host number of this host's events.
  public let number: Int
  /// The first of its addresses. A router has those that its cables gave it.
  public var address: AddressPrefix { addresses[0] }
  /// Every interface has all of them, but for one that a cable gave others.
  public private(set) var addresses: [AddressPrefix]
  /// The stack of the present boot, or, while the host is down, of the last one.
  public private(set) var host: Host
  /// How often it was started; 1 is the first time.
  public private(set) var boot = 1
  /// Whether it has power.
  public private(set) var isUp = true
  let settings: HostSettings
  let isRouter: Bool
  private let seed: UInt64
  private let pool: FramePool
  private let trace: Trace

  struct Port {
    let cable: Int
    let end: Int
    let addresses: [AddressPrefix]
    let capabilities: LinkCapabilities
  }
  /// By interface number.
  private(set) var ports: [Port] = []
  /// Beyond those of its own networks; kept over a restart.
  private var routes: [HostRoute] = []
  /// What starts with every boot.
  var boots: [(WorldHost) -> Void] = []
  var programs: [RunningProgram] = []
  var tasks: [AsyncSockets<SocketTable>] = []
  private var spawned: [Spawned] = []
  /// Where the jobs of `tasks` wait.
  let jobs: WorldQueue
  var isUnsettled = false
  /// The instant of its entry in the world's agenda.
  var queuedAt = Instant.never

  init(
    name: String, number: Int, addresses: [AddressPrefix], settings: HostSettings, isRouter: Bool,
    seed: UInt64, owner: QueueOwner, pool: FramePool, trace: Trace
  ) {
    self.name = name
    self.number = number
    self.addresses = addresses
    self.settings = settings
    self.isRouter = isRouter
    self.seed = seed
    self.pool = pool
    self.trace = trace
    jobs = WorldQueue(of: owner)
    host = Host(
      pool: pool, random: WorldHost.random(seed, name, boot: 1), trace: trace, settings: settings)
  }

  /// Depends on the world's seed, the host's name and its boot alone: one host more changes no other.
  private static func random(_ seed: UInt64, _ name: String, boot: Int) -> Random {
    Random(seed: Random.mix(seed ^ StableHash.of(name)) &+ UInt64(boot))
  }
  /// What its code draws from, in the order in which it was started: sources of their own, so that none
  /// changes another, or the stack's.
  func random(inOrder count: Int) -> Random {
    Random(seed: Random.mix(seed &+ UInt64(count)) ^ StableHash.of(name) &+ UInt64(boot))
  }

  // MARK: its place

  /// The interface gets its number.
  func plug(cable: Int, end: Int, capabilities: LinkCapabilities, addresses own: [AddressPrefix]?) -> Int {
    let port = Port(cable: cable, end: end, addresses: own ?? addresses, capabilities: capabilities)
    for prefix in port.addresses where !addresses.contains(prefix) { addresses.append(prefix) }
    ports.append(port)
    attach(ports.count - 1)
    return ports.count - 1
  }

  private func attach(_ number: Int) {
    let port = ports[number]
    let hardware = WorldHost.hardware(host: self.number, interface: number)
    // Who made the world knows that no address is in it twice: nobody has to ask for a second before his
    // first packet.
    let interface = host.attach(
      hardware: hardware, addresses: port.addresses, capabilities: port.capabilities, duplicateProbes: 0)
    precondition(interface == number)
  }

  /// Every interface of a world has its own; host and interface can be read from it.
  static func hardware(host: Int, interface: Int) -> HardwareAddress {
    HardwareAddress(
      0x02, 0, UInt8(interface >> 8), UInt8(interface & 0xff), UInt8(host >> 8), UInt8(host & 0xff))
  }
  /// The number of the host with this hardware address; nil where it is nobody's here.
  static func number(of hardware: HardwareAddress) -> Int? {
    hardware.number >> 32 == 0x0200 ? Int(hardware.number & 0xffff) : nil
  }

  /// Sends packets for a network to a router. The route is there again after a restart.
  public func addRoute(to network: AddressPrefix, gateway: Address, interface: Int = 0) {
    let route = HostRoute(network: network, gateway: gateway, interface: interface)
    if let old = routes.firstIndex(where: { $0.network == network }) { routes.remove(at: old) }
    routes.append(route)
    if isUp { host.addRoute(to: network, gateway: gateway, interface: interface) }
  }

  // MARK: its clock

  var nextDeadline: Instant {
    var due = host.nextDeadline
    for program in programs { due = min(due, program.nextDeadline) }
    for net in tasks { due = min(due, net.nextDeadline) }
    return due
  }

  func expire(at now: Instant) {
    host.expire(at: now)
    for program in programs where program.nextDeadline <= now { program.expire() }
    for net in tasks where net.nextDeadline <= now { net.expire() }
  }

  /// Starts asynchronous code with sockets of its own. What it throws while this boot lasts is told to
  /// `failed`.
  func spawn(
    _ names: HostNames, failed: (@Sendable (any Error) -> Void)? = nil,
    _ body: @escaping @Sendable (HostNetwork) async throws -> Void
  ) -> Spawned {
    let sockets = AsyncSockets(host.makeSocketTable(), on: jobs)
    let net = HostNetwork(
      sockets, host: name, boot: boot, random: HostRandom(random(inOrder: tasks.count)), names: names)
    let spawned = Spawned(on: self)
    tasks.append(sockets)
    self.spawned.append(spawned)
    jobs.inside {
      spawned.task = Task(executorPreference: jobs) {
        do {
          try await body(net)
        } catch {
          spawned.failure = error
          if !spawned.isOver { failed?(error) }
        }
        spawned.isFinished = true
      }
    }
    return spawned
  }

  /// Stack and programs answer each other until neither has anything more to say at this instant, or
  /// `most` rounds have passed: then it is false.
  func settle(at now: Instant, most: Int) -> Bool {
    // Programs read first, so that one segment acknowledges, opens the window and carries their answer.
    host.announce()
    _ = runPrograms(most: most)
    for _ in 0..<most {
      host.flush(at: now)
      if !runPrograms(most: most) { return true }
      // They have had their turns, and want more.
      if !jobs.isEmpty { return false }
    }
    return false
  }

  /// Lets programs and tasks take what is announced; false when nothing was.
  private func runPrograms(most: Int) -> Bool {
    var isBusy = false
    for program in programs where program.handleEvents(most: most) { isBusy = true }
    for net in tasks { net.dispatch() }
    if jobs.run(most: most) { isBusy = true }
    return isBusy
  }

  // MARK: its power

  /// Ends it as a power failure does: peers hear nothing. Tasks are cancelled, and what they still come
  /// to does not count.
  func powerOff() {
    if !isUp { return }
    isUp = false
    host.stop()
    endPrograms()
  }

  /// Starts it again, with a fresh stack: what was open is gone.
  func powerOn(at now: Instant) {
    isUp = true
    boot += 1
    let observer = observer
    host = Host(
      pool: pool, random: WorldHost.random(seed, name, boot: boot), trace: trace, settings: settings)
    host.advance(to: now)
    host.observer = observer
    for number in ports.indices { attach(number) }
    for route in routes {
      host.addRoute(to: route.network, gateway: route.gateway, interface: route.interface)
    }
  }

  /// Ends its programs in order: their sockets are closed, and the stack still says so to their peers.
  func closePrograms() {
    for program in programs { program.sockets.closeAll() }
    for net in tasks { net.calls.closeAll() }
    endPrograms()
  }

  private func endPrograms() {
    programs.removeAll()
    for spawned in spawned {
      spawned.isOver = true
      spawned.cancel()
    }
    for net in tasks { net.end() }
    spawned.removeAll()
    tasks.removeAll()
  }

  /// What sees the bytes of its programs, in this and every later boot; for checkers.
  public weak var observer: (any SocketObserver)? {
    didSet { host.observer = observer }
  }

  /// Ends what runs here. Tasks are cancelled and get to run so that they end as well, if they can.
  func tearDown() {
    powerOff()
    boots.removeAll()
    jobs.run(most: WorldHost.mostFarewells)
  }

  /// How many jobs the tasks of a host that is torn down get to run.
  static let mostFarewells = 100_000
}

/// A route that was given to a host.
struct HostRoute {
  let network: AddressPrefix
  let gateway: Address
  let interface: Int
}
