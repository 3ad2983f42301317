/// Asynchronous code that was started in a world: whether it has ended, and how. It belongs to the
/// world's thread.
public final class Spawned: @unchecked Sendable {
  public internal(set) var isFinished = false
  /// What it threw.
  public internal(set) var failure: (any Error)?
  var task: Task<Void, Never>?
  /// The boot that it belongs to has ended: it is over, whatever it still does.
  var isOver = false
  let node: WorldHost

  init(on node: WorldHost) { self.node = node }

  /// Cancels it; it learns of that when the world goes on.
  public func cancel() { node.jobs.inside { task?.cancel() } }
}
