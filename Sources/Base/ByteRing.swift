/// A ring of bytes, filled and drained in place. A range of it is at most two pieces of memory.
///
/// `head` and `tail` count all bytes that ever left and entered. An empty ring starts again at its
/// first byte, so that little data stays in few cache lines.
@frozen public struct ByteRing: ~Copyable {
  @usableFromInline let base: UnsafeMutableRawPointer
  /// The most bytes it holds, a power of two.
  public let capacity: Int
  @usableFromInline var head = 0
  @usableFromInline var tail = 0

  /// `capacity` is rounded up to a power of two.
  public init(capacity wanted: Int) {
    precondition(wanted > 0)
    capacity = 1 << (Int.bitWidth - (wanted - 1).leadingZeroBitCount)
    base = .allocate(byteCount: capacity, alignment: 64)
  }
  deinit { base.deallocate() }

  @inline(__always) @inlinable public var count: Int { tail &- head }
  @inline(__always) @inlinable public var free: Int { capacity &- count }
  @inline(__always) @inlinable public var isEmpty: Bool { tail == head }
  @inline(__always) @inlinable var mask: Int { capacity &- 1 }

  /// The next free piece, to be filled and then committed. It ends at the ring's seam: there may be
  /// a second piece behind it.
  @inlinable public var writable: MutableRawSpan {
    @_lifetime(&self) mutating get {
      if isEmpty {
        head = 0
        tail = 0
      }
      let at = tail & mask
      let span = MutableRawSpan(_unsafeStart: base + at, byteCount: min(free, capacity &- at))
      return _overrideLifetime(span, mutating: &self)
    }
  }
  /// Says that the first `n` bytes of `writable` were filled.
  @inline(__always) @inlinable public mutating func commit(_ n: Int) {
    precondition(n >= 0 && n <= free)
    tail &+= n
  }

  /// The first bytes, up to the seam.
  @inlinable public var readable: RawSpan {
    @_lifetime(borrow self) get {
      let at = head & mask
      let span = RawSpan(_unsafeStart: base + at, byteCount: min(count, capacity &- at))
      return _overrideLifetime(span, borrowing: self)
    }
  }
  /// Lets the first `n` bytes go.
  @inline(__always) @inlinable public mutating func drop(_ n: Int) {
    precondition(n >= 0 && n <= count)
    head &+= n
  }

  /// Copies in what fits and says how much that was.
  @inlinable public mutating func write(_ source: RawSpan) -> Int {
    var done = 0
    while done < source.byteCount, free > 0 {
      var piece = writable
      let n = min(piece.byteCount, source.byteCount &- done)
      piece.set(source.extracting(done..<(done &+ n)), at: 0)
      commit(n)
      done &+= n
    }
    return done
  }

  /// Copies `n` bytes that lie `offset` behind the head and gives their partial checksum.
  @inline(__always) @inlinable
  public func copyOut(offset: Int, count n: Int, to target: UnsafeMutableRawPointer) -> UInt64 {
    precondition(offset >= 0 && n >= 0 && offset &+ n <= count)
    let at = (head &+ offset) & mask
    if at &+ n <= capacity { return Checksum.copy(base + at, to: target, count: n) }
    let first = capacity &- at
    let sum = Checksum.copy(base + at, to: target, count: first)
    return Checksum.joined(sum, count: first, Checksum.copy(base, to: target + first, count: n &- first))
  }

  /// The same without a sum, for links that need none.
  @inline(__always) @inlinable
  public func moveOut(offset: Int, count n: Int, to target: UnsafeMutableRawPointer) {
    precondition(offset >= 0 && n >= 0 && offset &+ n <= count)
    let at = (head &+ offset) & mask
    let first = min(n, capacity &- at)
    target.copyMemory(from: base + at, byteCount: first)
    if first < n { (target + first).copyMemory(from: base, byteCount: n &- first) }
  }
}
