import StrataBase
import StrataSockets

/// The entries of one table's descriptors and the queue of their events.
///
/// An event is a link from entry to entry: a socket stands in the queue at most once, and goes out of it
/// when it is closed. So the queue is never longer than there are sockets.
struct OpenSockets: ~Copyable {
  /// The first descriptor: 0, 1 and 2 are a program's own input and outputs.
  static let first = 3

  private var entries: UnsafeMutablePointer<SocketEntry>
  private var capacity = 0
  /// Entries that were ever in use: those that are initialised.
  private(set) var made = 0
  /// Sockets that are open.
  private(set) var count = 0
  /// The time when the host stopped; nil while it runs.
  var stoppedAt: Instant?
  var isStopped: Bool { stoppedAt != nil }
  private var numbers: DescriptorNumbers
  private var serial: UInt16 = 0
  private var firstEvent: Int32 = -1
  private var lastEvent: Int32 = -1

  /// At most so many open sockets.
  init(most: Int) {
    numbers = DescriptorNumbers(capacity: most)
    entries = .allocate(capacity: 0)
  }
  deinit {
    entries.deinitialize(count: made)
    entries.deallocate()
  }

  // MARK: Entries

  /// The entry of an open socket, until the next `add`; nil for a descriptor that names nothing, or
  /// nothing any more.
  @inline(__always) func entry(_ d: Descriptor) -> UnsafeMutablePointer<SocketEntry>? {
    let index = Int(d.rawValue) &- Self.first
    guard index >= 0, index < made else { return nil }
    let entry = entries + index
    return entry.pointee.kind == .free || entry.pointee.marks.contains(.closes) ? nil : entry
  }

  /// The same, also for a socket that was closed by a body that still works on it.
  @inline(__always) func lent(_ d: Descriptor) -> UnsafeMutablePointer<SocketEntry> {
    entries + (Int(d.rawValue) &- Self.first)
  }

  /// Opens the lowest descriptor that is free; nil when none is.
  mutating func add(_ kind: SocketEntry.Kind) -> Descriptor? {
    guard let index = numbers.take() else { return nil }
    if index == capacity { grow() }
    if index == made {
      (entries + index).initialize(to: SocketEntry())
      made += 1
    }
    count += 1
    serial &+= 1
    entries[index] = SocketEntry()
    entries[index].kind = kind
    entries[index].serial = serial
    if kind != .datagrams { entries[index].marks = .isWriteBlocked }
    return Descriptor(rawValue: Int32(truncatingIfNeeded: index + Self.first))
  }

  /// Frees a descriptor, and forgets its event.
  mutating func remove(_ d: Descriptor) {
    let index = Int(d.rawValue) - Self.first
    withdraw(index)
    entries[index] = SocketEntry()
    count -= 1
    numbers.give(index)
  }

  /// Frees all of them.
  mutating func removeAll() {
    for index in 0..<made where entries[index].kind != .free {
      remove(Descriptor(rawValue: Int32(truncatingIfNeeded: index + Self.first)))
    }
  }

  private mutating func grow() {
    let larger = UnsafeMutablePointer<SocketEntry>.allocate(capacity: max(16, capacity * 2))
    larger.moveInitialize(from: entries, count: made)
    entries.deallocate()
    entries = larger
    capacity = max(16, capacity * 2)
  }

  // MARK: Events

  /// Adds to the event of a socket, which is queued where none waits yet.
  mutating func announce(_ d: Descriptor, _ readiness: Readiness) {
    guard let entry = entry(d), !readiness.isEmpty else { return }
    defer { entry.pointee.announced.formUnion(readiness) }
    guard entry.pointee.announced.isEmpty else { return }
    let index = d.rawValue - Int32(Self.first)
    entry.pointee.previous = lastEvent
    if lastEvent >= 0 { entries[Int(lastEvent)].next = index } else { firstEvent = index }
    lastEvent = index
  }

  var hasEvent: Bool { firstEvent >= 0 }

  /// The event that waits longest.
  mutating func nextEvent() -> SocketEvent? {
    guard firstEvent >= 0 else { return nil }
    let index = Int(firstEvent)
    let readiness = entries[index].announced
    withdraw(index)
    return SocketEvent(
      descriptor: Descriptor(rawValue: Int32(truncatingIfNeeded: index + Self.first)), readiness: readiness)
  }

  /// Takes the event of a socket out of the queue.
  mutating func withdraw(_ d: Descriptor) { withdraw(Int(d.rawValue) - Self.first) }

  private mutating func withdraw(_ index: Int) {
    let entry = entries + index
    guard !entry.pointee.announced.isEmpty else { return }
    let (previous, next) = (entry.pointee.previous, entry.pointee.next)
    if previous >= 0 { entries[Int(previous)].next = next } else { firstEvent = next }
    if next >= 0 { entries[Int(next)].previous = previous } else { lastEvent = previous }
    entry.pointee.announced = []
    entry.pointee.next = -1
    entry.pointee.previous = -1
  }
}
