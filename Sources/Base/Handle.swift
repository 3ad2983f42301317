/// Names one element of a `Slab`. A handle outlives its element harmlessly: the slot's generation has
/// moved on by then, and the handle finds nothing.
@frozen public struct Handle: Hashable, Sendable {
  /// The slot, with the number of the shard it belongs to in the upper eight bits.
  public let slot: UInt32
  public let generation: UInt32

  @inline(__always) @inlinable public init(slot: UInt32, generation: UInt32) {
    self.slot = slot
    self.generation = generation
  }
  @inline(__always) @inlinable public var index: Int { Int(slot & 0xff_ffff) }
  @inline(__always) @inlinable public var shard: Int { Int(slot >> 24) }
}
