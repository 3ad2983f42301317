import StrataBase

/// The async face of a ground: it suspends tasks that would block and resumes them when the ground says
/// that they can go on. A call that need not wait never suspends.
///
/// Everything here belongs to one thread, the ground's. Tasks get there by preferring a `RunQueue`,
/// which the ground's owner runs:
///
/// ```swift
/// let queue = RunQueue(whenForeign: { [waker = loop.waker] in waker.wake() })
/// let net = AsyncSockets(KernelSockets(on: loop), on: queue)
/// Task(executorPreference: queue) {
///   let listener = try net.listen(SocketAddress("127.0.0.1:8080")!, backlog: 128)
///   while true {
///     let socket = try await listener.accept()
///     Task(executorPreference: queue) {
///       while case let bytes = try await socket.read(atMost: 16_384), !bytes.isEmpty {
///         try await socket.write(bytes)
///       }
///     }
///   }
/// }
/// while !loop.isStopped {
///   net.turn()
///   loop.turn(until: net.nextDeadline)
/// }
/// ```
public final class AsyncSockets<Calls: SocketCalls>: @unchecked Sendable {
  /// The direction in which a task waits. One task at most waits in each.
  enum Side {
    case reading
    case writing
  }

  private struct Place {
    var reader: Waiter?
    var writer: Waiter?
  }

  /// The ground. Events of it are taken by `dispatch` alone.
  public let calls: Calls
  public let queue: RunQueue
  private var places: [Place] = []
  private var deadlines = DeadlineHeap()
  private var isEnded = false
  /// Calls that would have waited since the end.
  private var refusals = 0
  /// Tasks that are suspended here now.
  public private(set) var waitingCount = 0

  public init(_ calls: Calls, on queue: RunQueue) {
    self.calls = calls
    self.queue = queue
  }

  // MARK: The owner's side

  /// Dispatches events and expired deadlines and runs tasks until nothing is left to do at this instant.
  public func turn() {
    repeat {
      dispatch()
      expire()
    } while queue.run()
  }

  /// Takes all events of the ground and resumes those who wait for them.
  public func dispatch() {
    queue.inside {
      while let event = calls.nextEvent() {
        let index = Int(event.descriptor.rawValue)
        guard index < places.count else { continue }
        if !event.readiness.isDisjoint(with: [.readable, .peerClosed, .failed]) {
          places[index].reader?.resume(.ready)
        }
        if !event.readiness.isDisjoint(with: [.writable, .failed]) {
          places[index].writer?.resume(.ready)
        }
      }
    }
  }

  /// When `expire` has something to do; `never` when no task waits with a deadline.
  public var nextDeadline: Instant { deadlines.first }

  /// Resumes those whose deadline has come; they throw `timedOut`.
  public func expire() {
    if deadlines.first == .never { return }
    let now = calls.now
    queue.inside {
      while let waiter = deadlines.removeDue(at: now) { waiter.resume(.timedOut) }
    }
  }

  /// The most calls that are refused after the end.
  static var mostRefusals: Int { 1_000 }

  /// The ground is no more. Tasks that wait throw `cancelled`, and so do those that would wait from now
  /// on. One that tries again and again all the same is suspended for good in the end, so that it cannot
  /// hold up its owner.
  public func end() {
    if isEnded { return }
    isEnded = true
    queue.inside {
      while let waiter = deadlines.removeDue(at: .never) { waiter.resume(.cancelled) }
      for place in places {
        place.reader?.resume(.cancelled)
        place.writer?.resume(.cancelled)
      }
    }
  }

  /// Throws once the ground is no more.
  nonisolated(nonsending) func checkGround() async throws(SocketError) {
    if !isEnded { return }
    refusals += 1
    if refusals > Self.mostRefusals {
      await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
    }
    throw .cancelled
  }

  // MARK: Opening

