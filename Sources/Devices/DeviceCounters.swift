/// What went through a device, in frames: a super-frame is one.
public struct DeviceCounters: Equatable, Sendable {
  public var received: UInt64 = 0
  public var receivedBytes: UInt64 = 0
  public var sent: UInt64 = 0
  public var sentBytes: UInt64 = 0
  /// Frames that the kernel did not take.
  public var refused: UInt64 = 0
  /// Frames that came with a virtio header of no kind that we asked for.
  public var unknownKind: UInt64 = 0
  /// Times at which no buffer was left to receive into.
  public var noBuffers: UInt64 = 0

  public init() {}
}
