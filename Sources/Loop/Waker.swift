import CLoop
import Glibc
import Synchronization

/// Wakes a loop that waits. It may be kept and used by any thread, longer than the loop lives.
///
/// ```swift
/// let waker = loop.waker
/// thread.start { work(); waker.wake() }
/// ```
public final class Waker: Sendable {
  let descriptor: Int32
  private let isRung = Atomic(false)
  private let stopped = Atomic(false)

  init() throws(LoopError) {
    descriptor = strata_eventfd()
    if descriptor < 0 { throw Loop.lastError(descriptor) }
  }
  deinit { Glibc.close(descriptor) }

  /// The loop's turn, or its next one, ends at once.
  public func wake() {
    // One write wakes once; the next ones would only cost.
    if !isRung.exchange(true, ordering: .acquiringAndReleasing) { strata_eventfd_ring(descriptor) }
  }

  /// No turn of the loop waits any more.
  public func stop() {
    stopped.store(true, ordering: .releasing)
    wake()
  }

  var isStopped: Bool { stopped.load(ordering: .acquiring) }

  /// The loop is awake. What was asked before this call is seen by the turn's owner.
  func clear() {
    isRung.store(false, ordering: .sequentiallyConsistent)
    strata_eventfd_clear(descriptor)
  }
}
