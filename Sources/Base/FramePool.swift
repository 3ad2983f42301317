/// Buffers for frames, last in first out, so that a buffer is still in the cache when it is used again.
///
/// A value of this type is a name for the pool, not the pool: copies name the same one. Memory is taken
/// in blocks when it is first needed, up to a bound, and kept until `destroy`. One thread at a time.
///
/// ```swift
/// let pool = FramePool(standard: 4_096)
/// guard var frame = pool.take() else { return }   // all buffers are out
/// frame.append(payload)                           // and back in the pool when `frame` goes
/// ```
@frozen public struct FramePool {
  /// Buffers of one size. A name for it, as the pool is.
  @usableFromInline struct Shelf {
    @usableFromInline let free: UnsafeMutablePointer<UnsafeMutableRawPointer>
    @usableFromInline var freeCount = 0
    @usableFromInline var made = 0
    @usableFromInline let capacity: Int
    @usableFromInline let stride: Int
    /// Buffers that are made at a time.
    let blockCount: Int
    var blocks: [UnsafeMutableRawPointer] = []

    init(capacity: Int, room: Int, blockCount: Int) {
      self.capacity = capacity
      self.blockCount = blockCount
      stride = (Frame.payloadStart + room + 63) & ~63
      free = .allocate(capacity: max(capacity, 1))
    }

    /// Makes the next block of buffers; false at the bound.
    mutating func grow() -> Bool {
      let n = min(blockCount, capacity - made)
      guard n > 0 else { return false }
      let block = UnsafeMutableRawPointer.allocate(byteCount: n * stride, alignment: 64)
      blocks.append(block)
      for i in (0..<n).reversed() {
        free[freeCount] = block + i * stride
        freeCount += 1
      }
      made += n
      return true
    }

    func destroy() {
      for block in blocks { block.deallocate() }
      free.deallocate()
    }
  }

  @usableFromInline let standard: UnsafeMutablePointer<Shelf>
  @usableFromInline let large: UnsafeMutablePointer<Shelf>

  /// At most `standard` buffers of 1,728 bytes and `large` ones of 64 KiB and headers.
  public init(standard: Int, large: Int = 0) {
    self.standard = .allocate(capacity: 1)
    self.standard.initialize(to: Shelf(capacity: standard, room: Frame.standardRoom, blockCount: 64))
    self.large = .allocate(capacity: 1)
    self.large.initialize(to: Shelf(capacity: large, room: Frame.largeRoom, blockCount: 4))
  }

  /// Frees the memory. No frame of this pool may live any more.
  public func destroy() {
    precondition(outstanding == 0, "a frame outlives its pool")
    for shelf in [standard, large] {
      shelf.pointee.destroy()
      shelf.deinitialize(count: 1)
      shelf.deallocate()
    }
  }

  /// An empty frame whose first byte is at `Frame.payloadStart`; nil when all buffers are out.
  @inline(__always) @inlinable public func take(large isLarge: Bool = false) -> Frame? {
    let shelf = isLarge ? large : standard
    if shelf.pointee.freeCount == 0, !grow(shelf) { return nil }
    shelf.pointee.freeCount &-= 1
    let buffer = shelf.pointee.free[shelf.pointee.freeCount]
    buffer.assumingMemoryBound(to: Frame.Notes.self).initialize(
      to: Frame.Notes(shelf: shelf, isLarge: isLarge))
    return Frame(buffer: buffer)
  }

  @inline(never) @usableFromInline func grow(_ shelf: UnsafeMutablePointer<Shelf>) -> Bool {
    shelf.pointee.grow()
  }

  /// Buffers that are out with an owner.
  public var outstanding: Int {
    standard.pointee.made - standard.pointee.freeCount + large.pointee.made - large.pointee.freeCount
  }
  /// Standard buffers that could still be taken.
  @inlinable public var available: Int {
    standard.pointee.capacity - standard.pointee.made + standard.pointee.freeCount
  }
  /// Bytes of memory taken so far.
  public var memory: Int {
    standard.pointee.made * standard.pointee.stride + large.pointee.made * large.pointee.stride
  }
}
