import StrataBase
import StrataWire

/// Which port of a switch each hardware address was last seen at (IEEE 802.1Q §8.8, the filtering
/// database).
struct HardwareTable {
  private struct Entry {
    var port: Int
    var seen: Instant
  }

  /// How long an address is remembered that is not seen again (IEEE 802.1Q Table 8-6: 300 seconds).
  static let age = Interval.seconds(300)

  /// The most addresses. One more is not learned until others have aged: its frames go everywhere.
  let capacity: Int
  private var entries: [HardwareAddress: Entry] = [:]

  init(capacity: Int) { self.capacity = max(capacity, 1) }

  var count: Int { entries.count }

  mutating func learn(_ address: HardwareAddress, at port: Int, now: Instant) {
    if address.isMulticast || address == .zero { return }
    if entries[address] == nil, entries.count >= capacity {
      entries = entries.filter { $0.value.seen + HardwareTable.age > now }
      if entries.count >= capacity { return }
    }
    entries[address] = Entry(port: port, seen: now)
  }

  /// The port behind which an address is; nil where that is not known, or known no more.
  func port(of address: HardwareAddress, now: Instant) -> Int? {
    guard let entry = entries[address], entry.seen + HardwareTable.age > now else { return nil }
    return entry.port
  }
}
