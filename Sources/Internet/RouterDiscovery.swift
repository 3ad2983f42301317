import StrataBase
import StrataWire

/// How a host finds its routers and what they say (RFC 4861 §6.3).
enum RouterDiscovery {
  static var mostSolicitations: Int { 3 }
  static var interval: Interval { .seconds(4) }
  /// Everything that no other route leads to.
  static var everywhere: AddressPrefix { AddressPrefix(.any, length: 0) }
}

extension Internet {
  /// RFC 4861 §6.3.7. The link-local address is known to be free.
  mutating func beginSolicitingRouters(on number: Int, at now: Instant) {
    guard settings.autoconfigures else { return }
    interfaces[number].ipv6.solicitationsLeft = RouterDiscovery.mostSolicitations
    interfaces[number].ipv6.nextSolicitation = now
    isDue(on: number)
  }

  mutating func expireRouters(on number: Int, at now: Instant) {
    let interface = interfaces + number
    if interface.pointee.ipv6.nextSolicitation <= now { solicitRouters(on: number, at: now) }
    for router in interface.pointee.ipv6.routers where router.expiry <= now {
      forget(router.address, on: number, at: now)
    }
    for prefix in interface.pointee.ipv6.onLink where prefix.expiry <= now {
      removeRoute(Route(to: prefix.prefix, gateway: nil, interface: number))
    }
    interface.pointee.ipv6.onLink.removeAll { $0.expiry <= now }
  }

  private mutating func solicitRouters(on number: Int, at now: Instant) {
    let interface = interfaces + number
    guard interface.pointee.ipv6.solicitationsLeft > 0, let source = interface.pointee.ipv6.linkLocal else {
      interface.pointee.ipv6.nextSolicitation = .never
      return
    }
    interface.pointee.ipv6.solicitationsLeft -= 1
    let isLast = interface.pointee.ipv6.solicitationsLeft == 0
    interface.pointee.ipv6.nextSolicitation = isLast ? .never : now + RouterDiscovery.interval
    let bare = NDPHeader.count(.routerSolicitation) ?? 0
    let own = interface.pointee.hardware
    let question = message(bare + NDPHeader.shortCount, from: source, to: .allRouters) { out in
      NDPHeader.emitRouterSolicitation(&out, at: 0)
      _ = NDPHeader.emit(.sourceHardware(own), &out, at: bare)
    }
    sendDiscovery(question, from: source, to: .allRouters, on: number, at: now)
  }

  /// RFC 4861 §6.3.4. `source` is known to be a link-local address.
  mutating func receiveAdvertisement(
    _ view: borrowing NDPView, from source: Address, on number: Int, at now: Instant
  ) {
    guard settings.autoconfigures else {
      return drop(.unusedControlMessage, view.raw.byteCount, number, at: now)
    }
    let interface = interfaces + number
    if let hardware = view.hardware(1), AddressResolution.isHost(hardware, on: interface.pointee) {
      hear(source, hardware, on: number, at: now)
    }
    if view.routerLifetime > 0 {
      // "[...] the host MUST NOT send additional solicitations on that interface until the next time one
      // of the above events occurs" (§6.3.7), once it has heard a router that is one.
      interface.pointee.ipv6.nextSolicitation = .never
      use(source, until: now + .seconds(Int64(view.routerLifetime)), on: number, at: now)
    } else {
      forget(source, on: number, at: now)
    }
    if view.hopLimit > 0 { interface.pointee.ipv6.hopLimit = view.hopLimit }
    // RFC 4861 §6.2.1: reachable times of more than an hour are no router's.
    if (1...3_600_000).contains(view.reachableTime) {
      interface.pointee.ipv6.reachableTime = .milliseconds(Int64(view.reachableTime))
    }
    if (100...60_000).contains(view.retransmissionTime) {
      interface.pointee.ipv6.retransmissionTime = .milliseconds(Int64(view.retransmissionTime))
    }
    var at = view.headerCount
    while let option = view.option(at: &at) {
      switch option {
      case .mtu(let mtu):
        // "[...] as long as the value is between the minimum link MTU and the maximum".
        let most = interface.pointee.capabilities.mtu
        if mtu >= UInt32(IPv6Header.leastMTU), mtu <= UInt32(most) { interface.pointee.ipv6.mtu = Int(mtu) }
      case .prefix(let prefix):
        // "[...] a router SHOULD NOT send a prefix option for the link-local prefix and a host SHOULD
        // ignore such a prefix option."
        if prefix.prefix.address.isLinkLocal || prefix.prefix.address.isMulticast { continue }
        if prefix.isOnLink { place(prefix, on: number, at: now) }
        if prefix.isAutonomous { configure(prefix, on: number, at: now) }
      case .sourceHardware, .targetHardware, .other: continue
      }
    }
    isDue(on: number)
  }

