import StrataBase
import StrataWire

/// The neighbours that a host knows or asks for, found by handle on the data path and by address
/// otherwise. Bounded: when it is full the one that is least of use makes room.
struct NeighbourCache: ~Copyable {
  /// A neighbour, the frames that wait for its address, and the next one in its chain.
  struct Entry: ~Copyable {
    var neighbour: Neighbour
    /// Packets with their Internet header on, in order. Nil when none ever waited.
    var waiting: FrameQueue?
    var next: Handle?
    init(_ neighbour: Neighbour) { self.neighbour = neighbour }
  }

  private var entries: Slab<Entry>
  private var chains: [Handle?]
  private let key: UInt64
  /// No neighbour has to be looked at before. It may be too early, never too late.
  private(set) var nextDeadline = Instant.never

  /// `key` is random, so that nobody can choose addresses that fall into one chain.
  init(capacity: Int, key: UInt64) {
    entries = Slab(capacity: max(capacity, 1))
    self.key = key
    let size = 1 << (Int.bitWidth - (max(capacity, 2) - 1).leadingZeroBitCount)
    chains = Array(repeating: nil, count: size)
  }

  var count: Int { entries.count }
  var capacity: Int { entries.capacity }
  var handles: [Handle] { entries.handles }

  @inline(__always) func pointer(_ handle: Handle) -> UnsafeMutablePointer<Entry>? { entries.pointer(handle) }

  private func chain(_ address: Address, _ interface: Int) -> Int {
    let hash = Random.mix(Random.mix(address.low ^ key) ^ address.high &+ UInt64(interface))
    return Int(truncatingIfNeeded: hash) & (chains.count - 1)
  }

  func find(_ address: Address, on interface: Int) -> Handle? {
    var at = chains[chain(address, interface)]
    while let handle = at, let entry = entries.pointer(handle) {
      if entry.pointee.neighbour.address == address, entry.pointee.neighbour.interface == interface {
        return handle
      }
      at = entry.pointee.next
    }
    return nil
  }

  /// Puts in a neighbour that is not there yet. A full cache must have room made first.
  mutating func insert(_ neighbour: Neighbour) -> Handle? {
    let chain = chain(neighbour.address, neighbour.interface)
    guard let handle = entries.insert(Entry(neighbour)) else { return nil }
    entries.pointer(handle)?.pointee.next = chains[chain]
    chains[chain] = handle
    nextDeadline = min(nextDeadline, neighbour.deadline)
    return handle
  }

  /// Takes a neighbour out, with the frames that waited for it.
  mutating func remove(_ handle: Handle) -> Entry? {
    guard let entry = entries.remove(handle) else { return nil }
    let chain = chain(entry.neighbour.address, entry.neighbour.interface)
    if chains[chain] == handle {
      chains[chain] = entry.next
    } else {
      var at = chains[chain]
      while let before = at, let place = entries.pointer(before) {
        if place.pointee.next == handle { place.pointee.next = entry.next }
        at = place.pointee.next
      }
    }
    if entries.count == 0 { nextDeadline = .never }
    return entry
  }

  /// Sets a neighbour's state and when to look at it again.
  mutating func set(_ handle: Handle, _ state: Neighbour.State, until deadline: Instant) {
    guard let entry = entries.pointer(handle) else { return }
    entry.pointee.neighbour.state = state
    entry.pointee.neighbour.deadline = deadline
    nextDeadline = min(nextDeadline, deadline)
  }

  /// The first neighbour, by slot, whose deadline has come. When there is none `nextDeadline` is exact.
  mutating func due(at now: Instant, from slot: Int) -> Handle? {
    if nextDeadline > now { return nil }
    for index in slot..<entries.capacity {
      guard let handle = entries.handle(at: index), let entry = entries.pointer(handle) else { continue }
      if entry.pointee.neighbour.deadline <= now { return handle }
    }
    nextDeadline = .never
    for index in 0..<entries.capacity {
      guard let handle = entries.handle(at: index), let entry = entries.pointer(handle) else { continue }
      nextDeadline = min(nextDeadline, entry.pointee.neighbour.deadline)
    }
    return nil
  }

  /// The one that is least of use: failed, then asked for, then known; the longest unused of them. What
  /// we never sent to, such as neighbours who only asked for us, is always the longest unused.
  func leastUseful() -> Handle? {
    var best: Handle?
    var bestRank = Int.max, bestUse = Instant.never
    for index in 0..<entries.capacity {
      guard let handle = entries.handle(at: index), let entry = entries.pointer(handle) else { continue }
      let neighbour = entry.pointee.neighbour
      let isUnused = neighbour.used.nanoseconds == .min
      let rank =
        switch neighbour.state {
        case .failed: 0
        case .reachable, .stale, .probing: isUnused ? 1 : 3
        case .asking: 2
        }
      if rank < bestRank || rank == bestRank && neighbour.used < bestUse {
        (best, bestRank, bestUse) = (handle, rank, neighbour.used)
      }
    }
    return best
  }
}
