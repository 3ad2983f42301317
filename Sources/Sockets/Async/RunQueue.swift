import CThread
import Synchronization

/// A task executor without a thread: jobs wait in the order in which they came until the owner of the
/// loop or the world runs them. So tasks that use sockets run where the sockets live, and in a world
/// always in the same order.
///
/// A task's entry names it: `Task(executorPreference: queue) { ... }`. A task stands in the queue at
/// most once, so it is never longer than there are tasks.
///
/// ```swift
/// let queue = RunQueue()
/// let task = Task(executorPreference: queue) { await work() }
/// queue.run()
/// ```
public final class RunQueue: TaskExecutor {
  private struct Jobs {
    var waiting: [UnownedJob] = []
    /// An empty array with room, so that the queue takes no memory in steady state.
    var spare: [UnownedJob] = []
    var foreignCount = 0
    /// The thread that the owner is inside on; nil while it is not.
    var owner: UInt?
  }

  private let jobs = Mutex(Jobs())
  private let whenForeign: (@Sendable () -> Void)?

  /// `whenForeign` is called when a job comes from another thread, and on that thread: it wakes the owner,
  /// who may be waiting. Also for a job that comes while the owner is not inside.
  public init(whenForeign: (@Sendable () -> Void)? = nil) { self.whenForeign = whenForeign }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let thread = UInt(strata_thread())
    let mayBeForeign = jobs.withLock {
      $0.waiting.append(job)
      if $0.owner != nil, $0.owner != thread { $0.foreignCount += 1 }
      return $0.owner != thread
    }
    if mayBeForeign { whenForeign?() }
  }

  /// Jobs that another thread sent while the owner was inside `run` or `inside`. In a world on virtual
  /// time each is a mistake of the test, for such a run does not repeat.
  public var foreignCount: Int { jobs.withLock { $0.foreignCount } }

  /// Nothing waits to be run.
  public var isEmpty: Bool { jobs.withLock { $0.waiting.isEmpty } }

  /// Runs jobs in order, those that they add too, until none waits. Says whether there was any.
  @discardableResult public func run() -> Bool {
    var ranAny = false
    inside {
      while true {
        var batch: [UnownedJob] = []
        jobs.withLock { jobs in
          if jobs.waiting.isEmpty { return }
          swap(&batch, &jobs.spare)
          swap(&batch, &jobs.waiting)
        }
        if batch.isEmpty { break }
        ranAny = true
        for job in batch { job.runSynchronously(on: asUnownedTaskExecutor()) }
        batch.removeAll(keepingCapacity: true)
        jobs.withLock { swap(&batch, &$0.spare) }
      }
    }
    return ranAny
  }

  /// Marks what the owner does outside of jobs, such as resuming tasks, as its own.
  public func inside<R>(_ body: () -> R) -> R {
    let thread = UInt(strata_thread())
    let before = jobs.withLock { jobs in
      defer { jobs.owner = thread }
      return jobs.owner
    }
    defer { jobs.withLock { $0.owner = before } }
    return body()
  }
}
