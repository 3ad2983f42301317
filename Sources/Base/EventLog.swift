/// The last 2^n events of a world, how many there ever were, and the hash of all of them.
public struct EventLog: ~Copyable {
  @usableFromInline let events: UnsafeMutablePointer<Event>
  @usableFromInline let mask: Int
  /// How many events were ever written.
  public private(set) var count: UInt64 = 0
  /// A 64-bit hash of every event so far, in order: two equal runs have equal hashes.
  public private(set) var hash: UInt64 = 0x9e37_79b9_7f4a_7c15
  /// The event that everything written now follows from.
  public var cause: UInt64 = 0

  public init(capacity wanted: Int = 65_536) {
    let capacity = 1 << (Int.bitWidth - (max(wanted, 2) - 1).leadingZeroBitCount)
    events = .allocate(capacity: capacity)
    mask = capacity - 1
  }
  deinit { events.deallocate() }

  /// Writes one event and gives its number; the first has number 1.
  @discardableResult
  public mutating func append(_ event: Event) -> UInt64 {
    var event = event
    event.cause = cause
    events[Int(truncatingIfNeeded: count) & mask] = event
    count &+= 1
    mix(UInt64(bitPattern: event.time.nanoseconds), event.cause)
    mix(UInt64(event.flow) << 32 | UInt64(event.host) << 16 | UInt64(event.kind.rawValue), event.a)
    mix(event.b, UInt64(event.c) << 32 | UInt64(event.d))
    return count
  }

  /// The number of the oldest event that is still here.
  public var first: UInt64 { count > UInt64(mask) ? count - UInt64(mask) : 1 }

  /// An event that is still here, by its number.
  public func event(_ number: UInt64) -> Event? {
    guard number >= first, number <= count else { return nil }
    return events[Int(truncatingIfNeeded: number &- 1) & mask]
  }

  private mutating func mix(_ a: UInt64, _ b: UInt64) {
    let wide = (a ^ hash).multipliedFullWidth(by: b ^ 0xa076_1d64_78bd_642f)
    hash = (wide.high ^ wide.low) &+ (hash << 31 | hash >> 33)
  }
}
