/// Names a file that a store has open.
public struct OpenFile: Hashable, Sendable, Codable {
  public var id: UInt32
  public init(id: UInt32) { self.id = id }
}
