import StrataBase

/// All TIME-WAIT entries in the order in which they expire, at most `capacity` of them.
struct TimeWaitQueue: ~Copyable {
  private var entries: Slab<TimeWait>
  private var order = SlotQueue()

  init(capacity: Int) { entries = Slab(capacity: max(capacity, 1)) }

  var count: Int { entries.count }
  var isFull: Bool { count >= entries.capacity }

  /// The slot of the new entry, which has to expire after all others; nil when the queue is full.
  mutating func insert(_ entry: TimeWait) -> Int? {
    guard let handle = entries.insert(entry) else { return nil }
    order.push(handle.index)
    return handle.index
  }

  func pointer(_ index: Int) -> UnsafeMutablePointer<TimeWait>? {
    guard let handle = entries.handle(at: index) else { return nil }
    return entries.pointer(handle)
  }

  @discardableResult
  mutating func remove(_ index: Int) -> TimeWait? {
    guard let handle = entries.handle(at: index) else { return nil }
    order.remove(index)
    return entries.remove(handle)
  }

  /// Begins the wait anew.
  mutating func restart(_ index: Int, expiry: Instant) {
    guard let entry = pointer(index) else { return }
    entry.pointee.expiry = expiry
    order.remove(index)
    order.push(index)
  }

  /// Whether there is one whose key passes.
  func contains(_ passes: (ConnectionKey) -> Bool) -> Bool {
    entries.handles.contains { handle in entries.pointer(handle).map { passes($0.pointee.key) } ?? false }
  }

  /// The slot of the entry that expires first.
  var oldest: Int? { order.first }

  var nextDeadline: Instant {
    guard let index = order.first, let entry = pointer(index) else { return .never }
    return entry.pointee.expiry
  }
}
