import StrataBase
import StrataWire

/// Which hosts of a world do not hear each other.
struct Partitions {
  /// A pair of host numbers, the lower one in the higher bits; each once.
  private var pairs: Set<UInt32> = []

  var isEmpty: Bool { pairs.isEmpty }

  private static func pair(_ a: Int, _ b: Int) -> UInt32 {
    UInt32(truncatingIfNeeded: min(a, b)) << 16 | UInt32(truncatingIfNeeded: max(a, b))
  }

  mutating func part(_ a: Int, _ b: Int) { if a != b { pairs.insert(Partitions.pair(a, b)) } }
  mutating func heal(_ a: Int, _ b: Int) { pairs.remove(Partitions.pair(a, b)) }
  mutating func healAll() { pairs.removeAll() }
  func parts(_ a: Int, _ b: Int) -> Bool { pairs.contains(Partitions.pair(a, b)) }

  /// Who sent a packet, and whom it is for, as far as addresses tell.
  struct Route {
    let source: Address
    let destination: Address

    /// Nil: not a packet of IP.
    init?(_ frame: borrowing EthernetView) {
      if frame.type == .ipv4 {
        guard let packet = try? IPv4View(frame.payload) else { return nil }
        source = packet.sourceAddress
        destination = packet.destinationAddress
      } else if frame.type == .ipv6 {
        guard let packet = try? IPv6View(frame.payload) else { return nil }
        source = packet.source
        destination = packet.destination
      } else {
        return nil
      }
    }
  }

  /// The number of the host that a frame came from, where the one that it reached must not hear of it.
  ///
  /// That is the host which has the packet's source address: it may be several routers away. What names
  /// no host, such as ARP and IPv6's link-local addresses, is known by its hardware address. A packet that
  /// is only passing through on its way to another host is let through.
  func sender(of frame: RawSpan, hiddenFrom host: Int, _ hosts: [Address: WorldHost]) -> Int? {
    guard let ethernet = try? EthernetView(frame) else { return nil }
    var sender = WorldHost.number(of: ethernet.source)
    if let route = Route(ethernet) {
      if let target = hosts[route.destination], target.number != host { return nil }
      if let source = hosts[route.source] { sender = source.number }
    }
    guard let sender, parts(sender, host) else { return nil }
    return sender
  }
}
