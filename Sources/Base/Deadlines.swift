/// A binary heap of deadlines, at most one entry an owner.
///
/// Moving a deadline later, which TCP does at each acknowledgment, does not touch the heap: the owner
/// keeps its true deadline, and when the old entry comes up it is put back at the new time. So an
/// entry is a time to look, not yet a time to act.
@frozen public struct Deadlines: ~Copyable {
  @frozen public struct Entry {
    public let at: Instant
    public let owner: Handle
    @inlinable public init(at: Instant, owner: Handle) {
      self.at = at
      self.owner = owner
    }
  }

  @usableFromInline var entries: UnsafeMutablePointer<Entry>
  @usableFromInline var capacity: Int
  public private(set) var count = 0

  public init(capacity: Int = 64) {
    self.capacity = max(capacity, 1)
    entries = .allocate(capacity: self.capacity)
  }
  deinit { entries.deallocate() }

  /// When to look next.
  @inline(__always) @inlinable public var first: Instant { count > 0 ? entries[0].at : .never }

  public mutating func insert(_ at: Instant, owner: Handle) {
    if count == capacity { grow() }
    var hole = count
    count &+= 1
    while hole > 0 {
      let parent = (hole &- 1) >> 1
      if entries[parent].at <= at { break }
      entries[hole] = entries[parent]
      hole = parent
    }
    entries[hole] = Entry(at: at, owner: owner)
  }

  /// Takes out the first entry that is due; nil when none is.
  public mutating func removeDue(at now: Instant) -> Entry? {
    guard count > 0, entries[0].at <= now else { return nil }
    let top = entries[0]
    count &-= 1
    let last = entries[count]
    var hole = 0
    while true {
      var child = hole &* 2 &+ 1
      if child >= count { break }
      if child &+ 1 < count, entries[child &+ 1].at < entries[child].at { child &+= 1 }
      if last.at <= entries[child].at { break }
      entries[hole] = entries[child]
      hole = child
    }
    if count > 0 { entries[hole] = last }
    return top
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<Entry>.allocate(capacity: capacity * 2)
    larger.moveInitialize(from: entries, count: count)
    entries.deallocate()
    entries = larger
    capacity *= 2
  }
}
