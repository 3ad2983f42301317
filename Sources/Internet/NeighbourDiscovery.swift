import StrataBase
import StrataWire

/// What a neighbour discovery message said, once its packet is gone (RFC 4861 §7).
struct NeighbourDiscovery {
  let source: Address
  let target: Address
  /// From the option of the kind that the message has: the source's of a solicitation, the target's of
  /// an advertisement.
  let hardware: HardwareAddress?
  let isToGroup: Bool
  let isSolicited: Bool
  let overrides: Bool
  let isRouter: Bool

  /// Every message of neighbour discovery has this hop limit: it cannot come from further away.
  static var hopLimit: UInt8 { 255 }

  init(_ view: borrowing NDPView, source: Address, isToGroup: Bool) {
    self.source = source
    self.isToGroup = isToGroup
    target = view.target
    let isAnswer = view.type == .neighbourAdvertisement
    hardware = view.hardware(isAnswer ? 2 : 1)
    isSolicited = isAnswer && view.isSolicited
    overrides = isAnswer && view.overrides
    isRouter = isAnswer && view.isRouter
  }
}

// MARK: - Coming in

extension Internet {
  /// A message of neighbour discovery, its checksum proven.
  mutating func receiveDiscovery(_ packet: consuming Packet, at now: Instant) {
    let number = Int(packet.frame.notes.interface), count = packet.frame.count
    let source = packet.source, isToGroup = packet.isBroadcast
    // RFC 4861 §6.1, §7.1: "A node MUST silently discard any received [...] messages that do not satisfy
    // all of the following validity checks: The IP Hop Limit field has a value of 255"
    guard packet.timeToLive == NeighbourDiscovery.hopLimit, number != Interface.loopback else {
      return drop(.discoveryFromAfar, count, number, at: now)
    }
    guard let view = try? NDPView(packet.frame.bytes) else {
      return drop(.badNeighbourMessage, count, number, at: now)
    }
    switch view.type {
    case .routerAdvertisement:
      guard source.isLinkLocal else { return drop(.badNeighbourMessage, count, number, at: now) }
      return receiveAdvertisement(view, from: source, on: number, at: now)
    case .routerSolicitation: return receiveRouterSolicitation(view, from: source, on: number, at: now)
    case .redirect: return receiveRedirectIPv6(view, from: source, on: number, at: now)
    default: break
    }
    let isSolicitation = view.type == .neighbourSolicitation
    let message = NeighbourDiscovery(view, source: source, isToGroup: isToGroup)
    guard !message.target.isMulticast, message.target.high != 0 else {
      return drop(.badNeighbourMessage, count, number, at: now)
    }
    if let hardware = message.hardware, !AddressResolution.isHost(hardware, on: interfaces[number]) {
      return drop(.neighbourRefused, count, number, at: now)
    }
    if isSolicitation {
      // RFC 4861 §7.1.1: from the unspecified address it goes to a solicited-node group, without an option.
      if source == .any, !isToGroup || message.hardware != nil {
        return drop(.badNeighbourMessage, count, number, at: now)
      }
      receiveSolicitation(message, on: number, at: now)
    } else {
      // RFC 4861 §7.1.2: "If the IP Destination Address is a multicast address the Solicited flag is zero."
      if isToGroup, message.isSolicited { return drop(.badNeighbourMessage, count, number, at: now) }
      receiveAnswer(message, count, on: number, at: now)
    }
  }

  private mutating func receiveSolicitation(
    _ message: NeighbourDiscovery, on number: Int, at now: Instant
  ) {
    guard let index = interfaces[number].ipv6.index(of: message.target) else { return }
    let isFromNobody = message.source == .any
    switch interfaces[number].ipv6.addresses[index].state {
    case .tentative:
      // RFC 4862 §5.4.3: from a unicast address it "should be silently ignored"; from the unspecified one,
      // another node asks for the address too.
      if isFromNobody { duplicated(index, on: number, at: now) }
      return
    case .duplicated: return
    case .preferred, .deprecated: break
    }
    if !isFromNobody, let hardware = message.hardware { hear(message.source, hardware, on: number, at: now) }
    let destination = isFromNobody ? Address.allNodes : message.source
    counters.neighboursAnswered &+= 1
    let own = interfaces[number].hardware
    let bare = NDPHeader.count(.neighbourAdvertisement) ?? 0
    let answer = self.message(bare + NDPHeader.shortCount, from: message.target, to: destination) { out in
      NDPHeader.emitNeighbourAdvertisement(
        &out, at: 0, target: message.target, isRouter: settings.forwards, isSolicited: !isFromNobody,
        overrides: true)
      _ = NDPHeader.emit(.targetHardware(own), &out, at: bare)
    }
    sendDiscovery(answer, from: message.target, to: destination, on: number, at: now)
  }

