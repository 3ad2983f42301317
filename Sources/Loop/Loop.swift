import CLoop
import Glibc
import StrataBase

/// The only thing in Strata that waits: one epoll set, edge-triggered, and the wall clock.
///
/// The owner turns it and does its own work between turns. A loop belongs to one thread, but for its
/// `waker`.
///
/// ```swift
/// let loop = try Loop()
/// try loop.addSignal(SIGINT) { [waker = loop.waker] in waker.stop() }
/// try loop.addSource(socket, .readable) { descriptor, ready in ... }
/// while !loop.isStopped {
///   loop.turn(until: timers.first)
///   timers.run(at: loop.now)
/// }
/// ```
public final class Loop {
  /// What a descriptor is, or is to be, ready for.
  public struct Interest: OptionSet, Hashable, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static var readable: Interest { Interest(rawValue: UInt32(STRATA_IN)) }
    public static var writable: Interest { Interest(rawValue: UInt32(STRATA_OUT)) }
    /// The peer has closed its direction of a stream.
    public static var peerClosed: Interest { Interest(rawValue: UInt32(STRATA_RDHUP)) }
    /// An error waits. Told whether asked for or not.
    public static var failed: Interest { Interest(rawValue: UInt32(STRATA_ERR)) }
    /// Both directions are closed, or there was never a connection. Told whether asked for or not.
    public static var hungUp: Interest { Interest(rawValue: UInt32(STRATA_HUP)) }
  }

  /// Called with the descriptor and what it is ready for.
  public typealias Callback = (Int32, Interest) -> Void

  private struct Source {
    let callback: Callback
    /// Tells a source from an earlier one with the same descriptor.
    let serial: UInt32
  }

  /// The most sources that are served in one turn; the others follow in the next.
  public static let sourcesATurn = 256

  /// Wakes this loop from any thread.
  public let waker: Waker
  private let set: Int32
  private let started: Instant
  private let ready: UnsafeMutablePointer<strata_ready>
  private var sources: [Source?] = []
  private var serial: UInt32 = 0
  private var signals: [(number: Int32, bell: Int32)] = []

  public init() throws(LoopError) {
    waker = try Waker()
    set = strata_epoll_create()
    if set < 0 { throw Loop.lastError(set) }
    started = Loop.monotonic()
    ready = .allocate(capacity: Loop.sourcesATurn)
    let waker = waker
    try addSource(waker.descriptor, .readable) { _, _ in waker.clear() }
  }

  deinit {
    for (number, bell) in signals {
      strata_signal_release(number)
      Glibc.close(bell)
    }
    ready.deallocate()
    Glibc.close(set)
  }

  // MARK: Clocks

  /// The time since the loop was made. It never goes back (CLOCK_MONOTONIC).
  public var now: Instant { Instant(nanoseconds: (Loop.monotonic() - started).nanoseconds) }

  /// Seconds since 1970 began in Greenwich; it follows the operator's clock, so it may jump.
  public var wallTime: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec)
  }

  private static func monotonic() -> Instant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec))
  }

  // MARK: Sources

  /// Calls `callback` when the descriptor becomes ready, once for each edge: read or write until it
  /// would block, or no further call comes. What is ready already is told in the next turn.
  public func addSource(
    _ descriptor: Int32, _ interest: Interest, _ callback: @escaping Callback
  ) throws(LoopError) {
    guard descriptor >= 0 else { throw .notWatchable(descriptor) }
    let index = Int(descriptor)
    while sources.count <= index { sources.append(nil) }
    if sources[index] != nil { throw .alreadyTaken(descriptor) }
    serial &+= 1
    let token = UInt64(serial) << 32 | UInt64(UInt32(bitPattern: descriptor))
    if strata_epoll_add(set, descriptor, interest.rawValue, token) < 0 {
      throw Loop.lastError(descriptor)
    }
    sources[index] = Source(callback: callback, serial: serial)
  }

  /// Forgets a descriptor; call it before the descriptor is closed. Its callback is not called again,
  /// not even for what this turn has found already.
  public func removeSource(_ descriptor: Int32) {
    let index = Int(descriptor)
    guard index >= 0, index < sources.count, sources[index] != nil else { return }
    sources[index] = nil
    strata_epoll_remove(set, descriptor)
  }

  // MARK: Turning

  /// True after `stop`.
  public var isStopped: Bool { waker.isStopped }

  /// Waits until a source is ready, `deadline` has come, or somebody wakes the loop, then calls the
  /// callbacks of all that is ready. A deadline in the past looks without waiting.
  public func turn(until deadline: Instant) {
    var wait = Int64(-1)
    if isStopped { wait = 0 } else if deadline != .never { wait = max(0, (deadline - now).nanoseconds) }
    let count = strata_epoll_wait(set, ready, Int32(Loop.sourcesATurn), wait)
    if count <= 0 { return }
    for n in 0..<Int(count) {
      let index = Int(UInt32(truncatingIfNeeded: ready[n].token))
      guard index < sources.count, let source = sources[index],
        source.serial == UInt32(ready[n].token >> 32)
      else { continue }
      source.callback(Int32(index), Interest(rawValue: ready[n].events))
    }
  }

  /// No turn waits any more, the one that runs included.
  public func stop() { waker.stop() }

  // MARK: Signals

  /// Calls `callback` in a turn after the process got this signal, instead of what the signal did
  /// before. A signal has one taker in a process.
  public func addSignal(_ signal: Int32, _ callback: @escaping () -> Void) throws(LoopError) {
    if signals.contains(where: { $0.number == signal }) { throw .alreadyTaken(signal) }
    let bell = strata_eventfd()
    if bell < 0 { throw Loop.lastError(bell) }
    if strata_signal_catch(signal, bell) < 0 {
      let error = errno == EBUSY ? LoopError.alreadyTaken(signal) : Loop.lastError(signal)
      Glibc.close(bell)
      throw error
    }
    signals.append((signal, bell))
    do throws(LoopError) {
      try addSource(bell, .readable) { bell, _ in
        strata_eventfd_clear(bell)
        callback()
      }
    } catch {
      removeSignal(signal)
      throw error
    }
  }

  /// The signal does again what it did before.
  public func removeSignal(_ signal: Int32) {
    guard let at = signals.firstIndex(where: { $0.number == signal }) else { return }
    let bell = signals.remove(at: at).bell
    strata_signal_release(signal)
    removeSource(bell)
    Glibc.close(bell)
  }

  static func lastError(_ descriptor: Int32) -> LoopError {
    switch errno {
    case EMFILE, ENFILE: .tooManyDescriptors
    case EPERM, EBADF: .notWatchable(descriptor)
    case EEXIST: .alreadyTaken(descriptor)
    case let number: .system(number)
    }
  }
}
