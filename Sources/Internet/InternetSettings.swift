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
  /// How long an IPv4 address that was defended against another who has it is not defended again
  /// (DEFEND_INTERVAL, RFC 5227 §1.1).
  public var defendInterval = Interval.seconds(10)
  /// How long a neighbour that named itself in passing is used before it is asked, and how often such a
  /// one is looked at without being used before it is forgotten (RFC 4861 §10, DELAY_FIRST_PROBE_TIME).
  public var staleTime = Interval.seconds(5)
  public var staleLooks = 12
  /// Whether routers are asked for IPv6, and addresses made of what they advertise (RFC 4862). Without
  /// it an interface has IPv6 only where it is given an address.
  public var autoconfigures = false
  /// What a router says of itself on every interface with IPv6; nil: nothing.
  public var advertising: RouterAdvertising?
  /// What the last 64 bits of such addresses, and of link-local ones, are made of.
  public var identifiers = InterfaceIdentifiers.hardware
  /// How often an IPv6 address is asked for before it is used (DupAddrDetectTransmits, RFC 4862 §5.1).
  public var duplicateProbes = 1
  /// The most IPv6 addresses, and advertised prefixes, of an interface; its routers.
  public var addresses = 16
  public var routers = 8
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
  /// The most bytes of an echo request that is answered, with its header of eight. RFC 1122 §3.2.2.6 wants
  /// what can be put together to be answered too.
  public var largestEcho = 65_535
  /// The most packets that are put together at a time, the memory that their pieces may hold, in bytes,
  /// and how long each may take (RFC 1122 §3.3.2; RFC 8200 §4.5).
  public var reassemblyPackets = 64
  public var reassemblyMemory = 262_144
  public var reassemblyTime = Interval.seconds(30)
  public var reassemblyTimeV6 = Interval.seconds(60)
  /// The most paths whose MTU is remembered, and for how long (RFC 1191 §6.3).
  public var pathMTUs = 256
  public var pathMTUTime = Interval.seconds(600)
  /// Whether packets for others are passed on: what makes a host a router.
  public var forwards = false
  /// Whether a host takes a router's word that another one is nearer, and whether a router gives it. Both
  /// are off: who is on the link could turn aside what goes out (RFC 1122 §3.2.2.2, RFC 4861 §8).
  public var acceptsRedirects = false
  public var sendsRedirects = false
  /// The most destinations with another first hop, and how long each has it.
  public var redirects = 64
  public var redirectTime = Interval.seconds(600)
  /// The most groups that a host is in, over all interfaces.
  public var groups = 64
  /// The hops a packet of ours may take (RFC 1700: 64).
  public var timeToLive: UInt8 = 64
  /// What the path from this host to itself takes.
  public var loopback = LinkCapabilities()

  public init() {}
}

/// What the interface identifier of an IPv6 address is made of.
public enum InterfaceIdentifiers: Sendable {
  /// Of the hardware address (RFC 4291 Appendix A): readable, and the same on every network.
  case hardware
  /// Of prefix, interface and the host's seed (RFC 7217): stable on one network, another on the next.
  case stable
}
