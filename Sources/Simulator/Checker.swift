/// Watches a world while it runs and says afterwards what was wrong.
///
/// The checkers of traffic look from outside, at bytes and frames alone, so that a mistake in the stack
/// cannot hide itself from them. `World.run` and `runUntilQuiet` ask for their verdicts.
///
/// ```swift
/// let delivery = DeliveryChecker(), window = WindowChecker(), leftovers = Leftovers()
/// delivery.watch(world)
/// window.watch(world)
/// leftovers.watch(world)
/// ```
public protocol Checker: FrameObserver {
  /// Throws the first thing that was wrong.
  func verdict() throws
  /// Throws what is wrong now that nothing is left to happen. `runUntilQuiet` asks.
  func verdictAtEnd() throws
}

extension Checker {
  public func verdict() throws {}
  public func verdictAtEnd() throws {}
}
