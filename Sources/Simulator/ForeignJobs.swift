import StrataSockets
import Synchronization

/// Counts the jobs that came to a host's queue from outside of its world: a sleep on a real clock, a
/// detached task. A run with such a job cannot be repeated, so it fails.
final class ForeignJobs: Sendable {
  private let jobs = Atomic(0)

  var count: Int { jobs.load(ordering: .acquiring) }

  /// A queue that counts here what does not come from the world.
  func makeQueue() -> RunQueue { RunQueue { [self] in jobs.add(1, ordering: .releasing) } }
}
