import StrataSockets

#if compiler(>=6.3)
  // What `Task.sleep` asks its task's executor for is not a public protocol yet.
  @_spi(ExperimentalScheduling) import _Concurrency
#endif

/// Where the jobs of a host's asynchronous code wait. It counts what would make a run differ from the
/// next one: jobs that come from outside of the world, and sleeps on a real clock.
final class WorldQueue: RunQueue, @unchecked Sendable {
  private let foreign = ForeignJobs()

  init(of owner: QueueOwner) {
    super.init(of: owner, adopts: true) { [foreign] in foreign.jobCame() }
  }

  /// Why a run with this host cannot be repeated; nil: it can.
  var complaint: String? { foreign.complaint }

  fileprivate func sleepBegan() { foreign.sleepBegan() }
}

#if compiler(>=6.3)
  extension WorldQueue: SchedulingExecutor {
    /// A sleep on a real clock: it is not waited for, for the run has failed.
    func enqueue<C: Clock>(
      _ job: consuming ExecutorJob, after delay: C.Duration, tolerance: C.Duration?, clock: C
    ) { sleepBegan() }

    func enqueue<C: Clock>(
      _ job: consuming ExecutorJob, at instant: C.Instant, tolerance: C.Duration?, clock: C
    ) { sleepBegan() }
  }
#endif
