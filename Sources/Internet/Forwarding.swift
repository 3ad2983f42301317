import StrataBase
import StrataWire

/// What a router does with packets that are not for it (RFC 1812 §5).
enum Forwarding {
  /// Whether a packet between these may be passed on at all. RFC 1812 §5.3.7: addresses of this host and
  /// network, loopback, groups and reserved ones are martians; RFC 3927 §7: link-local ones stay on their
  /// link.
  static func allows(_ source: UInt32, _ destination: UInt32) -> Bool {
    IPv4Input.isHost(source) && IPv4Input.isHost(destination) && !isLinkLocal(source)
      && !isLinkLocal(destination)
  }

  private static func isLinkLocal(_ native: UInt32) -> Bool { UInt32(bigEndian: native) >> 16 == 0xa9fe }

  /// What passing a packet on depends on.
  struct Header {
    let source: Address
    let destination: Address
    let hops: UInt8
    let dontFragment: Bool

    /// Nil for a packet that no router passes on.
    init?(_ packet: RawSpan) {
      guard let view = try? IPv4View(packet), Forwarding.allows(view.source, view.destination) else {
        return nil
      }
      source = view.sourceAddress
      destination = view.destinationAddress
      hops = view.timeToLive
      dontFragment = view.dontFragment
    }
  }

  /// One hop less, and the checksum by as much (RFC 1624 §3: HC' = ~(~HC + ~m + m')).
  @_lifetime(out: copy out)
  static func countHop(_ out: inout MutableRawSpan) {
    let old = out.bytes.native16(at: IPv4Header.timeToLive), sum = out.bytes.native16(at: IPv4Header.checksum)
    let new = (UInt16(bigEndian: old) &- 0x100).bigEndian
    out.setNative16(new, at: IPv4Header.timeToLive)
    out.setNative16(
      ~Checksum.fold(UInt64(~sum) &+ UInt64(~old) &+ UInt64(new)), at: IPv4Header.checksum)
  }
}

extension Internet {
  /// Passes a packet on, or says why not. `packet` begins with its IPv4 header, whose checksum is right.
  mutating func forward(_ packet: consuming Frame, from interface: Int, at now: Instant) {
    let count = packet.count
    guard let header = Forwarding.Header(packet.bytes), number(of: header.source) == nil else {
      return drop(.martian, count, interface, at: now)
    }
    // RFC 1812 §5.3.1: "If the TTL is reduced to zero (or less), the packet MUST be discarded, and ... the
    // router MUST generate an ICMP Time Exceeded message, Code 0".
    if header.hops <= 1 {
      drop(.timeToLive, count, interface, at: now)
      return sendTimeExceeded(.inTransit, about: packet, at: now)
    }
    guard let path = path(to: header.destination) else {
      drop(.noRoute, count, interface, at: now)
      return sendUnreachable(.network, about: packet, at: now)
    }
    // RFC 2644 §2: directed broadcasts are not passed on.
    guard path.kind == .neighbour else { return drop(.martian, count, interface, at: now) }
    let capabilities = interfaces[path.interface].capabilities
    let isSuper = packet.notes.segmentSize > 0
    // Nobody made these sums, or cut this up, and the next link does not either.
    if packet.notes.checksumIsPending || isSuper, !capabilities.offloadsChecksum {
      return drop(.tooLong, count, interface, at: now)
    }
    if count > capabilities.mtu, !isSuper, header.dontFragment {
      drop(.tooLong, count, interface, at: now)
      let mtu = UInt16(clamping: capabilities.mtu)
      return sendUnreachable(.fragmentationNeeded, nextMTU: mtu, about: packet, at: now)
    }
    sendRedirect(about: packet, from: header.source, to: header.destination, on: path, at: now)
    var out = packet.mutableBytes
    Forwarding.countHop(&out)
    counters.forwarded &+= 1
    passOn(packet, on: path, mtu: isSuper ? IPv4Header.mostTotal : capabilities.mtu, at: now)
  }

  /// Hands a packet to the next hop, in pieces where it is longer than `mtu`.
  mutating func passOn(_ packet: consuming Frame, on path: Path, mtu: Int, at now: Instant) {
    var path = path
    guard let hardware = resolve(&path, at: now) else { return wait(packet, for: path.neighbour, at: now) }
    if packet.count > mtu {
      return sendInPieces(packet, to: hardware, by: path.interface, mtu: mtu, at: now)
    }
    prependEthernet(&packet, to: hardware, by: path.interface)
    transmit(packet, by: path.interface, at: now)
  }
}
