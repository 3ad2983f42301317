import Synchronization

/// Counts what came to a host's queue from outside of its world. A run with such a job cannot be repeated,
/// so it fails.
final class ForeignJobs: Sendable {
  private let jobs = Atomic(0)
  private let sleeps = Atomic(0)

  func jobCame() { jobs.add(1, ordering: .releasing) }
  func sleepBegan() { sleeps.add(1, ordering: .releasing) }

  var complaint: String? {
    let sleeps = sleeps.load(ordering: .acquiring), jobs = jobs.load(ordering: .acquiring)
    if sleeps > 0 {
      return "its code slept on a real clock, \(sleeps) times; sleep on the world's: net.clock.sleep(for:)"
    }
    if jobs > 0 {
      return "\(jobs) jobs came from outside of the world, from another thread or the main actor; "
        + "do all of the host's work in its own tasks"
    }
    return nil
  }
}
