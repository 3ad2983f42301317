import StrataBase
import StrataWire

/// Received payload in order, as the frames it came in, read in place.
///
/// A frame's bytes are its unread payload. A frame that fills less than half of its buffer is filled up
/// from the next ones, so that the memory of the frames stays within twice the bytes held and one
/// buffer at each end.
struct ReceiveQueue: ~Copyable {
  private var frames: UnsafeMutablePointer<Frame>
  private var mask: Int
  private var head = 0
  private var tail = 0
  /// Bytes that can be read.
  private(set) var count = 0
  /// Bytes of buffers that hold them.
  private(set) var charge = 0

  init() {
    frames = .allocate(capacity: 8)
    mask = 7
  }
  deinit {
    for at in head..<tail { (frames + (at & mask)).deinitialize(count: 1) }
    frames.deallocate()
  }

  var isEmpty: Bool { count == 0 }
  var frameCount: Int { tail &- head }

  /// Puts payload at the end. An empty frame is let go.
  mutating func push(_ frame: consuming Frame) {
    count &+= frame.count
    if tail != head {
      let last = frames + ((tail &- 1) & mask)
      if last.pointee.isThin { last.pointee.fill(from: &frame) }
    }
    if frame.count == 0 { return }
    if frameCount > mask { grow() }
    charge &+= frame.bufferSize
    (frames + (tail & mask)).initialize(to: frame)
    tail &+= 1
  }

  /// The bytes of the first frame; nil when there is none. Valid until some are consumed.
  mutating func first() -> UnsafeRawBufferPointer? {
    if head == tail { return nil }
    let frame = frames + (head & mask)
    return UnsafeRawBufferPointer(start: frame.pointee.start, count: frame.pointee.count)
  }

  /// Copies what lies `offset` bytes behind the front, up to the target's size, and keeps it.
  func copy(from offset: Int, to target: UnsafeMutableRawBufferPointer) -> Int {
    guard let base = target.baseAddress else { return 0 }
    var skip = offset, done = 0, at = head
    while at < tail, done < target.count {
      let frame = frames + (at & mask)
      let n = min(max(frame.pointee.count - skip, 0), target.count - done)
      if n > 0 { (base + done).copyMemory(from: frame.pointee.start + skip, byteCount: n) }
      done += n
      skip = max(skip - frame.pointee.count, 0)
      at &+= 1
    }
    return done
  }

  /// Lets the first `n` bytes of the first frame go, and the frame with its last byte.
  mutating func consume(_ n: Int) {
    if head == tail { return }
    let frame = frames + (head & mask)
    precondition(n >= 0 && n <= frame.pointee.count)
    count &-= n
    if n < frame.pointee.count { return frame.pointee.dropFirst(n) }
    charge &-= frame.pointee.bufferSize
    frame.deinitialize(count: 1)
    head &+= 1
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Frame>.allocate(capacity: (mask + 1) * 2)
    let newMask = (mask + 1) * 2 - 1
    for at in head..<tail { (larger + (at & newMask)).initialize(to: (frames + (at & mask)).move()) }
    frames.deallocate()
    frames = larger
    mask = newMask
  }
}

extension Frame {
  /// Holds less than half of what its buffer could.
  @inline(__always) var isThin: Bool { count &* 2 < bufferSize }

  /// Moves bytes from the front of `other` to the end of this frame, as many as there is room for.
  mutating func fill(from other: inout Frame) {
    let n = min(roomBehind, other.count)
    if n <= 0 { return }
    append(other.bytes.extracting(first: n))
    other.dropFirst(n)
  }
}
