/// We were wrong: a sentence that should always be true was not. The connection that meets it is
/// closed; the process lives.
public struct InvariantBroken: Error, CustomStringConvertible {
  public let sentence: StaticString
  @inlinable init(sentence: StaticString) { self.sentence = sentence }
  public var description: String { "invariant broken: \(sentence)" }
}

/// Checks, in release too, what must be true unless we have a bug.
@inline(__always) @inlinable
public func invariant(_ condition: Bool, _ sentence: StaticString) throws(InvariantBroken) {
  if !condition { throw InvariantBroken(sentence: sentence) }
}
