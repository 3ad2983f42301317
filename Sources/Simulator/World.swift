import StrataBase
import StrataLink
import StrataSockets
import StrataStack
import StrataWire

/// Hosts and cables on one virtual clock. Time moves only by `advance` and `run`, from one event to the
/// next, so a minute of waiting costs nothing and the same seed gives the same run, event for event.
///
/// ```swift
/// let world = World(seed: 7)
/// let client = world.host("client", AddressPrefix("10.0.0.1/24")!)
/// let server = world.host("server", AddressPrefix("10.0.0.2/24")!)
/// world.cable(client, server, CableSettings(delay: .milliseconds(5), loss: 0.01))
/// world.run(EchoServer(port: 7), on: server)
/// let call = world.run(EchoClient(to: "10.0.0.2:7", says: "hello"), on: client)
/// try world.run(for: .seconds(60))
/// print(world.program(call).answer, world.eventHash)
/// ```
///
/// A world and all in it belong to one thread. An action of `at` and a program must not call
/// `advance` or `run(for:)`.
public final class World {
  public let seed: UInt64
  /// The virtual clock.
  public private(set) var now = Instant.start
  /// Where all hosts and cables of the world take their buffers from.
  public let pool: FramePool
  public private(set) var nodes: [Node] = []
  /// What sees every frame; the checkers among them give their verdict after each run.
  public var observers: [any FrameObserver] = []

  private let log: UnsafeMutablePointer<EventLog>
  private(set) var cables: [Cabling] = []
  private var random: Random
  private var agenda = Deadlines()
  private var unsettled: [Node] = []
  /// Hosts with asynchronous code, which may get something to do while the world stands.
  private var taskNodes: [Node] = []
  private var actions: [Int: (World) -> Void] = [:]
  private var actionCount = 0

  /// The most rounds without the clock moving before the world says that it is stuck.
  public var mostRoundsAnInstant = 10_000_000
  /// Why the world came to a stop: something in it answers itself and time stands still. It moves no
  /// more, and `run` throws this.
  public private(set) var standstill: CheckFailure?

  /// The most hosts and the most cables: events have 16 bits for either.
  public static let mostHosts = 65_535
  public static let mostCables = 65_536

  /// `frames` bounds the buffers of all hosts and cables together, `events` how many events are kept.
  public init(seed: UInt64, frames: Int = 65_536, largeFrames: Int = 1_024, events: Int = 65_536) {
    self.seed = seed
    random = Random(seed: seed)
    pool = FramePool(standard: frames, large: largeFrames)
    log = .allocate(capacity: 1)
    log.initialize(to: EventLog(capacity: events))
  }

  deinit {
    for node in nodes { node.tearDown() }
    for cabling in cables { cabling.tearDown() }
    pool.destroy()
    log.deinitialize(count: 1)
    log.deallocate()
  }

  // MARK: what stands in it

  /// Adds a host without an interface; a cable brings one. Addresses are like `10.0.0.1/24` and
  /// `fd00::1/64`: one at least, at most one of them IPv4.
  @discardableResult
  public func host(
    _ name: String, _ addresses: AddressPrefix..., settings: HostSettings = HostSettings()
  ) -> Node {
    precondition(!addresses.isEmpty, "give the host \(name) an address")
    let number = nodes.count + 1
    precondition(number <= World.mostHosts, "a world has at most \(World.mostHosts) hosts")
    let host = Host(
      pool: pool, random: random.fork(), trace: Trace(log, host: UInt16(number)), settings: settings)
    let node = Node(name: name, number: number, addresses: addresses, host: host)
    nodes.append(node)
    return node
  }

  /// The same with the address as text. Text that is no address is a mistake of the program.
  @discardableResult
  public func host(_ name: String, _ address: String, settings: HostSettings = HostSettings()) -> Node {
    guard let prefix = AddressPrefix(address) else { preconditionFailure("\(address) is no address/length") }
    return host(name, prefix, settings: settings)
  }

  /// Joins two hosts, end 0 at `a`, end 1 at `b`, and gives the cable's number.
  @discardableResult
  public func cable(_ a: Node, _ b: Node, _ settings: CableSettings = CableSettings()) -> Int {
    let number = cables.count
    precondition(number < World.mostCables, "a world has at most \(World.mostCables) cables")
    let cable = Cable(
      settings: settings, number: UInt16(number), seed: random.next(), trace: Trace(log, host: 0), pool: pool)
    cables.append(Cabling(cable: cable, ends: (a, b)))
    for (end, node) in [a, b].enumerated() {
      node.plug(cable: number, end: end, settings: settings)
      touch(node)
    }
    return number
  }

  /// The cable's settings and counters; settings may be changed while it runs.
  public func withCable<R>(_ number: Int, _ body: (inout Cable) -> R) -> R {
    body(&cables[number].cable.pointee)
  }

