/// One thing that happened, in 48 bytes of a fixed layout: the record that hashes, stories, captures
/// and the live page are made from. Its numbers mean what its kind says.
@frozen public struct Event: Equatable, Sendable {
  public var time: Instant
  /// The number of the event that led to this one (56 bits), and its shard (8 bits). 0: none.
  public var cause: UInt64
  /// The connection, socket or cable it is about, as the slot of its handle or its number.
  public var flow: UInt32
  /// The host it happened on, or the cable.
  public var host: UInt16
  public var kind: Kind
  public var a: UInt64
  public var b: UInt64
  public var c: UInt32
  public var d: UInt32

  @inline(__always) @inlinable
  public init(
    _ kind: Kind, at time: Instant, flow: UInt32 = 0, a: UInt64 = 0, b: UInt64 = 0, c: UInt32 = 0,
    d: UInt32 = 0
  ) {
    self.time = time
    cause = 0
    self.flow = flow
    host = 0
    self.kind = kind
    self.a = a
    self.b = b
    self.c = c
    self.d = d
  }

  /// What happened; the layer is in the high byte.
  @frozen public struct Kind: RawRepresentable, Hashable, Sendable {
    public let rawValue: UInt16
    @inline(__always) @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }
    @inlinable public var layer: UInt8 { UInt8(rawValue >> 8) }
  }
}
