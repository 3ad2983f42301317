import StrataBase
import StrataLink

/// The bounds and times of a host's Internet layer.
public struct InternetSettings: Sendable {
  /// The most neighbours remembered.
  public var neighbours = 512
  /// The most packets that wait for one neighbour's address; the oldest goes first. RFC 1122 §2.3.2.2
  /// wants at least one.
  public var waitingPackets = 8
  /// How often a neighbour's address is asked for, and how long each answer may take. RFC 1122 §2.3.2.1:
  /// at most one a second.
  public var asks = 3
  public var askInterval = Interval.seconds(1)
  /// How long an answer holds (RFC 1122 §2.3.2.1 speaks of about a minute), and a failure.
  public var reachableTime = Interval.seconds(60)
  public var failedTime = Interval.seconds(3)
  /// The most frames that wait for their device, and for this host itself.
  public var outgoing = 1_024
  public var loopbackPackets = 1_024
  /// The most interfaces and routes.
  public var interfaces = 16
  public var routes = 256
  /// The most control errors that wait for the transports.
  public var waitingErrors = 64
  /// Control errors that are sent a second, and at once after a pause.
  public var errorRate = 1_000
  public var errorBurst = 50
  /// The most bytes of an echo request that is answered, with its header of eight.
  public var largestEcho = 1_480
  /// The hops a packet of ours may take (RFC 1700: 64).
  public var timeToLive: UInt8 = 64
  /// What the path from this host to itself takes.
  public var loopback = LinkCapabilities()

  public init() {}
}
