import StrataBase

/// All half-open entries, at most `capacity` of them. Those that were sent equally often wait equally
/// long, so each number of retries has a queue in order of deadline, and no heap is needed. The last queue is
/// that of the entries which nobody answered yet.
struct HalfOpenQueue: ~Copyable {
  private static var offered: Int { HalfOpen.mostRetries + 1 }

  private var entries: Slab<HalfOpen>
  private var timers = SlotQueue(queues: offered + 1)

  init(capacity: Int) { entries = Slab(capacity: max(capacity, 1)) }

  var count: Int { entries.count }
  var isFull: Bool { count >= entries.capacity }

  /// The slot of the new entry; nil when the queue is full.
  mutating func insert(_ entry: HalfOpen) -> Int? {
    guard let handle = entries.insert(entry) else { return nil }
    timers.push(handle.index, to: entry.isOffered ? Self.offered : entry.retries)
    return handle.index
  }

  /// What a user may hold of a live slot.
  func handle(at index: Int) -> Handle? { entries.handle(at: index) }

  /// Our first SYN+ACK goes out now. Nil where that was done, or the handle is stale.
  mutating func answer(_ handle: Handle, at now: Instant) -> HalfOpen? {
    guard let entry = entries.pointer(handle), entry.pointee.isOffered else { return nil }
    entry.pointee.isOffered = false
    entry.pointee.sentAt = now
    timers.remove(handle.index)
    timers.push(handle.index, to: 0)
    return entry.pointee
  }

  /// The entry of a handle that nobody answered yet.
  func offer(_ handle: Handle) -> HalfOpen? {
    guard let entry = entries.pointer(handle), entry.pointee.isOffered else { return nil }
    return entry.pointee
  }

  /// Where the entry in a live slot lies.
  func pointer(_ index: Int) -> UnsafeMutablePointer<HalfOpen>? {
    guard let handle = entries.handle(at: index) else { return nil }
    return entries.pointer(handle)
  }

  @discardableResult
  mutating func remove(_ index: Int) -> HalfOpen? {
    guard let handle = entries.handle(at: index) else { return nil }
    timers.remove(index)
    return entries.remove(handle)
  }

  /// Our SYN+ACK is sent once more: the next deadline is twice as far away. False when it was sent often
  /// enough.
  mutating func sentAgain(_ index: Int, at now: Instant) -> Bool {
    guard let entry = pointer(index), !entry.pointee.isOffered,
      entry.pointee.retries < HalfOpen.mostRetries
    else { return false }
    entry.pointee.retries += 1
    entry.pointee.isAmbiguous = true
    entry.pointee.sentAt = now
    timers.remove(index)
    timers.push(index, to: entry.pointee.retries)
    return true
  }

  var nextDeadline: Instant {
    var first = Instant.never
    if entries.count == 0 { return first }
    for queue in 0...Self.offered {
      guard let index = timers.first(of: queue), let entry = pointer(index) else { continue }
      first = min(first, entry.pointee.deadline)
    }
    return first
  }

  /// The slot of an entry whose deadline passed.
  func due(at now: Instant) -> Int? {
    for queue in 0...Self.offered {
      guard let index = timers.first(of: queue), let entry = pointer(index) else { continue }
      if entry.pointee.deadline <= now { return index }
    }
    return nil
  }

  /// The slots of all entries of one listener, in slot order.
  func entries(of listener: Int) -> [Int] {
    entries.handles.map(\.index).filter { Int(pointer($0)?.pointee.listener ?? 0) == listener }
  }
}
