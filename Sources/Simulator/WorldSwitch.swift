import StrataBase
import StrataWire

/// A learning switch of a world: it remembers behind which port each hardware address is, and sends what
/// is for an address that it does not know, or for a group, to all other ports. A frame takes no time in
/// it; what waits for a cable's rate waits in that cable's queue, at most `CableSettings.queue` frames.
///
/// It speaks no spanning tree (IEEE 802.1D §8). So the world refuses a cable that would close a circle of
/// switches, in which frames would go round without end.
///
/// ```swift
/// let floor = world.switch("floor")
/// for name in ["a", "b", "c"] { world.cable(world.host(name, ...), floor) }
/// ```
public final class WorldSwitch {
  /// What happened to frames that came in.
  public struct Counters: Equatable, Sendable {
    /// To the one port where their destination is.
    public var forwarded: UInt64 = 0
    /// To all other ports.
    public var flooded: UInt64 = 0
    /// Their destination is behind the port where they came in.
    public var filtered: UInt64 = 0
    /// Copies that were not made, for want of buffers.
    public var starved: UInt64 = 0
  }

  public let name: String
  /// From 0.
  let number: Int
  /// The number of the cable at each port, and which end of it that is.
  private(set) var ports: [(cable: Int, end: Int)] = []
  var table: HardwareTable
  public internal(set) var counters = Counters()

  /// The most addresses that a switch remembers, unless it is told otherwise: all hosts of a world.
  public static let mostAddresses = 65_536

  init(name: String, number: Int, addresses: Int) {
    self.name = name
    self.number = number
    table = HardwareTable(capacity: addresses)
  }

  /// Addresses that it remembers, old ones too.
  public var addressCount: Int { table.count }

  func plug(cable: Int, end: Int) -> Int {
    ports.append((cable, end))
    return ports.count - 1
  }

  enum Verdict {
    case port(Int)
    case all
    case nobody
  }

  /// Where a frame goes that came in by this port.
  func verdict(_ frame: RawSpan, from port: Int, now: Instant) -> Verdict {
    guard let ethernet = try? EthernetView(frame) else { return .nobody }
    table.learn(ethernet.source, at: port, now: now)
    let destination = ethernet.destination
    guard !destination.isMulticast, let known = table.port(of: destination, now: now) else {
      counters.flooded &+= 1
      return .all
    }
    if known == port {
      counters.filtered &+= 1
      return .nobody
    }
    counters.forwarded &+= 1
    return .port(known)
  }
}
