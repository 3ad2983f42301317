/// Frames in the order in which they were put in. Frames move through it; bytes do not.
@frozen public struct FrameQueue: ~Copyable {
  @usableFromInline var places: UnsafeMutablePointer<Frame>
  @usableFromInline var mask: Int
  @usableFromInline var head = 0
  @usableFromInline var tail = 0
  /// The most frames it holds.
  public let capacity: Int

  /// Memory grows with use, by doubling, up to `capacity` frames.
  public init(capacity: Int) {
    precondition(capacity > 0)
    self.capacity = capacity
    places = .allocate(capacity: 16)
    mask = 15
  }
  deinit {
    for at in head..<tail { (places + (at & mask)).deinitialize(count: 1) }
    places.deallocate()
  }

  @inline(__always) @inlinable public var count: Int { tail &- head }
  @inline(__always) @inlinable public var isEmpty: Bool { tail == head }
  @inline(__always) @inlinable public var isFull: Bool { count >= capacity }

  /// Bytes of the first frame; 0 where there is none.
  @inlinable public var firstCount: Int { head == tail ? 0 : (places + (head & mask)).pointee.count }

  /// Puts a frame at the end. False, and the frame is gone, when the queue is full.
  @inline(__always) @inlinable @discardableResult
  public mutating func push(_ frame: consuming Frame) -> Bool {
    if isFull { return false }
    if count > mask { grow() }
    (places + (tail & mask)).initialize(to: frame)
    tail &+= 1
    return true
  }

  /// Takes the first frame.
  @inline(__always) @inlinable public mutating func pop() -> Frame? {
    if head == tail { return nil }
    let frame = (places + (head & mask)).move()
    head &+= 1
    return frame
  }

  @inline(never) @usableFromInline mutating func grow() {
    let larger = UnsafeMutablePointer<Frame>.allocate(capacity: (mask + 1) * 2)
    let newMask = (mask + 1) * 2 - 1
    for at in head..<tail { (larger + (at & newMask)).initialize(to: (places + (at & mask)).move()) }
    places.deallocate()
    places = larger
    mask = newMask
  }
}