  // MARK: - Routers

  private mutating func use(_ router: Address, until expiry: Instant, on number: Int, at now: Instant) {
    let interface = interfaces + number
    if let known = interface.pointee.ipv6.routers.firstIndex(where: { $0.address == router }) {
      interface.pointee.ipv6.routers[known].expiry = expiry
      return
    }
    guard interface.pointee.ipv6.routers.count < max(settings.routers, 1) else {
      return drop(.advertisementRefused, 0, number, at: now)
    }
    interface.pointee.ipv6.routers.append(IPv6Interface.Router(address: router, expiry: expiry))
    if interface.pointee.ipv6.routers.count == 1 { useFirstRouter(on: number, insteadOf: nil, at: now) }
  }

  private mutating func forget(_ router: Address, on number: Int, at now: Instant) {
    guard let index = interfaces[number].ipv6.routers.firstIndex(where: { $0.address == router }) else {
      return
    }
    interfaces[number].ipv6.routers.remove(at: index)
    if index == 0 { useFirstRouter(on: number, insteadOf: router, at: now) }
  }

  /// A neighbour says that it is no router, or is one no more (RFC 4861 §7.2.5).
  mutating func isNoRouter(_ address: Address, on number: Int, at now: Instant) {
    forget(address, on: number, at: now)
  }

  /// A neighbour does not answer. Where it was the router, the next one's turn has come
  /// (RFC 4861 §6.3.6).
  mutating func isUnreachable(_ address: Address, on number: Int, at now: Instant) {
    if redirects.forget({ $0.hop == address && $0.interface == number }) { pathGeneration &+= 1 }
    let interface = interfaces + number
    guard interface.pointee.ipv6.routers.count > 1, interface.pointee.ipv6.routers[0].address == address
    else { return }
    interface.pointee.ipv6.routers.append(interface.pointee.ipv6.routers.removeFirst())
    useFirstRouter(on: number, insteadOf: address, at: now)
  }

  private mutating func useFirstRouter(on number: Int, insteadOf old: Address?, at now: Instant) {
    if let old { removeRoute(Route(to: RouterDiscovery.everywhere, gateway: old, interface: number)) }
    guard let first = interfaces[number].ipv6.routers.first?.address else { return }
    insertAdvertised(Route(to: RouterDiscovery.everywhere, gateway: first, interface: number))
    trace(
      Event(
        .routerChosen, at: now, flow: UInt32(number), a: UInt64(bigEndian: first.high),
        b: UInt64(bigEndian: first.low)))
  }

  // MARK: - Prefixes on the link

  private mutating func place(_ advertised: NDPPrefix, on number: Int, at now: Instant) {
    let interface = interfaces + number
    let prefix = AddressPrefix(advertised.prefix.network, length: advertised.prefix.length)
    let expiry = now + Interval(lifetime: advertised.validLifetime)
    if let known = interface.pointee.ipv6.onLink.firstIndex(where: { $0.prefix == prefix }) {
      interface.pointee.ipv6.onLink[known].expiry = expiry
      if advertised.validLifetime == 0 { expireRouters(on: number, at: now) }
      return
    }
    if advertised.validLifetime == 0 { return }
    guard interface.pointee.ipv6.onLink.count < max(settings.addresses, 1) else {
      return drop(.advertisementRefused, 0, number, at: now)
    }
    interface.pointee.ipv6.onLink.append(IPv6Interface.OnLinkPrefix(prefix: prefix, expiry: expiry))
    insertAdvertised(Route(to: prefix, gateway: nil, interface: number))
  }

  /// What a router says never takes the place of what somebody set.
  private mutating func insertAdvertised(_ route: Route) {
    if !routes.routes.contains(where: { $0.destination == route.destination }) { insertRoute(route) }
  }
}
