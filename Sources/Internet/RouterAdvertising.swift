import StrataBase
import StrataWire

/// What a router tells its links of itself, so that hosts there have a way out and addresses
/// (RFC 4861 §6.2). The networks are those of the addresses that each interface was given; a host makes
/// addresses of those with 64 bits. A host that does not forward says that it is no way out.
///
/// ```swift
/// var settings = InternetSettings()
/// settings.forwards = true
/// settings.advertising = RouterAdvertising()
/// ```
public struct RouterAdvertising: Sendable {
  /// The longest time between two advertisements that nobody asked for, 4...1,800 s; the shortest is a
  /// third of it (MaxRtrAdvInterval, MinRtrAdvInterval).
  public var interval = Interval.seconds(600)
  /// How long hosts may use this router, and take a network to be on the link, without hearing again. In
  /// whole seconds, the first at most 9,000 (AdvDefaultLifetime, AdvValidLifetime).
  public var lifetime = Interval.seconds(1_800)
  public var validLifetime = Interval.seconds(2_592_000)
  /// How long they may begin something new from an address made of it (AdvPreferredLifetime).
  public var preferredLifetime = Interval.seconds(604_800)

  public init() {}

  /// RFC 4861 §10: the first advertisements come sooner.
  static var mostInitial: Int { 3 }
  static var initialInterval: Interval { .seconds(16) }
  /// Who asks is answered within this time, and all that ask within the second one together.
  static var answerDelay: Interval { .milliseconds(500) }
  static var leastInterval: Interval { .seconds(3) }
}

extension Internet {
  /// The link-local address is known to be free.
  mutating func beginAdvertising(on number: Int, at now: Instant) {
    guard settings.advertising != nil else { return }
    interfaces[number].ipv6.nextAdvertisement = now
    isDue(on: number)
  }

  /// RFC 4861 §6.2.6: a host asks for routers. All on the link are answered at once.
  mutating func receiveRouterSolicitation(
    _ view: borrowing NDPView, from source: Address, on number: Int, at now: Instant
  ) {
    let count = view.raw.byteCount, hardware = view.hardware(1)
    guard settings.advertising != nil, interfaces[number].ipv6.linkLocal != nil else {
      return drop(.unusedControlMessage, count, number, at: now)
    }
    if let hardware {
      // RFC 4861 §6.1.1: from nobody it has no hardware address.
      guard source != .any else { return drop(.badNeighbourMessage, count, number, at: now) }
      guard AddressResolution.isHost(hardware, on: interfaces[number]) else {
        return drop(.neighbourRefused, count, number, at: now)
      }
      hear(source, hardware, on: number, at: now)
    }
    let delay = random.below(UInt64(RouterAdvertising.answerDelay.nanoseconds))
    let earliest = interfaces[number].ipv6.lastAdvertisement + RouterAdvertising.leastInterval
    let due = max(now + .nanoseconds(Int64(delay)), earliest)
    interfaces[number].ipv6.nextAdvertisement = min(interfaces[number].ipv6.nextAdvertisement, due)
    isDue(on: number)
  }

  mutating func expireAdvertising(on number: Int, at now: Instant) {
    guard interfaces[number].ipv6.nextAdvertisement <= now, let advertising = settings.advertising else {
      return
    }
    advertise(advertising, on: number, at: now)
    interfaces[number].ipv6.advertisements += 1
    let most = UInt64(max(advertising.interval, .seconds(4)).nanoseconds), least = most / 3
    var wait = Interval.nanoseconds(Int64(least + random.below(most - least)))
    if interfaces[number].ipv6.advertisements < RouterAdvertising.mostInitial {
      wait = min(wait, RouterAdvertising.initialInterval)
    }
    interfaces[number].ipv6.lastAdvertisement = now
    interfaces[number].ipv6.nextAdvertisement = now + wait
  }

  private mutating func advertise(_ advertising: RouterAdvertising, on number: Int, at now: Instant) {
    let ipv6 = interfaces[number].ipv6, own = interfaces[number].hardware
    guard let source = ipv6.linkLocal else { return }
    var networks: [AddressPrefix] = []
    for address in ipv6.addresses where !address.isAutomatic && !address.address.isLinkLocal {
      let network = AddressPrefix(address.prefix.network, length: address.prefix.length)
      if address.isUsable, !networks.contains(network) { networks.append(network) }
    }
    var options: [NDPOption] = [.sourceHardware(own), .mtu(UInt32(ipv6.mtu))]
    for network in networks {
      options.append(
        .prefix(
          NDPPrefix(
            network, isAutonomous: network.length == AddressConfiguration.prefixLength,
            validLifetime: advertising.validLifetime.wholeSeconds,
            preferredLifetime: min(advertising.preferredLifetime, advertising.validLifetime).wholeSeconds)))
    }
    let bare = NDPHeader.count(.routerAdvertisement) ?? 0
    let count = bare + 2 * NDPHeader.shortCount + networks.count * NDPHeader.prefixCount
    let lifetime = settings.forwards ? UInt16(min(advertising.lifetime.wholeSeconds, 9_000)) : 0
    let message = message(count, from: source, to: .allNodes) { out in
      NDPHeader.emitRouterAdvertisement(&out, at: 0, hopLimit: ipv6.hopLimit, lifetime: lifetime)
      var at = bare
      for option in options { at += NDPHeader.emit(option, &out, at: at) }
    }
    counters.advertisementsSent &+= 1
    sendDiscovery(message, from: source, to: .allNodes, on: number, at: now)
  }
}

extension Interval {
  /// As lifetimes are advertised: all ones is for ever.
  fileprivate var wholeSeconds: UInt32 { UInt32(clamping: nanoseconds / 1_000_000_000) }
}
