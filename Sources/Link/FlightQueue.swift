import StrataBase

/// Frames on their way in one direction, in the order in which they will arrive.
@frozen public struct FlightQueue: ~Copyable {
  /// A frame and when it arrives.
  @frozen public struct Flight: ~Copyable {
    @usableFromInline let arrival: Instant
    @usableFromInline let frame: Frame
    @inline(__always) @inlinable init(arrival: Instant, frame: consuming Frame) {
      self.arrival = arrival
      self.frame = frame
    }
    @inline(__always) @inlinable consuming func land() -> Frame { frame }
  }

  @usableFromInline var places: UnsafeMutablePointer<Flight>
  @usableFromInline var mask: Int
  @usableFromInline var head = 0
  @usableFromInline var tail = 0
  /// The most frames it holds.
  public var capacity: Int

  /// Memory grows with use, by doubling, up to `capacity` frames.
  public init(capacity: Int) {
    self.capacity = capacity
    places = .allocate(capacity: 16)
    mask = 15
  }
  deinit {
    for at in head..<tail { (places + (at & mask)).deinitialize(count: 1) }
    places.deallocate()
  }

  @inline(__always) @inlinable public var count: Int { tail &- head }
  @inline(__always) @inlinable public var isFull: Bool { count >= capacity }
  /// When the first frame arrives.
  @inline(__always) @inlinable public var first: Instant {
    head == tail ? .never : places[head & mask].arrival
  }

  /// Puts a frame behind all that arrive no later. False, and the frame is gone, when it is full.
  @inline(__always) @inlinable @discardableResult
  public mutating func insert(_ frame: consuming Frame, arrival: Instant) -> Bool {
    if isFull { return false }
    if count > mask { grow() }
    var hole = tail
    if count > 0, places[(hole &- 1) & mask].arrival > arrival { hole = opened(for: arrival) }
    (places + (hole & mask)).initialize(to: Flight(arrival: arrival, frame: frame))
    tail &+= 1
    return true
  }

  /// Takes the first frame if it has arrived by `now`.
  @inline(__always) @inlinable public mutating func removeArrived(at now: Instant) -> Frame? {
    if head == tail || places[head & mask].arrival > now { return nil }
    let flight = (places + (head & mask)).move()
    head &+= 1
    return flight.land()
  }

  /// Moves those that arrive later than `arrival` back by one place and gives the place left open.
  @inline(never) @usableFromInline mutating func opened(for arrival: Instant) -> Int {
    var hole = tail
    while hole > head, places[(hole &- 1) & mask].arrival > arrival {
      (places + (hole & mask)).moveInitialize(from: places + ((hole &- 1) & mask), count: 1)
      hole &-= 1
    }
    return hole
  }

  @inline(never) @usableFromInline mutating func grow() {
    let larger = UnsafeMutablePointer<Flight>.allocate(capacity: (mask + 1) * 2)
    let newMask = (mask + 1) * 2 - 1
    for at in head..<tail { (larger + (at & newMask)).initialize(to: (places + (at & mask)).move()) }
    places.deallocate()
    places = larger
    mask = newMask
  }
}
