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

extension Internet {
  /// The most bytes of one packet to a destination by an interface.
  func mtu(to destination: Address, by interface: Int) -> Int {
    let first =
      destination.isV4 ? interfaces[interface].capabilities.mtu : interfaces[interface].ipv6.mtu
    return pathMTUs.value(of: destination).map { min($0, first) } ?? first
  }

  /// A router's word about a packet that was too long, once a transport has vouched that it had sent
  /// such a packet (RFC 8201 §4 asks for that, RFC 5927 §7 says why). It holds for
  /// `InternetSettings.pathMTUTime` (RFC 1191 §6.3).
  public mutating func learnPathMTU(_ mtu: Int, to destination: Address, at now: Instant) {
    let least = destination.isV4 ? PathMTU.least : PathMTU.leastV6
    let mtu = max(mtu, least)
    guard let path = path(to: destination), path.kind == .neighbour, mtu < path.mtu else { return }
    pathMTUs.set(mtu, of: destination, until: now + settings.pathMTUTime)
    pathGeneration &+= 1
    trace(
      Event(
        .pathMTULearned, at: now, flow: UInt32(truncatingIfNeeded: path.interface),
        a: UInt64(bigEndian: destination.low), c: UInt32(mtu)))
  }
}
