import StrataBase
import Synchronization

/// Wakes a stack when its next deadline has come, by sleeping tasks. A new one sleeps only for a deadline
/// before those of all others, so that they stay few.
final class Timer: Sendable {
  private let start = ContinuousClock.now
  /// When tasks wake, each once.
  private let sleepers = Mutex<[Instant]>([])

  /// Deadlines are kept to so much, never early: fewer tasks have to sleep.
  static var grain: Interval { .milliseconds(1) }

  /// The time since the stack was made.
  var now: Instant {
    let elapsed = ContinuousClock.now - start
    let (seconds, attoseconds) = elapsed.components
    return Instant(nanoseconds: seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
  }

  func wake(at deadline: Instant, _ body: @escaping @Sendable () -> Void) {
    guard deadline != .never else { return }
    let grain = Timer.grain.nanoseconds
    let wanted = Instant(nanoseconds: (max(deadline, .start).nanoseconds + grain - 1) / grain * grain)
    let isFirst = sleepers.withLock { sleepers in
      if let first = sleepers.min(), first <= wanted { return false }
      sleepers.append(wanted)
      return true
    }
    guard isFirst else { return }
    Task.detached { [self] in
      let time = start.advanced(by: .nanoseconds(wanted.nanoseconds))
      try? await Task.sleep(until: time, clock: .continuous)
      sleepers.withLock { $0.removeAll { $0 == wanted } }
      body()
    }
  }
}
