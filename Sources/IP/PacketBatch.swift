import StrataBase

/// Packets that go out, in their order. It is valid inside of the call that it is given to.
///
/// ```swift
/// stack.onOutput { packets in packets.forEach { tunnel.write($0) } }
/// ```
public struct PacketBatch: ~Copyable {
  /// The most packets of one batch.
  public static let most = 64

  private let frames: UnsafeMutablePointer<Frame>
  public private(set) var count = 0

  init() { frames = .allocate(capacity: Self.most) }
  deinit {
    precondition(count == 0, "frames go back to their pool under the stack's lock")
    frames.deallocate()
  }

  var isFull: Bool { count == Self.most }

  mutating func append(_ frame: consuming Frame) {
    precondition(!isFull)
    (frames + count).initialize(to: frame)
    count += 1
  }

  mutating func removeAll() {
    frames.deinitialize(count: count)
    count = 0
  }

  /// Shows the bytes of each packet, IP header first.
  public func forEach(_ body: (RawSpan) throws -> Void) rethrows {
    for index in 0..<count { try body(frames[index].bytes) }
  }

  /// Copies of the packets.
  public var arrays: [[UInt8]] { (0..<count).map { frames[$0].bytes.array } }
}
