/// Asynchronous code that was started in a world: whether it has ended, and how.
public final class Spawned: @unchecked Sendable {
  public internal(set) var isFinished = false
  /// What it threw.
  public internal(set) var failure: (any Error)?
  init() {}
}