  /// Starts a program on a host, at this instant.
  @discardableResult
  public func run<P: Program>(_ program: P, on node: Node) -> ProgramReference<P> {
    let box = ProgramBox(program, on: node.host.makeSocketTable())
    node.programs.append(box)
    touch(node)
    box.start()
    return ProgramReference(box: box, node: node, index: node.programs.count - 1)
  }

  /// A program as it is now.
  public func program<P: Program>(_ reference: ProgramReference<P>) -> P { reference.box.program }

  /// Changes a running program from outside. What it does with its sockets goes out at this instant.
  public func withProgram<P: Program, R>(_ reference: ProgramReference<P>, _ body: (inout P) -> R) -> R {
    touch(reference.node)
    return body(&reference.box.program)
  }

  /// Takes something out of a program. Nothing happens in the world by it: no host has to answer.
  public func take<P: Program, R>(from reference: ProgramReference<P>, _ body: (inout P) -> R) -> R {
    body(&reference.box.program)
  }

  /// Hands a program a message from outside the world, and lets everything answer that answers at this
  /// instant: so the run depends on the messages and their instants alone, and a recording keeps these.
  public func input<P: Program>(_ message: RawSpan, to reference: ProgramReference<P>) {
    touch(reference.node)
    reference.box.receive(message)
    advance(to: now)
  }

  /// Puts a frame on a cable as if the host at that end had sent it. False: no buffer is left for it, or
  /// it is larger than the largest.
  @discardableResult
  public func inject(_ bytes: RawSpan, onto cable: Int, from end: Int) -> Bool {
    guard bytes.byteCount <= Frame.largeRoom,
      var frame = pool.take(large: bytes.byteCount > Frame.standardRoom)
    else { return false }
    frame.append(bytes)
    cables[cable].cable.pointee.send(frame, from: end, at: now)
    arm(cable: cable)
    return true
  }

  /// Runs asynchronous code on a host. Its sockets are in its argument; its jobs run on the world's
  /// thread, in order, at the instants that wake them. A job that comes from elsewhere, such as the end
  /// of a sleep on a real clock, makes `run` throw: that run would not repeat.
  @discardableResult
  public func spawn(
    on node: Node, _ body: @escaping @Sendable (AsyncSockets<SocketTable>) async throws -> Void
  ) -> Spawned {
    touch(node)
    if node.tasks.isEmpty { taskNodes.append(node) }
    return node.spawn(body)
  }

  /// Does something to the world at a later instant.
  public func at(_ time: Instant, _ action: @escaping (World) -> Void) {
    actions[actionCount] = action
    agenda.insert(time, owner: Handle(slot: UInt32(actionCount), generation: Agenda.action))
    actionCount += 1
  }

  // MARK: time

  /// The hash of every event so far.
  public var eventHash: UInt64 { log.pointee.hash }
  public var eventCount: UInt64 { log.pointee.count }
  /// An event by its number, if it is still kept; the first is 1.
  public func event(_ number: UInt64) -> Event? { log.pointee.event(number) }

  /// When something happens next; `never` if nothing is left to happen.
  public var nextDeadline: Instant {
    unsettled.isEmpty && taskNodes.allSatisfy { $0.jobs.isEmpty } ? agenda.first : now
  }

  /// Lets everything happen that is due up to `end`, and moves the clock there. In how many steps it
  /// gets there makes no difference.
  public func advance(to end: Instant) {
    for node in taskNodes where !node.jobs.isEmpty { touch(node) }
    settle()
    var rounds = 0
    while agenda.first <= end, standstill == nil {
      if agenda.first > now { rounds = 0 }
      rounds += 1
      if rounds > mostRoundsAnInstant { return stop(nil) }
      now = max(now, agenda.first)
      while let entry = agenda.removeDue(at: now) { wake(entry) }
      settle()
    }
    if end > now, end != .never, standstill == nil { now = end }
  }

  /// Runs for a span of virtual time; throws what a checker found.
  public func run(for span: Interval) throws {
    advance(to: now + span)
    try verdict()
  }

  /// Runs until nothing is left to happen, at most for `limit`. True when it became quiet.
  @discardableResult
  public func runUntilQuiet(limit: Interval = .seconds(3_600)) throws -> Bool {
    let end = now + limit
    while nextDeadline <= end, standstill == nil { advance(to: nextDeadline) }
    try verdict()
    guard nextDeadline == .never else { return false }
    for case let checker as any Checker in observers { try checker.verdictAtEnd() }
    return true
  }

  /// Throws what was wrong with the run so far.
  private func verdict() throws {
    if let standstill { throw standstill }
    for node in nodes where node.foreign.count > 0 {
      throw CheckFailure(
        "\(node.name): \(node.foreign.count) jobs came from outside of the world, from a sleep on a real "
          + "clock or a detached task; wait with a deadline of the world's clock instead")
    }
    for case let checker as any Checker in observers { try checker.verdict() }
  }

