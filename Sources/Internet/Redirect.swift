import StrataBase
import StrataWire

/// A better first hop than the routes name, as a router told this host of (RFC 1122 §3.3.1.2, RFC 4861 §8).
struct Redirect {
  let hop: Address
  let interface: Int
}

// MARK: - Coming in

extension Internet {
  /// RFC 1122 §3.2.2.2: "A Redirect message SHOULD be silently discarded if the new gateway address it
  /// specifies is not on the same connected (sub-) net through which the Redirect arrived, or if the source
  /// of the Redirect is not the current first-hop gateway for the specified destination".
  mutating func receiveRedirect(_ packet: consuming Packet, at now: Instant) {
    let number = Int(packet.frame.notes.interface), count = packet.frame.count
    guard takesRedirects, number < interfaceCount else {
      return drop(.unusedControlMessage, count, number, at: now)
    }
    let bytes = packet.frame.bytes
    let quote = bytes.extracting(droppingFirst: ICMPv4Header.count)
    let hop = Address(v4: bytes.big32(at: ICMPv4Header.identifier))
    let network = interfaces[number].network
    guard quote.byteCount >= IPv4Header.count, quote.byte(at: 0) >> 4 == 4,
      isLocal(Address(v4Native: quote.native32(at: IPv4Header.source))),
      IPv4Input.isHost(hop.v4Native), network.contains(hop), hop != network.broadcast,
      self.number(of: hop) == nil
    else { return drop(.redirectRefused, count, number, at: now) }
    let destination = Address(v4Native: quote.native32(at: IPv4Header.destination))
    redirect(destination, to: hop, by: packet.source, on: number, at: now)
  }

  // RFC 4861 §8.1
  mutating func receiveRedirectIPv6(
    _ view: borrowing NDPView, from source: Address, on number: Int, at now: Instant
  ) {
    let count = view.raw.byteCount, target = view.target, destination = view.destination
    guard takesRedirects else { return drop(.unusedControlMessage, count, number, at: now) }
    let hardware = view.hardware(2)
    let isPossible = hardware.map { AddressResolution.isHost($0, on: interfaces[number]) } ?? true
    guard source.isLinkLocal, IPv6Input.isHost(destination), target.isLinkLocal || target == destination,
      isPossible, self.number(of: target) == nil
    else { return drop(.redirectRefused, count, number, at: now) }
    if redirect(destination, to: target, by: source, on: number, at: now), let hardware {
      hear(target, hardware, on: number, at: now)
    }
  }

  /// A router follows its routes alone (RFC 1812 §5.2.7.2, RFC 4861 §8.1).
  private var takesRedirects: Bool { settings.acceptsRedirects && !settings.forwards }

  @discardableResult
  private mutating func redirect(
    _ destination: Address, to hop: Address, by router: Address, on number: Int, at now: Instant
  ) -> Bool {
    guard let path = path(to: destination), path.kind == .neighbour, path.interface == number,
      path.nextHop == router
    else {
      drop(.redirectRefused, 0, number, at: now)
      return false
    }
    let redirect = Redirect(hop: hop, interface: number)
    redirects.set(redirect, of: destination, until: now + settings.redirectTime)
    counters.redirectsTaken &+= 1
    pathGeneration &+= 1
    return true
  }
}

// MARK: - Going out

extension Internet {
  /// Tells the sender of a packet that goes back to the link it came by that there is a shorter way
  /// (RFC 1812 §5.2.7.2, RFC 4861 §8.2). `packet` begins with its Internet header.
  mutating func sendRedirect(
    about packet: borrowing Frame, from source: Address, to destination: Address, on path: Path,
    at now: Instant
  ) {
    let number = Int(packet.notes.interface)
    guard settings.sendsRedirects, path.interface == number, isNeighbour(source, on: number) else { return }
    let isV4 = source.isV4
    // A router's address has to be the one that all on the link know it by.
    if !isV4, path.nextHop != destination, !path.nextHop.isLinkLocal { return }
    counters.redirectsSent &+= 1
    guard isV4 else { return redirectIPv6(source, about: packet, to: destination, on: path, at: now) }
    guard var quote = pool.take() else { return drop(.noBuffer, 0, number, at: now) }
    quote.append(packet.bytes.extracting(first: min(packet.count, ControlMessages.mostBytes)))
    quote.notes.interface = packet.notes.interface
    sendRedirect(to: path.nextHop, about: quote, at: now)
  }

  /// Whether a host is on a link itself.
  private func isNeighbour(_ address: Address, on number: Int) -> Bool {
    guard let route = routes.route(to: address) else { return false }
    return route.gateway == nil && route.interface == number
  }

  private mutating func redirectIPv6(
    _ source: Address, about packet: borrowing Frame, to destination: Address, on path: Path, at now: Instant
  ) {
    let number = path.interface
    guard let own = interfaces[number].ipv6.linkLocal else { return }
    guard errorLimit.allows(at: now) else { return drop(.errorLimited, packet.count, number, at: now) }
    let hop = path.nextHop
    let hardware = cache.find(hop, on: number).flatMap { cache.pointer($0)?.pointee.neighbour.hardware }
    let bare = NDPHeader.count(.redirect) ?? 0
    let front = bare + (hardware == nil ? 0 : NDPHeader.shortCount)
    let room = Internet.mostErrorBytesIPv6 - IPv6Header.count - front - 8
    let quote = packet.bytes.extracting(first: min(packet.count, room) & ~7)
    let message = message(front + 8 + quote.byteCount, from: own, to: source) { out in
      NDPHeader.emitRedirect(&out, at: 0, target: hop, destination: destination)
      if let hardware { _ = NDPHeader.emit(.targetHardware(hardware), &out, at: bare) }
      // RFC 4861 §4.6.3, the redirected header: six bytes of nothing and the packet.
      out.setBig64(UInt64(0x0400 | (8 + quote.byteCount) / 8) << 48, at: front)
      out.set(quote, at: front + 8)
    }
    sendDiscovery(message, from: own, to: source, on: number, at: now)
  }
}
