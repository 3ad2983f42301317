import StrataBase
import StrataWire

/// What routers told this host of single destinations (the Destination Cache of RFC 4861 §5.1), each for a
/// time, and bounded: the one that is forgotten first makes room.
struct DestinationCache<Value> {
  private struct Entry {
    let destination: Address
    let value: Value
    let until: Instant
  }

  private var entries: [Entry] = []
  let capacity: Int
  /// When the next one is forgotten.
  private(set) var nextDeadline = Instant.never

  init(capacity: Int) { self.capacity = max(capacity, 1) }

  var count: Int { entries.count }

  func value(of destination: Address) -> Value? {
    if entries.isEmpty { return nil }
    return entries.first { $0.destination == destination }?.value
  }

  mutating func set(_ value: Value, of destination: Address, until deadline: Instant) {
    entries.removeAll { $0.destination == destination }
    if entries.count == capacity,
      let oldest = entries.indices.min(by: { entries[$0].until < entries[$1].until })
    {
      entries.remove(at: oldest)
    }
    entries.append(Entry(destination: destination, value: value, until: deadline))
    settle()
  }

  /// Forgets what is old; false when nothing was.
  mutating func expire(at now: Instant) -> Bool {
    if nextDeadline > now { return false }
    entries.removeAll { $0.until <= now }
    settle()
    return true
  }

  /// Forgets some values; false when there were none of them.
  mutating func forget(_ isForgotten: (Value) -> Bool) -> Bool {
    let before = entries.count
    entries.removeAll { isForgotten($0.value) }
    settle()
    return entries.count < before
  }

  private mutating func settle() { nextDeadline = entries.reduce(.never) { min($0, $1.until) } }
}
