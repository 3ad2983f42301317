import StrataBase
import StrataWire

/// A host or router on one of our links, and what we know of it (RFC 826 for IPv4, RFC 4861
/// for IPv6; the states follow its §7.3.2 for both).
public struct Neighbour: Equatable, Sendable {
  public enum State: Equatable, Sendable {
    /// Its hardware address was asked for so often, and packets wait for it.
    case asking(asks: Int)
    /// It answered not long ago.
    case reachable(HardwareAddress)
    /// It named its hardware address in passing, and nobody says that it hears us (STALE and DELAY of
    /// RFC 4861); packets go there. `looks`: how often it was looked at since, and not used.
    case stale(HardwareAddress, looks: Int)
    /// It did not say a thing for long; it was asked so often whether it is still there, and packets
    /// still go to where it was.
    case probing(HardwareAddress, asks: Int)
    /// It did not answer; packets to it fail at once.
    case failed
  }

  public let address: Address
  public let interface: Int
  public internal(set) var state: State
  /// When the state has to be looked at next.
  public internal(set) var deadline: Instant
  /// When we last sent it something; a long time ago where we never did.
  public internal(set) var used = Instant(nanoseconds: .min)

  /// Where packets to it go, while that is known.
  @inline(__always) public var hardware: HardwareAddress? {
    switch state {
    case .reachable(let hardware), .stale(let hardware, _), .probing(let hardware, _): hardware
    case .asking, .failed: nil
    }
  }
}
