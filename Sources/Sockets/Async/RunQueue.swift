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
    var isOwnerInside = false
  }

  /// Names the queue whose owner the running code is. Bound while the owner is inside; another thread
  /// has no such binding.
  @TaskLocal private static var ownedBySelf: ObjectIdentifier?

  private let jobs = Mutex(Jobs())
  private let whenForeign: (@Sendable () -> Void)?

  /// `whenForeign` is called on the other thread when a job may have come from one: it wakes the owner,
  /// who may be waiting.
  public init(whenForeign: (@Sendable () -> Void)? = nil) { self.whenForeign = whenForeign }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let isForeign = !isOwnersCode
    jobs.withLock {
      $0.waiting.append(job)
      if isForeign, $0.isOwnerInside { $0.foreignCount += 1 }
    }
    if isForeign { whenForeign?() }
  }

  /// Jobs that certainly came from another thread: while the owner was inside `run` or `inside`, by
  /// code that was neither the owner's nor a task's of this queue. In a world on virtual time each is a
  /// mistake of the test, for such a run does not repeat.
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
    let wasInside = jobs.withLock { jobs in
      defer { jobs.isOwnerInside = true }
      return jobs.isOwnerInside
    }
    defer { jobs.withLock { $0.isOwnerInside = wasInside } }
    return Self.$ownedBySelf.withValue(ObjectIdentifier(self)) { body() }
  }

  private var isOwnersCode: Bool {
    if Self.ownedBySelf == ObjectIdentifier(self) { return true }
    let own = asUnownedTaskExecutor()
    return withUnsafeCurrentTask { $0?.unownedTaskExecutor == own }
  }
}
