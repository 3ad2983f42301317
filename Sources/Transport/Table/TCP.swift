import StrataBase
import StrataInternet
import StrataLink
import StrataWire

/// All of a host's TCP: connections, listeners, half-open handshakes and names in TIME-WAIT, with one
/// demultiplexer, one heap of deadlines and one ring of connections that have something to send. It never
/// looks inside a connection's protocol state.
///
/// ```swift
/// var tcp = TCP(pool: pool, random: Random(seed: 1), trace: Trace())
/// let listener = try tcp.listen(on: SocketName(.anyV4, 80), backlog: 128, owner: 1)
/// // one turn
/// tcp.receive(packet, &internet, at: now)
/// tcp.expire(at: now)
/// tcp.transmit(&internet, budget: 64, at: now)
/// while let notice = tcp.nextNotice() {
///   if let connection = tcp.accept(listener, owner: 2) { ... }
/// }
/// ```
public struct TCP: ~Copyable {
  let pool: FramePool
  let trace: Trace
  public let settings: TCPSettings
  public let limits: TableLimits

  var endpoints: Slab<Endpoint>
  var demultiplexer: Demultiplexer
  var listeners: Listeners
  /// Names that users bound and that do not listen, or not yet.
  var bound = Bindings()
  var halfOpen: HalfOpenQueue
  var timeWait: TimeWaitQueue
  var deadlines = Deadlines()
  /// Connections that may have something to send.
  var ready = SlotQueue()
  /// Half-open entries whose SYN+ACK is due again.
  var handshakes = SlotQueue()
  /// Endpoints whose users are to be told something.
  var notices = SlotQueue()
  var ports: Ports
  let initialSequence: InitialSequence
  var cookies: SYNCookies
  var answerLimit: ErrorLimit
  public internal(set) var counters = TCPCounters()

  /// At most `capacity` connections and listeners together. Memory is taken as they come.
  public init(
    pool: FramePool, random: Random, trace: Trace, settings: TCPSettings = .init(), capacity: Int = 65_536,
    limits: TableLimits = .init()
  ) {
    var random = random
    self.pool = pool
    self.trace = trace
    self.settings = settings
    self.limits = limits
    endpoints = Slab(capacity: capacity)
    demultiplexer = Demultiplexer(random: &random)
    listeners = Listeners(capacity: limits.listeners)
    halfOpen = HalfOpenQueue(capacity: limits.halfOpen)
    timeWait = TimeWaitQueue(capacity: limits.timeWait)
    ports = Ports(random: &random)
    initialSequence = InitialSequence(random: &random)
    cookies = SYNCookies(random: &random)
    answerLimit = ErrorLimit(rate: limits.answersPerSecond, burst: limits.answersAtOnce)
  }

  deinit {
    for handle in endpoints.handles {
      guard let connection = endpoints.pointer(handle)?.pointee.connection else { continue }
      connection.deinitialize(count: 1)
      connection.deallocate()
    }
  }

  /// When `expire` has something to do.
  public var nextDeadline: Instant { min(deadlines.first, halfOpen.nextDeadline, timeWait.nextDeadline) }
  /// Whether `transmit` has something to do.
  public var hasOutput: Bool { !ready.isEmpty || !handshakes.isEmpty }

  /// Connections and listeners that there are.
  public var endpointCount: Int { endpoints.count }
  /// Handshakes that are under way at all listeners.
  public var halfOpenCount: Int { halfOpen.count }
  /// Names in TIME-WAIT.
  public var timeWaitCount: Int { timeWait.count }

  /// The `flow` of events about segments that no connection has.
  static var noFlow: UInt32 { .max }

  /// Flags and window as the events of segments have them.
  static func traced(_ flags: TCPFlags, window: UInt16) -> UInt32 {
    UInt32(flags.rawValue & 0xff) << 24 | UInt32(window >> 8)
  }

  // MARK: - Endpoints

  @inline(__always) func pointer(at index: Int) -> UnsafeMutablePointer<Endpoint>? {
    guard let handle = endpoints.handle(at: index) else { return nil }
    return endpoints.pointer(handle)
  }

  /// Does what a call of a connection made necessary. The slot may be free afterwards.
  @inline(__always)
  mutating func settle(
    _ index: Int, _ endpoint: UnsafeMutablePointer<Endpoint>, _ disposition: Disposition, at now: Instant
  ) {
    if disposition.contains(.transmit) { ready.push(index) }
    // Nobody is told of a connection that nobody accepted.
    if disposition.contains(.readinessRose), endpoint.pointee.isHeld, endpoint.pointee.listener < 0 {
      notices.push(index)
    }
    arm(index, endpoint)
    if !disposition.isDisjoint(with: [.closed, .timeWait]) { end(index, endpoint, disposition, at: now) }
  }

  /// Sees to it that a deadline entry comes up no later than the connection wants.
  @inline(__always) mutating func arm(_ index: Int, _ endpoint: UnsafeMutablePointer<Endpoint>) {
    guard let connection = endpoint.pointee.connection, endpoint.pointee.isOnWire else { return }
    let wanted = connection.pointee.nextDeadline
    if wanted < endpoint.pointee.queuedAt { queue(index, endpoint, at: wanted) }
  }