  /// A neighbour named its hardware address in passing (RFC 4861 §7.2.3): it is known from then on, but
  /// nobody says that it hears us.
  mutating func hear(
    _ address: Address, _ hardware: HardwareAddress, on number: Int, at now: Instant
  ) {
    if let known = cache.find(address, on: number) {
      if cache.pointer(known)?.pointee.neighbour.hardware != hardware {
        confirm(known, hardware, isAnswer: false, at: now)
      }
    } else {
      learn(address, hardware, on: number, isAnswer: false, at: now)
    }
  }

  // RFC 4861 §7.2.5
  private mutating func receiveAnswer(
    _ message: NeighbourDiscovery, _ count: Int, on number: Int, at now: Instant
  ) {
    if let index = interfaces[number].ipv6.index(of: message.target) {
      if interfaces[number].ipv6.addresses[index].state == .tentative {
        duplicated(index, on: number, at: now)
      } else {
        drop(.addressConflict, count, number, at: now)
      }
      return
    }
    guard let handle = cache.find(message.target, on: number), let entry = cache.pointer(handle) else {
      return drop(.neighbourUnasked, count, number, at: now)
    }
    if !message.isRouter { isNoRouter(message.target, on: number, at: now) }
    guard let known = entry.pointee.neighbour.hardware else {
      // "If the neighbor is in the INCOMPLETE state [and] no Target Link-Layer Address option is included,
      // the receiving node SHOULD silently discard the received advertisement."
      guard let hardware = message.hardware else {
        return drop(.badNeighbourMessage, count, number, at: now)
      }
      return confirm(handle, hardware, isAnswer: message.isSolicited, at: now)
    }
    let hardware = message.hardware ?? known
    if hardware != known, !message.overrides {
      // "a. If the state of the entry is REACHABLE, set it to STALE, but do not update the entry in any
      // other way."
      if case .reachable = entry.pointee.neighbour.state { confirm(handle, known, isAnswer: false, at: now) }
      return
    }
    if message.isSolicited {
      confirm(handle, hardware, at: now)
    } else if hardware != known {
      confirm(handle, hardware, isAnswer: false, at: now)
    }
  }
}

// MARK: - Going out

extension Internet {
  /// Asks the group of all that could have an address, or the one that should still have it.
  mutating func solicit(
    _ target: Address, of hardware: HardwareAddress?, on number: Int, at now: Instant
  ) {
    let destination = hardware == nil ? target.solicitedNode : target
    let selection = SourceSelection(destination: target)
    guard let source = selection.best(of: interfaces[number].ipv6.addresses) else { return }
    sendSolicitation(target, from: source, to: destination, on: number, at: now)
  }

  /// `source`: `::` asks whether the address is free.
  mutating func sendSolicitation(
    _ target: Address, from source: Address, to destination: Address, on number: Int, at now: Instant
  ) {
    let own = interfaces[number].hardware
    let bare = NDPHeader.count(.neighbourSolicitation) ?? 0
    let count = bare + (source == .any ? 0 : NDPHeader.shortCount)
    let question = message(count, from: source, to: destination) { out in
      NDPHeader.emitNeighbourSolicitation(&out, at: 0, target: target)
      if source != .any { _ = NDPHeader.emit(.sourceHardware(own), &out, at: bare) }
    }
    sendDiscovery(question, from: source, to: destination, on: number, at: now)
  }

  /// Sends a message of neighbour discovery. To a known neighbour it goes straight: what keeps the cache
  /// does not count as use of what is in it.
  mutating func sendDiscovery(
    _ frame: consuming Frame?, from source: Address, to destination: Address, on number: Int, at now: Instant
  ) {
    guard let frame else { return drop(.noBuffer, 0, number, at: now) }
    let known = cache.find(destination, on: number).flatMap { cache.pointer($0)?.pointee.neighbour.hardware }
    var path = Path(
      destination.isMulticast ? .multicast : .neighbour, interface: number, source: source,
      nextHop: destination, mtu: interfaces[number].ipv6.mtu, timeToLive: NeighbourDiscovery.hopLimit)
    sendIPv6Slowly(frame, on: &path, to: destination, .icmpv6, toNeighbour: known, at: now)
  }
}
