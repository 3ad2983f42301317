import StrataBase
import StrataLink
import StrataSockets
import StrataStack
import StrataWire

/// Hosts, switches, routers and cables on one virtual clock. Time moves only by `advance` and `run`, from
/// one event to the next, so a minute of waiting costs nothing and the same seed gives the same run, event
/// for event.
///
/// ```swift
/// let world = World(seed: 7)
/// world.host("server") { net in
///   let socket = try await net.listen(port: 7).accept()
///   try await socket.write(socket.read(atMost: 100))
/// }
/// world.host("client") { net in
///   let socket = try await net.connect(to: "server", port: 7)
///   try await socket.write(Array("hello".utf8))
/// }
/// world.at(.seconds(3)) { $0.crash("server", restartAfter: .seconds(1)) }
/// try world.run(for: .seconds(60))
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
  public internal(set) var hosts: [WorldHost] = []
  public internal(set) var switches: [WorldSwitch] = []
  /// What sees every frame; the checkers among them give their verdict after each run.
  public var observers: [any FrameObserver] = []
  /// How cables are that are made without settings for hosts without addresses: 1 ms and perfect.
  public var usualCable = CableSettings(delay: .milliseconds(1))

  let log: UnsafeMutablePointer<EventLog>
  var cables: [Cabling] = []
  private var agenda = Deadlines()
  private var unsettled: [WorldHost] = []
  private var actions: [Int: (World) -> Void] = [:]
  private var actionCount = 0
  /// Whose jobs the world runs itself.
  let owner = QueueOwner()
  /// Takes in what actions hand to the global executor.
  let actionJobs: WorldQueue

  let names = HostNames()
  /// Who has each address, for partitions.
  var hostsByAddress: [Address: WorldHost] = [:]
  /// The numbers of the hosts of the default network so far.
  var defaultNumbers: UInt32 = 0
  var defaultSwitch: WorldSwitch?
  /// By switch: another one that cables join it to, itself at the root.
  var switchRoots: [Int] = []
  /// Something was plugged in since the routes were planned.
  var isPlanned = true
  /// Hosts that have not started yet.
  var unbooted: [WorldHost] = []
  var partitions = Partitions()
  /// How many frames were kept from hosts that they had reached, by `FrameCut`.
  private var cuts: [FrameCut: UInt64] = [:]

  /// The most rounds without the clock moving before the world says that it is stuck.
  public var mostRoundsAnInstant = 10_000_000
  /// Why the world came to a stop: something in it answers itself and time stands still. It moves no
  /// more, and `run` throws this.
  public private(set) var standstill: CheckFailure?
  /// The first thing that went wrong: a host's code threw, an action named a host that is not there. `run`
  /// throws it.
  public private(set) var failure: CheckFailure?

  /// The most hosts, switches and cables: events have 16 bits for hosts and for cables.
  public static let mostHosts = 65_535
  public static let mostCables = 65_536

  /// `frames` bounds the buffers of all hosts and cables together, `events` how many events are kept.
  public init(seed: UInt64, frames: Int = 65_536, largeFrames: Int = 1_024, events: Int = 65_536) {
    self.seed = seed
    pool = FramePool(standard: frames, large: largeFrames)
    log = .allocate(capacity: 1)
    log.initialize(to: EventLog(capacity: events))
    actionJobs = WorldQueue(of: owner)
  }

  deinit {
    actions.removeAll()
    for host in hosts { host.tearDown() }
    names.removeAll()
    for cabling in cables { cabling.tearDown() }
    pool.destroy()
    log.deinitialize(count: 1)
    log.deallocate()
  }

  /// Remembers the first mistake.
  func fail(_ sentence: String) {
    if failure == nil { failure = CheckFailure(sentence) }
  }

  /// Frames that were kept from hosts that they had reached.
  public func framesCut(_ reason: FrameCut) -> UInt64 { cuts[reason] ?? 0 }

  /// Does something to the world at a later instant.
  public func at(_ time: Instant, _ action: @escaping (World) -> Void) {
    actions[actionCount] = action
    agenda.insert(time, owner: Handle(slot: UInt32(actionCount), generation: Agenda.action))
    actionCount += 1
  }

  /// Does something to the world so long after its start.
  public func at(_ afterStart: Interval, _ action: @escaping (World) -> Void) {
    at(.start + afterStart, action)
  }

  /// Does something again and again: first when `interval` has passed from now on.
  public func every(_ interval: Interval, _ action: @escaping (World) -> Void) {
    precondition(interval > .zero, "an interval must be longer than nothing")
    at(now + interval) { world in
      action(world)
      world.every(interval, action)
    }
  }

  // MARK: time

  /// The hash of every event so far.
  public var eventHash: UInt64 { log.pointee.hash }
  public var eventCount: UInt64 { log.pointee.count }
  /// An event by its number, if it is still kept; the first is 1.
  public func event(_ number: UInt64) -> Event? { log.pointee.event(number) }

  /// When something happens next; `never` if nothing is left to happen.
  public var nextDeadline: Instant {
    unsettled.isEmpty && owner.waitingCount == 0 && unbooted.isEmpty ? agenda.first : now
  }

  /// Lets everything happen that is due up to `end`, and moves the clock there. In how many steps it
  /// gets there makes no difference.
  public func advance(to end: Instant) { owner.inside { move(to: end) } }

  private func move(to end: Instant) {
    prepare()
    settle()
    var rounds = 0
    while agenda.first <= end, standstill == nil {
      if agenda.first > now { rounds = 0 }
      rounds += 1
      if rounds > mostRoundsAnInstant { return stop(nil) }
      now = max(now, agenda.first)
      while let entry = agenda.removeDue(at: now) { wake(entry) }
      prepare()
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
    for host in hosts {
      if let complaint = host.jobs.complaint { throw CheckFailure("\(host.name): \(complaint)") }
    }
    if let complaint = actionJobs.complaint { throw CheckFailure("an action: \(complaint)") }
    if let failure { throw failure }
    for case let checker as any Checker in observers { try checker.verdict() }
  }

  private func stop(_ node: WorldHost?) {
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
      // It may do anything to any host: each has to know the time, and to answer.
      for host in hosts { touch(host) }
      actionJobs.inside { action(self) }
    case Agenda.cable:
      guard cables[index].queuedAt == entry.at else { return }
      cables[index].queuedAt = .never
      deliver(from: index)
      arm(cable: index)
    default:
      let node = hosts[index]
      guard node.queuedAt == entry.at else { return }
      node.queuedAt = .never
      touch(node)
      node.expire(at: now)
    }
  }

  private func deliver(from index: Int) {
    for end in 0...1 {
      let place = end == 0 ? cables[index].ends.0 : cables[index].ends.1
      let cable = cables[index].cable
      while let frame = cable.pointee.receive(at: end, now) {
        switch place {
        case .host(let host, let interface): deliver(frame, to: host, interface, from: index)
        case .switch(let lan, let port): pass(frame, through: lan, from: port)
        }
      }
    }
  }

  private func deliver(_ frame: consuming Frame, to host: WorldHost, _ interface: Int, from cable: Int) {
    if !host.isUp { return cut(frame, .hostDown, from: 0, to: host, cable) }
    if !partitions.isEmpty,
      let sender = partitions.sender(of: frame.bytes, hiddenFrom: host.number, hostsByAddress)
    {
      return cut(frame, .partition, from: sender, to: host, cable)
    }
    if !observers.isEmpty { arrived(frame, at: host) }
    host.host.receive(frame, on: interface, at: now)
    touch(host)
  }

  private func cut(_ frame: consuming Frame, _ why: FrameCut, from: Int, to host: WorldHost, _ cable: Int) {
    cuts[why, default: 0] += 1
    Trace(log, host: UInt16(host.number))(
      Event(
        .frameCut, at: now, flow: UInt32(cable), a: frame.notes.number, b: UInt64(from),
        c: UInt32(truncatingIfNeeded: frame.count), d: UInt32(why.rawValue)))
  }

  private func pass(_ frame: consuming Frame, through lan: WorldSwitch, from port: Int) {
    switch lan.verdict(frame.bytes, from: port, now: now) {
    case .nobody: break
    case .port(let out): put(frame, on: lan.ports[out].cable, lan.ports[out].end)
    case .all:
      for (number, out) in lan.ports.enumerated() where number != port {
        if let copy = copy(of: frame) {
          put(copy, on: out.cable, out.end)
        } else {
          lan.counters.starved &+= 1
        }
      }
    }
  }

  private func copy(of frame: borrowing Frame) -> Frame? {
    guard var copy = pool.take(large: frame.count > Frame.standardRoom) else { return nil }
    copy.append(frame.bytes)
    copy.notes.segmentSize = frame.notes.segmentSize
    return copy
  }

  func put(_ frame: consuming Frame, on cable: Int, _ end: Int) {
    cables[cable].cable.pointee.send(frame, from: end, at: now)
    arm(cable: cable)
  }

  /// Something happens on a host now: it knows the time, and answers before time moves on. For who makes
  /// socket calls on a host from outside of the world; they go out with the next `advance`.
  public func touch(_ node: WorldHost) {
    node.host.advance(to: now)
    if node.isUnsettled { return }
    node.isUnsettled = true
    unsettled.append(node)
  }

  /// Starts what is to start, and plans the ways there.
  private func prepare() {
    if !isPlanned { plan() }
    if !unbooted.isEmpty {
      let hosts = unbooted
      unbooted.removeAll()
      for host in hosts { start(host) }
    }
  }

  /// Lets hosts and programs answer until all are quiet at this instant.
  private func settle() {
    var at = 0
    while true {
      // Code of one host, or of nobody's, may wake that of another.
      if at == unsettled.count, owner.waitingCount > 0, standstill == nil { touchThoseWithJobs() }
      if at == unsettled.count || standstill != nil { break }
      let node = unsettled[at]
      at += 1
      node.isUnsettled = false
      if !node.settle(at: now, most: mostRoundsAnInstant) { stop(node) }
      while let frame = node.host.takeOutgoing() { send(frame, from: node) }
      arm(node: node)
    }
    unsettled.removeAll(keepingCapacity: true)
  }

  private func touchThoseWithJobs() {
    for host in hosts where !host.jobs.isEmpty { touch(host) }
    _ = actionJobs.run(most: mostRoundsAnInstant)
    if !actionJobs.isEmpty { stop(nil) }
  }

  private func send(_ frame: consuming Frame, from node: WorldHost) {
    let port = node.ports[Int(frame.notes.interface)]
    if !observers.isEmpty { sent(frame, from: node) }
    put(frame, on: port.cable, port.end)
  }

  private func sent(_ frame: borrowing Frame, from node: WorldHost) {
    for observer in observers { observer.sent(frame.bytes, from: node, now: now) }
  }

  private func arrived(_ frame: borrowing Frame, at node: WorldHost) {
    for observer in observers { observer.arrived(frame.bytes, at: node, now: now) }
  }

  func arm(cable index: Int) {
    let due = cables[index].cable.pointee.nextArrival
    guard due < cables[index].queuedAt else { return }
    cables[index].queuedAt = due
    makeRoomInAgenda()
    agenda.insert(due, owner: Handle(slot: UInt32(index), generation: Agenda.cable))
  }

  private func arm(node: WorldHost) {
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
    guard agenda.count >= 2 * (hosts.count + cables.count) + actions.count + World.agendaSlack else { return }
    var live = Deadlines()
    while let entry = agenda.removeDue(at: .never) {
      if entry.owner.generation == Agenda.action { live.insert(entry.at, owner: entry.owner) }
    }
    for (index, cabling) in cables.enumerated() where cabling.queuedAt != .never {
      live.insert(cabling.queuedAt, owner: Handle(slot: UInt32(index), generation: Agenda.cable))
    }
    for node in hosts where node.queuedAt != .never {
      live.insert(node.queuedAt, owner: Handle(slot: UInt32(node.number - 1), generation: Agenda.node))
    }
    agenda = live
  }

  static let agendaSlack = 64
}
