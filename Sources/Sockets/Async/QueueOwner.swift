import CThread
import Synchronization

/// Who runs one or several `RunQueue`s, and on which thread: what comes to them from another one is
/// foreign.
///
/// ```swift
/// let owner = QueueOwner()
/// let first = RunQueue(of: owner), second = RunQueue(of: owner)
/// owner.inside { waiter.resume() }   // comes from the owner, for both
/// ```
public final class QueueOwner: Sendable {
  /// The thread that the owner is inside on; 0 while it is not.
  private let thread = Atomic<UInt>(0)
  private let waiting = Atomic(0)

  public init() {}

  /// Jobs that wait in all its queues.
  public var waitingCount: Int { waiting.load(ordering: .acquiring) }

  /// Marks what the owner does outside of jobs, such as resuming tasks, as its own.
  public func inside<R>(_ body: () -> R) -> R {
    let before = thread.exchange(UInt(strata_thread()), ordering: .acquiringAndReleasing)
    defer { thread.store(before, ordering: .releasing) }
    return body()
  }

  /// Where this call comes from.
  var origin: Origin {
    let owner = thread.load(ordering: .acquiring)
    return owner == 0 ? .outside : owner == UInt(strata_thread()) ? .own : .foreign
  }
  enum Origin {
    /// The owner is not inside.
    case outside
    case own
    /// Another thread, while the owner is inside.
    case foreign
  }

  func jobCame() { waiting.add(1, ordering: .acquiringAndReleasing) }
  func jobsWent(_ count: Int) { waiting.subtract(count, ordering: .acquiringAndReleasing) }
}
