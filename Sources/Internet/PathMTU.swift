import StrataBase
import StrataWire

/// What is known of the narrowest link on the way to a destination (RFC 1191, RFC 8201).
public enum PathMTU {
  /// RFC 1191 §3 allows 68 bytes; who believes less than this has to send more header than payload.
  public static var least: Int { 296 }
  /// RFC 8201 §4: an estimate is never below the least that IPv6 asks of every link.
  public static var leastV6: Int { 1_280 }

  /// What to try after a packet of so many bytes, where a router says only that it was too long: the
  /// next lower plateau (RFC 1191 §7.1).
  public static func plateau(below count: Int) -> Int {
    let plateaus = [32_000, 17_914, 8_166, 4_352, 2_002, 1_492, 1_006, 508]
    return plateaus.first { $0 < count } ?? least
  }
}

/// The paths that take less than their first link, bounded; the one that is forgotten first makes room.
struct PathMTUCache {
  private struct Entry {
    let destination: Address
    let mtu: Int
    let until: Instant
  }

  private var entries: [Entry] = []
  let capacity: Int
  /// When the next one is forgotten.
  private(set) var nextDeadline = Instant.never

  init(capacity: Int) { self.capacity = max(capacity, 1) }

  var count: Int { entries.count }

  /// The most bytes of one packet; nil where nothing less than the first link's is known.
  func mtu(to destination: Address) -> Int? {
    if entries.isEmpty { return nil }
    return entries.first { $0.destination == destination }?.mtu
  }

  mutating func set(_ mtu: Int, to destination: Address, until deadline: Instant) {
    entries.removeAll { $0.destination == destination }
    if entries.count == capacity,
      let oldest = entries.indices.min(by: { entries[$0].until < entries[$1].until })
    {
      entries.remove(at: oldest)
    }
    entries.append(Entry(destination: destination, mtu: mtu, until: deadline))
    nextDeadline = entries.reduce(.never) { min($0, $1.until) }
  }

  /// Forgets what is old; false when nothing was.
  mutating func expire(at now: Instant) -> Bool {
    if nextDeadline > now { return false }
    entries.removeAll { $0.until <= now }
    nextDeadline = entries.reduce(.never) { min($0, $1.until) }
    return true
  }
}

extension Internet {
  /// The most bytes of one packet to a destination by an interface.
  func mtu(to destination: Address, by interface: Int) -> Int {
    let first =
      destination.isV4 ? interfaces[interface].capabilities.mtu : interfaces[interface].ipv6.mtu
    return pathMTUs.mtu(to: destination).map { min($0, first) } ?? first
  }

  /// A router's word about a packet that was too long, once a transport has vouched that it had sent
  /// such a packet (RFC 8201 §4 asks for that, RFC 5927 §7 says why). It holds for
  /// `InternetSettings.pathMTUTime` (RFC 1191 §6.3).
  public mutating func learnPathMTU(_ mtu: Int, to destination: Address, at now: Instant) {
    let least = destination.isV4 ? PathMTU.least : PathMTU.leastV6
    let mtu = max(mtu, least)
    guard let path = path(to: destination), path.kind == .neighbour, mtu < path.mtu else { return }
    pathMTUs.set(mtu, to: destination, until: now + settings.pathMTUTime)
    pathGeneration &+= 1
    trace(
      Event(
        .pathMTULearned, at: now, flow: UInt32(truncatingIfNeeded: path.interface),
        a: UInt64(bigEndian: destination.low), c: UInt32(mtu)))
  }
}
