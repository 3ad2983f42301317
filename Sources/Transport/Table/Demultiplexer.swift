import StrataBase
import StrataWire

/// Finds the place of a connection by its key: open addressing with linear probing, at most three
/// quarters full. Removal shifts later entries back, so that there are no tombstones to search past.
///
/// The hash is keyed: without the secret nobody can choose ports that fall on one place.
///
/// ```swift
/// var table = Demultiplexer(random: &random)
/// table.insert(key, Place(.connection, 7))
/// table.find(key).index   // 7
/// ```
struct Demultiplexer: ~Copyable {
  /// 40 bytes.
  private struct Entry {
    var key: ConnectionKey
    var place: Place
  }

  private var entries: UnsafeMutablePointer<Entry>
  private var mask: Int
  private let secret: (UInt64, UInt64, UInt64, UInt64)
  private(set) var count = 0

  init(random: inout Random, capacity: Int = 64) {
    let capacity = 1 << (Int.bitWidth - (max(capacity, 4) - 1).leadingZeroBitCount)
    secret = (random.next(), random.next(), random.next(), random.next())
    mask = capacity - 1
    entries = Self.empty(capacity)
  }
  deinit { entries.deallocate() }

  /// Entries that there is memory for.
  var capacity: Int { mask + 1 }

  /// The place of `key`, or the empty place.
  @inline(__always) func find(_ key: ConnectionKey) -> Place {
    var at = home(key)
    while true {
      let place = entries[at].place
      if place.isEmpty || entries[at].key == key { return place }
      at = (at &+ 1) & mask
    }
  }

  /// Puts in a key that is not there yet, or gives the key that is there a new place.
  mutating func insert(_ key: ConnectionKey, _ place: Place) {
    if (count + 1) * 4 > capacity * 3 { grow() }
    var at = home(key)
    while !entries[at].place.isEmpty {
      if entries[at].key == key {
        entries[at].place = place
        return
      }
      at = (at &+ 1) & mask
    }
    entries[at] = Entry(key: key, place: place)
    count += 1
  }

  /// Takes a key out; false when it is not there.
  @discardableResult
  mutating func remove(_ key: ConnectionKey) -> Bool {
    var hole = home(key)
    while true {
      if entries[hole].place.isEmpty { return false }
      if entries[hole].key == key { break }
      hole = (hole &+ 1) & mask
    }
    count -= 1
    // Knuth, The Art of Computer Programming 3, 6.4, algorithm R: an entry moves back into the hole
    // unless its home lies cyclically between the hole and itself.
    var at = hole
    while true {
      at = (at &+ 1) & mask
      if entries[at].place.isEmpty { break }
      let distance = (at &- home(entries[at].key)) & mask
      if distance >= (at &- hole) & mask {
        entries[hole] = entries[at]
        hole = at
      }
    }
    entries[hole].place = .empty
    return true
  }

  // Two multiplications folded: each of the peer's choices meets a secret in a factor of its own.
  @inline(__always) private func home(_ key: ConnectionKey) -> Int {
    let near = (key.remote.low ^ secret.0).multipliedFullWidth(
      by: (key.local.low ^ secret.1) &+ UInt64(key.ports) &* 0x9e37_79b9_7f4a_7c15)
    let far = (key.remote.high ^ secret.2).multipliedFullWidth(by: key.local.high ^ secret.3)
    return Int(truncatingIfNeeded: near.high ^ near.low ^ far.high ^ far.low) & mask
  }

  private static func empty(_ capacity: Int) -> UnsafeMutablePointer<Entry> {
    let entries = UnsafeMutablePointer<Entry>.allocate(capacity: capacity)
    let none = ConnectionKey(remote: .any, local: .any, ports: 0)
    entries.initialize(repeating: Entry(key: none, place: .empty), count: capacity)
    return entries
  }

  @inline(never) private mutating func grow() {
    let old = entries, oldCapacity = capacity
    entries = Self.empty(oldCapacity * 2)
    mask = oldCapacity * 2 - 1
    for from in 0..<oldCapacity where !old[from].place.isEmpty {
      var at = home(old[from].key)
      while !entries[at].place.isEmpty { at = (at &+ 1) & mask }
      entries[at] = old[from]
    }
    old.deallocate()
  }
}