  private func stop(_ node: Node?) {
    let place = node.map { "\($0.name) answers itself" } ?? "something answers itself"
    standstill = CheckFailure("the world stands still at \(now): \(place) again and again at one instant")
  }

  // MARK: one step

  private enum Agenda {
    static let node: UInt32 = 0
    static let cable: UInt32 = 1
    static let action: UInt32 = 2
  }

  private func wake(_ entry: Deadlines.Entry) {
    let index = entry.owner.index
    switch entry.owner.generation {
    case Agenda.action:
      guard let action = actions.removeValue(forKey: index) else { return }
      // What an action does to tasks comes from the world, not from outside.
      insideAll(nodes[...]) { action(self) }
    case Agenda.cable:
      guard cables[index].queuedAt == entry.at else { return }
      cables[index].queuedAt = .never
      deliver(from: index)
      arm(cable: index)
    default:
      let node = nodes[index]
      guard node.queuedAt == entry.at else { return }
      node.queuedAt = .never
      touch(node)
      node.expire(at: now)
    }
  }

  private func insideAll(_ rest: ArraySlice<Node>, _ body: () -> Void) {
    guard let node = rest.first else { return body() }
    node.jobs.inside { insideAll(rest.dropFirst(), body) }
    touch(node)
  }

  private func deliver(from index: Int) {
    let cabling = cables[index]
    for end in 0...1 {
      let node = end == 0 ? cabling.ends.0 : cabling.ends.1
      let interface = node.interface(of: index, end: end)
      while let frame = cabling.cable.pointee.receive(at: end, now) {
        if !observers.isEmpty { arrived(frame, at: node) }
        node.host.receive(frame, on: interface, at: now)
        touch(node)
      }
    }
  }

  /// Something happens on a host now: it knows the time, and answers before time moves on. For who makes
  /// socket calls on a host from outside of the world; they go out with the next `advance`.
  public func touch(_ node: Node) {
    node.host.advance(to: now)
    if node.isUnsettled { return }
    node.isUnsettled = true
    unsettled.append(node)
  }

  /// Lets hosts and programs answer until all are quiet at this instant.
  private func settle() {
    var at = 0
    while at < unsettled.count {
      let node = unsettled[at]
      at += 1
      node.isUnsettled = false
      if !node.settle(at: now, most: mostRoundsAnInstant) { stop(node) }
      while let frame = node.host.takeOutgoing() { send(frame, from: node) }
      arm(node: node)
    }
    unsettled.removeAll(keepingCapacity: true)
  }

  private func send(_ frame: consuming Frame, from node: Node) {
    let port = node.ports[Int(frame.notes.interface)]
    if !observers.isEmpty { sent(frame, from: node) }
    cables[port.cable].cable.pointee.send(frame, from: port.end, at: now)
    arm(cable: port.cable)
  }

  private func sent(_ frame: borrowing Frame, from node: Node) {
    for observer in observers { observer.sent(frame.bytes, from: node, now: now) }
  }

  private func arrived(_ frame: borrowing Frame, at node: Node) {
    for observer in observers { observer.arrived(frame.bytes, at: node, now: now) }
  }

  private func arm(cable index: Int) {
    let due = cables[index].cable.pointee.nextArrival
    guard due < cables[index].queuedAt else { return }
    cables[index].queuedAt = due
    makeRoomInAgenda()
    agenda.insert(due, owner: Handle(slot: UInt32(index), generation: Agenda.cable))
  }

  private func arm(node: Node) {
    let due = node.nextDeadline
    guard due < node.queuedAt else { return }
    node.queuedAt = due
    makeRoomInAgenda()
    agenda.insert(due, owner: Handle(slot: UInt32(node.number - 1), generation: Agenda.node))
  }

  /// Entries of the agenda, for tests.
  var agendaCount: Int { agenda.count }

  /// An entry that an earlier one overtook is dead, and stays until its time. When dead entries are more
  /// than all others they are cleared out, so the agenda stays within two entries a host and cable.
  private func makeRoomInAgenda() {
    guard agenda.count >= 2 * (nodes.count + cables.count) + actions.count + World.agendaSlack else { return }
    var live = Deadlines()
    while let entry = agenda.removeDue(at: .never) {
      if entry.owner.generation == Agenda.action { live.insert(entry.at, owner: entry.owner) }
    }
    for (index, cabling) in cables.enumerated() where cabling.queuedAt != .never {
      live.insert(cabling.queuedAt, owner: Handle(slot: UInt32(index), generation: Agenda.cable))
    }
    for node in nodes where node.queuedAt != .never {
      live.insert(node.queuedAt, owner: Handle(slot: UInt32(node.number - 1), generation: Agenda.node))
    }
    agenda = live
  }

  static let agendaSlack = 64
}
