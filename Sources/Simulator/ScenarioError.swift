/// What is wrong with a scenario's text, and where.
public struct ScenarioError: Error, Equatable, CustomStringConvertible {
  /// From 1.
  public let line: Int
  public let expected: String

  public var description: String { "line \(line): \(expected)" }
}