  /// Opens a listening socket. The address' port may be 0; `localAddress` then tells the real one.
  public func listen(_ address: SocketAddress, backlog: Int) throws(SocketError) -> AsyncListener<Calls> {
    let d = try calls.socket(.stream)
    do throws(SocketError) {
      try calls.setOption(d, .reuseAddress(true))
      try calls.bind(d, to: address)
      try calls.listen(d, backlog: backlog)
    } catch {
      calls.close(d)
      throw error
    }
    return AsyncListener(d, of: self)
  }

  /// Connects to a peer. Until `deadline`; then it throws `timedOut`.
  nonisolated(nonsending) public func connect(
    to peer: SocketAddress, until deadline: Instant? = nil
  ) async throws(SocketError) -> AsyncStreamSocket<Calls> {
    try await checkGround()
    let d = try calls.socket(.stream)
    do throws(SocketError) {
      try await finishConnecting(d, to: peer, until: deadline)
    } catch {
      calls.abort(d)
      throw error
    }
    return AsyncStreamSocket(d, of: self)
  }

  nonisolated(nonsending) private func finishConnecting(
    _ d: Descriptor, to peer: SocketAddress, until deadline: Instant?
  ) async throws(SocketError) {
    do throws(SocketError) {
      return try calls.connect(d, to: peer)
    } catch .inProgress {
    } catch {
      throw error
    }
    while true {
      let readiness = calls.readiness(d)
      if readiness.contains(.failed) { throw calls.takeError(d) ?? .connectionRefused }
      if readiness.contains(.writable) { return }
      try await wait(d, .writing, until: deadline)
    }
  }

  // MARK: Waiting

  /// Suspends the task until this instant of the ground's clock. Throws `cancelled` when the task is.
  nonisolated(nonsending) public func sleep(until deadline: Instant) async throws(SocketError) {
    try await checkGround()
    // Others get their turn, even if that instant has passed already.
    if deadline <= calls.now { return await Task.yield() }
    let last = Instant(nanoseconds: Instant.never.nanoseconds - 1)
    if await suspend(Waiter(deadline: min(deadline, last))) != .timedOut { throw .cancelled }
  }

  /// Suspends the task until the socket has news for this side.
  nonisolated(nonsending) func wait(
    _ d: Descriptor, _ side: Side, until deadline: Instant?
  ) async throws(SocketError) {
    try await checkGround()
    let index = Int(d.rawValue)
    while places.count <= index { places.append(Place()) }
    // A second task on one side is the caller's mistake: the bytes would go to either.
    guard waiter(index, side) == nil else { throw .invalidArgument }
    let deadline = deadline ?? .never
    if deadline <= calls.now { throw .timedOut }
    let waiter = Waiter(deadline: deadline)
    setWaiter(waiter, index, side)
    let outcome = await suspend(waiter)
    // The descriptor may be another socket's by now, with a waiter of its own.
    if self.waiter(index, side) === waiter { setWaiter(nil, index, side) }
    switch outcome {
    case .ready: return
    case .timedOut: throw .timedOut
    case .cancelled: throw .cancelled
    case .closed: throw .badDescriptor
    }
  }

  nonisolated(nonsending) private func suspend(_ waiter: Waiter) async -> Waiter.Outcome {
    if waiter.deadline != .never { deadlines.insert(waiter) }
    waitingCount += 1
    let outcome = await waiter.wait()
    waitingCount -= 1
    deadlines.remove(waiter)
    return outcome
  }

  private func waiter(_ index: Int, _ side: Side) -> Waiter? {
    side == .reading ? places[index].reader : places[index].writer
  }

  private func setWaiter(_ waiter: Waiter?, _ index: Int, _ side: Side) {
    if side == .reading { places[index].reader = waiter } else { places[index].writer = waiter }
  }

  /// Resumes the tasks that wait for a socket that is closed; they throw `badDescriptor`.
  func release(_ d: Descriptor) {
    let index = Int(d.rawValue)
    guard index < places.count else { return }
    let place = places[index]
    places[index] = Place()
    queue.inside {
      place.reader?.resume(.closed)
      place.writer?.resume(.closed)
    }
  }
}
