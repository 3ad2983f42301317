/// One frame in one buffer of a pool, with room in front for headers that are still to come.
///
/// A frame has exactly one owner. It is moved from pool to device, layer, receive queue and program,
/// never copied and never shared, and goes back to its pool when its owner lets it go.
///
/// ```
/// buffer:  | notes 64 B | headroom -> | start ... count bytes ... |  free  |
///                       ^ up to 128 B of headers grow downwards; a payload at `payloadStart` begins
///                         on a cache line, which is worth 15 to 20 % of throughput
/// ```
@frozen public struct Frame: ~Copyable {
  /// What travels with the bytes, kept in the first cache line of the buffer.
  @frozen public struct Notes {
    @usableFromInline var start = Int32(truncatingIfNeeded: Frame.payloadStart)
    @usableFromInline var count: Int32 = 0
    /// Which of a host's interfaces the frame came in by, or goes out by.
    public var interface: UInt16 = 0
    /// Somebody vouches for the transport checksum: the device, or the far end of a cable in memory.
    public var checksumIsVerified = false
    /// Its transport checksum is still only the pseudo header's sum: who puts it on a real wire completes it.
    public var checksumIsPending = false
    @usableFromInline let isLarge: Bool
    /// The two bits of its Internet header that routers mark when they are congested (RFC 3168 §5).
    public var congestion: UInt8 = 0
    /// Payload bytes a segment, where a super-frame is to be cut up on a real wire; 0: it is not one.
    public var segmentSize: UInt16 = 0
    /// The number that the world's cables gave this frame; 0 before it was sent.
    public var number: UInt64 = 0
    @usableFromInline let shelf: UnsafeMutablePointer<FramePool.Shelf>

    @inline(__always) @inlinable init(shelf: UnsafeMutablePointer<FramePool.Shelf>, isLarge: Bool) {
      self.shelf = shelf
      self.isLarge = isLarge
    }
  }

  /// Bytes in front of `payloadStart` that headers may use: Ethernet with a tag 18, IPv6 40, TCP 60.
  @inlinable public static var headroom: Int { 128 }
  /// Where a transport payload begins in a buffer.
  @inlinable public static var payloadStart: Int { 192 }
  /// Payload bytes behind `payloadStart` of a standard and of a large buffer.
  @inlinable public static var standardRoom: Int { 1_536 }
  @inlinable public static var largeRoom: Int { 65_664 }

  @usableFromInline let buffer: UnsafeMutableRawPointer

  @inline(__always) @inlinable init(buffer: UnsafeMutableRawPointer) { self.buffer = buffer }

  @inline(__always) @inlinable deinit {
    let shelf = notesPointer.pointee.shelf
    shelf.pointee.free[shelf.pointee.freeCount] = buffer
    shelf.pointee.freeCount &+= 1
  }

  @inline(__always) @inlinable var notesPointer: UnsafeMutablePointer<Notes> {
    buffer.assumingMemoryBound(to: Notes.self)
  }
  @inline(__always) @inlinable public var notes: Notes {
    get { notesPointer.pointee }
    nonmutating _modify { yield &notesPointer.pointee }
  }

  /// The number of bytes in the frame.
  @inline(__always) @inlinable public var count: Int { Int(notesPointer.pointee.count) }
  /// Bytes that could still be appended.
  @inline(__always) @inlinable public var roomBehind: Int {
    let end = Int(notesPointer.pointee.start &+ notesPointer.pointee.count)
    let room = notesPointer.pointee.isLarge ? Frame.largeRoom : Frame.standardRoom
    return Frame.payloadStart &+ room &- end
  }
  /// Bytes that could still be put in front.
  @inline(__always) @inlinable public var roomInFront: Int {
    Int(notesPointer.pointee.start) &- (Frame.payloadStart &- Frame.headroom)
  }
  /// The memory a frame of this size holds while it waits in a queue.
  @inlinable public var bufferSize: Int {
    Frame.payloadStart + (notesPointer.pointee.isLarge ? Frame.largeRoom : Frame.standardRoom)
  }

  @inline(__always) @inlinable public var bytes: RawSpan {
    @_lifetime(borrow self) get {
      let span = RawSpan(_unsafeStart: start, byteCount: count)
      return _overrideLifetime(span, borrowing: self)
    }
  }
  @inline(__always) @inlinable public var mutableBytes: MutableRawSpan {
    @_lifetime(&self) mutating get {
      let span = MutableRawSpan(_unsafeStart: start, byteCount: count)
      return _overrideLifetime(span, mutating: &self)
    }
  }

  /// Where the first byte lies; valid while this frame has its owner.
  @inline(__always) @inlinable public var start: UnsafeMutableRawPointer {
    buffer + Int(notesPointer.pointee.start)
  }

  /// Opens `n` bytes in front, for the header of the layer below. Their content is undefined.
  @inline(__always) @inlinable public mutating func prepend(_ n: Int) {
    precondition(n >= 0 && n <= roomInFront, "no headroom left")
    notesPointer.pointee.start &-= Int32(truncatingIfNeeded: n)
    notesPointer.pointee.count &+= Int32(truncatingIfNeeded: n)
  }
  /// Opens `n` bytes at the end. Their content is undefined.
  @inline(__always) @inlinable public mutating func append(_ n: Int) {
    precondition(n >= 0 && n <= roomBehind, "no room left")
    notesPointer.pointee.count &+= Int32(truncatingIfNeeded: n)
  }
  /// Takes `n` bytes off the front: a header that was read.
  @inline(__always) @inlinable public mutating func dropFirst(_ n: Int) {
    precondition(n >= 0 && n <= count)
    notesPointer.pointee.start &+= Int32(truncatingIfNeeded: n)
    notesPointer.pointee.count &-= Int32(truncatingIfNeeded: n)
  }
  /// Keeps only the first `n` bytes: padding goes.
  @inline(__always) @inlinable public mutating func truncate(to n: Int) {
    precondition(n >= 0 && n <= count)
    notesPointer.pointee.count = Int32(truncatingIfNeeded: n)
  }
  /// Leaves the transport checksum to the device, which is known to make it.
  @inline(__always) @inlinable public mutating func leaveChecksumPending() {
    notesPointer.pointee.checksumIsVerified = true
    notesPointer.pointee.checksumIsPending = true
  }
  /// Copies `source` to the end.
  @inlinable public mutating func append(_ source: RawSpan) {
    let at = count
    append(source.byteCount)
    var target = mutableBytes
    target.set(source, at: at)
  }
}
