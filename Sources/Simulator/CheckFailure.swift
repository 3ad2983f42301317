/// What was wrong with a run: a sentence that names host, connection and place.
public struct CheckFailure: Error, Equatable, CustomStringConvertible {
  public let description: String
  public init(_ description: String) { self.description = description }
}