  @inline(never)
  private mutating func queue(_ index: Int, _ endpoint: UnsafeMutablePointer<Endpoint>, at wanted: Instant) {
    guard let handle = endpoints.handle(at: index) else { return }
    endpoint.pointee.queuedAt = wanted
    if deadlines.count >= 2 * endpoints.count + 64 { dropDeadDeadlines() }
    deadlines.insert(wanted, owner: handle)
  }

  /// A deadline that moves earlier leaves a dead entry behind. They are cleared out when they are more
  /// than half of all, so the heap stays within two entries an endpoint.
  private mutating func dropDeadDeadlines() {
    var live = Deadlines(capacity: endpoints.count + 64)
    while let entry = deadlines.removeDue(at: .never) {
      guard let endpoint = endpoints.pointer(entry.owner), endpoint.pointee.queuedAt == entry.at else {
        continue
      }
      live.insert(entry.at, owner: entry.owner)
    }
    deadlines = live
  }

  /// The protocol has ended, or waits out 2 MSL, and the user is gone.
  @inline(never)
  private mutating func end(
    _ index: Int, _ endpoint: UnsafeMutablePointer<Endpoint>, _ disposition: Disposition, at now: Instant
  ) {
    guard let connection = endpoint.pointee.connection else { return }
    endpoint.pointee.isHeld = false
    if endpoint.pointee.listener >= 0 { leaveFinishedQueue(index, endpoint) }
    if disposition.contains(.closed) {
      leaveWire(endpoint)
      release(index)
    } else if connection.pointee.hasOutput {
      // The acknowledgment of the peer's FIN goes first; `transmit` comes back to this.
      endpoint.pointee.isEnding = true
      ready.push(index)
    } else {
      enterTimeWait(index, endpoint, at: now)
    }
  }

  /// The name is free for another connection.
  mutating func leaveWire(_ endpoint: UnsafeMutablePointer<Endpoint>) {
    guard let connection = endpoint.pointee.connection, endpoint.pointee.isOnWire else { return }
    endpoint.pointee.isOnWire = false
    demultiplexer.remove(ConnectionKey(connection.pointee.name))
  }

  /// Frees an endpoint that neither the wire nor a user knows any more.
  mutating func release(_ index: Int) {
    guard let handle = endpoints.handle(at: index), let endpoint = endpoints.remove(handle) else { return }
    ready.remove(index)
    notices.remove(index)
    guard let connection = endpoint.connection else { return }
    connection.deinitialize(count: 1)
    connection.deallocate()
    counters.closed += 1
  }

  /// A connection that nobody accepted in time is nobody's.
  private mutating func leaveFinishedQueue(_ index: Int, _ endpoint: UnsafeMutablePointer<Endpoint>) {
    let number = endpoint.pointee.listener
    endpoint.pointee.listener = -1
    endpoint.pointee.isHeld = false
    guard let listener = listeners.pointer(number), let handle = endpoints.handle(at: index) else { return }
    listener.pointee.finished.remove(handle)
  }

  /// A compact entry takes the place of a connection in TIME-WAIT. Where a user still holds it, what he
  /// has not read stays with him.
  mutating func enterTimeWait(
    _ index: Int, _ endpoint: UnsafeMutablePointer<Endpoint>, at now: Instant
  ) {
    guard let connection = endpoint.pointee.connection else { return }
    leaveWire(endpoint)
    if timeWait.isFull, let oldest = timeWait.oldest, let entry = timeWait.remove(oldest) {
      demultiplexer.remove(entry.key)
      counters.timeWaitReclaimed += 1
    }
    let entry = TimeWait(connection.pointee, expiry: now + settings.values.timeWait)
    if let slot = timeWait.insert(entry) { demultiplexer.insert(entry.key, Place(.timeWait, slot)) }
    if endpoint.pointee.isHeld { ready.remove(index) } else { release(index) }
  }

  /// Sends a segment in the table's own name.
  mutating func send(
    _ segment: ControlSegment, _ internet: inout Internet, at now: Instant
  ) {
    guard var path = internet.path(to: segment.destination, from: segment.source) else {
      counters.noRoute += 1
      return
    }
    guard var frame = pool.take() else {
      counters.noBuffers += 1
      return
    }
    segment.emit(into: &frame)
    counters.segmentsOut += 1
    trace(
      Event(
        .segmentSent, at: now, flow: Self.noFlow, d: Self.traced(segment.flags, window: segment.window)))
    internet.send(frame, on: &path, to: segment.destination, protocol: .tcp, at: now)
  }

  /// Sends an answer to a segment that no connection vouches for, as far as the limit allows.
  mutating func answer(_ segment: ControlSegment, _ internet: inout Internet, at now: Instant) {
    guard answerLimit.allows(at: now) else {
      counters.answersLimited += 1
      return
    }
    if segment.flags.contains(.rst) { counters.resetsSent += 1 }
    send(segment, &internet, at: now)
  }
}
