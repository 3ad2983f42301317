import StrataBase
import StrataWire

/// What an interface has of IPv6: its addresses, and what routers on the link say. Every list has its
/// bound in `InternetSettings`.
public struct IPv6Interface: Sendable {
  /// A router that lets itself be used for everything (RFC 4861 §6.3.4).
  public struct Router: Equatable, Sendable {
    public let address: Address
    public internal(set) var expiry: Instant
  }
  /// A network that a router says is on the link.
  struct OnLinkPrefix: Equatable, Sendable {
    let prefix: AddressPrefix
    var expiry: Instant
  }

  /// The link carries IPv6 here: it has an address of it, or looks for one.
  public internal(set) var isUp = false
  public internal(set) var addresses: [InterfaceAddress] = []
  /// The first is in use.
  public internal(set) var routers: [Router] = []
  var onLink: [OnLinkPrefix] = []

  /// Hops that packets may take.
  public internal(set) var hopLimit: UInt8 = 64
  /// Bytes of a packet; a router may say less than the link takes.
  public internal(set) var mtu: Int
  /// How long an answer of a neighbour holds, and how long one may take.
  var reachableTime = Interval.seconds(30)
  var retransmissionTime = Interval.seconds(1)

  /// Questions whether an address is free.
  let probes: Int
  /// The first `expire` has not come yet.
  var isFresh = true
  var solicitationsLeft = 0
  var nextSolicitation = Instant.never
  /// Of a router that advertises itself.
  var advertisements = 0
  var nextAdvertisement = Instant.never
  var lastAdvertisement = Instant(nanoseconds: -RouterAdvertising.leastInterval.nanoseconds)

  init(mtu: Int, probes: Int) {
    self.mtu = mtu
    self.probes = probes
  }

  /// The address that talks to neighbours, once it is known to be free.
  public var linkLocal: Address? {
    addresses.first { $0.isUsable && $0.address.isLinkLocal }?.address
  }

  func index(of address: Address) -> Int? { addresses.firstIndex { $0.address == address } }
  func owns(_ address: Address) -> Bool { addresses.contains { $0.isUsable && $0.address == address } }

  /// When to look at it next.
  var deadline: Instant {
    if !isUp { return .never }
    if isFresh { return .start }
    var due = min(nextSolicitation, nextAdvertisement)
    for address in addresses { due = min(due, address.deadline) }
    for router in routers { due = min(due, router.expiry) }
    for prefix in onLink { due = min(due, prefix.expiry) }
    return due
  }
}
