import StrataBase
import StrataWire

/// One start of a host, as what makes its programs sees it.
///
/// ```swift
/// world.host("server", program: { boot in Gossip(random: boot.random, peer: boot.address(of: "b")) })
/// ```
public struct HostBoot {
  /// The host's name.
  public let host: String
  /// How often the host was started; 1 is the first time.
  public let number: Int
  /// Random numbers that depend on the world's seed, the host's name and the boot alone.
  public var random: Random
  /// The world's clock at the start. Afterwards a program asks its sockets.
  public let now: Instant
  let names: HostNames

  /// The first address of a host of this world; nil where no host has that name.
  public func address(of name: String) -> Address? { names[name]?.addresses.first?.address }
}
