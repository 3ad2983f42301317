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
open class RunQueue: TaskExecutor, @unchecked Sendable {
  private struct Jobs {
    var waiting: [UnownedJob] = []
    /// An empty array with room, so that the queue takes no memory in steady state.
    var spare: [UnownedJob] = []
    var foreignCount = 0
  }

  public let owner: QueueOwner
  private let jobs = Mutex(Jobs())
  private let adopts: Bool
  private let whenForeign: (@Sendable () -> Void)?

  /// `whenForeign` is called when a job comes from another thread, and on that thread: it wakes the owner,
  /// who may be waiting. Also for a job that comes while the owner is not inside.
  ///
  /// `adopts`: jobs that its tasks hand to the global executor, as `Task {}` and `Task.detached` do, come
  /// here instead. So they are run by the owner too, and in order.
  public init(
    of owner: QueueOwner = QueueOwner(), adopts: Bool = false, whenForeign: (@Sendable () -> Void)? = nil
  ) {
    self.owner = owner
    self.adopts = adopts
    self.whenForeign = whenForeign
    if adopts { RunQueue.adoption }
  }

  /// Tells C once who takes such jobs.
  private static let adoption: Void = strata_set_adoption { owner, job in
    Unmanaged<RunQueue>.fromOpaque(owner).takeUnretainedValue().add(unsafeBitCast(job, to: UnownedJob.self))
  }

  public func enqueue(_ job: consuming ExecutorJob) { add(UnownedJob(job)) }

  private func add(_ job: UnownedJob) {
    let origin = owner.origin
    jobs.withLock {
      $0.waiting.append(job)
      if origin == .foreign { $0.foreignCount += 1 }
    }
    owner.jobCame()
    if origin != .own { whenForeign?() }
  }

  /// Jobs that another thread sent while the owner was inside `run` or `inside`. In a world on virtual
  /// time each is a mistake of the test, for such a run does not repeat.
  public var foreignCount: Int { jobs.withLock { $0.foreignCount } }

  /// Nothing waits to be run.
  public var isEmpty: Bool { jobs.withLock { $0.waiting.isEmpty } }

  /// Runs jobs in order, those that they add too, until none waits, or about `most` have run. Says whether
  /// there was any.
  @discardableResult public func run(most: Int = .max) -> Bool {
    if isEmpty { return false }
    var count = 0
    inside {
      while count < most {
        var batch: [UnownedJob] = []
        jobs.withLock { jobs in
          if jobs.waiting.isEmpty { return }
          swap(&batch, &jobs.spare)
          swap(&batch, &jobs.waiting)
        }
        if batch.isEmpty { break }
        count += batch.count
        owner.jobsWent(batch.count)
        for job in batch { job.runSynchronously(on: asUnownedTaskExecutor()) }
        batch.removeAll(keepingCapacity: true)
        jobs.withLock { swap(&batch, &$0.spare) }
      }
    }
    return true
  }

  /// Marks what the owner does outside of jobs, such as resuming tasks, as its own.
  public func inside<R>(_ body: () -> R) -> R {
    if !adopts { return owner.inside(body) }
    let before = strata_adopt_jobs(Unmanaged.passUnretained(self).toOpaque())
    defer { _ = strata_adopt_jobs(before) }
    return owner.inside(body)
  }
}
