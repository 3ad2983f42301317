/// Watches a world while it runs and says afterwards what was wrong.
///
/// The checkers look from outside, at bytes and frames alone, so that a mistake in the stack cannot
/// hide itself from them.
public protocol Checker: FrameObserver {
  /// Throws the first thing that was wrong.
  func verdict() throws
}

/// What a checker found: a sentence that names host, connection and place.
public struct CheckFailure: Error, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}
