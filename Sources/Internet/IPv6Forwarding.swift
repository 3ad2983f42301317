import StrataBase
import StrataWire

/// What a router does with IPv6 packets that are not for it (RFC 8200 §3). It looks at the header alone:
/// extension headers are for the destination (§4), and only the source cuts packets up (§4.5).
enum IPv6Forwarding {
  /// Why a packet between these is not passed on.
  enum Refusal: Equatable {
    /// No such packet belongs on a link, or it may not leave this one: nobody is told.
    case martian
    /// RFC 4291 §2.5.6: "Routers must not forward any packets with Link-Local source or destination
    /// addresses to other links." Who sent one further than its own address reaches is told so.
    case beyondScope
  }

  static func refusal(from source: Address, to destination: Address) -> Refusal? {
    guard IPv6Input.isHost(source), IPv6Input.isHost(destination), !destination.isLinkLocal else {
      return .martian
    }
    return source.isLinkLocal ? .beyondScope : nil
  }
}

extension Internet {
  /// Whether a packet is neither for this host nor for a group: what a router passes on.
  func isForOthers(_ destination: Address) -> Bool {
    !destination.isMulticast && number(of: destination) == nil
  }

  /// Passes a packet on, or says why not. `packet` begins with its IPv6 header and ends with its payload.
  mutating func forwardIPv6(_ packet: consuming Frame, _ header: IPv6Input, from number: Int, at now: Instant)
  {
    let count = packet.count
    let refusal = IPv6Forwarding.refusal(from: header.source, to: header.destination)
    guard refusal != .martian, self.number(of: header.source) == nil else {
      return drop(.martian, count, number, at: now)
    }
    // RFC 8200 §3: "When forwarding, the packet is discarded if Hop Limit was zero when received or is
    // decremented to zero."
    if header.hopLimit <= 1 {
      drop(.timeToLive, count, number, at: now)
      return sendTimeExceeded(.inTransit, about: packet, at: now)
    }
    if refusal == .beyondScope {
      drop(.martian, count, number, at: now)
      return sendUnreachableIPv6(.beyondScope, about: packet, at: now)
    }
    guard let path = pathIPv6(to: header.destination, from: nil) else {
      drop(.noRoute, count, number, at: now)
      return sendUnreachableIPv6(.noRoute, about: packet, at: now)
    }
    let interface = interfaces + path.interface
    let isSuper = packet.notes.segmentSize > 0
    // Nobody made these sums, or cut this up, and the next link does not either.
    if packet.notes.checksumIsPending || isSuper, !interface.pointee.capabilities.offloadsChecksum {
      return drop(.tooLong, count, number, at: now)
    }
    let mtu = interface.pointee.ipv6.mtu
    if count > mtu, !isSuper {
      drop(.tooLong, count, number, at: now)
      return sendErrorIPv6(
        .packetTooBig, code: 0, rest: UInt32(mtu), about: packet, to: header.source, from: nil, on: number,
        at: now)
    }
    sendRedirect(about: packet, from: header.source, to: header.destination, on: path, at: now)
    var out = packet.mutableBytes
    out.setByte(header.hopLimit - 1, at: IPv6Header.hopLimit)
    counters.forwarded &+= 1
    passOn(packet, on: path, mtu: .max, at: now)
  }

  /// Tells the sender of a packet that is not for us, and begins with its IPv6 header, why it went no
  /// further.
  mutating func sendUnreachableIPv6(
    _ code: ICMPv6Unreachable, about original: consuming Frame, at now: Instant
  ) {
    guard let ends = IPv6Input.ends(of: original.bytes) else { return }
    let number = Int(original.notes.interface)
    sendErrorIPv6(
      .destinationUnreachable, code: code.rawValue, rest: 0, about: original, to: ends.source, from: nil,
      on: number, at: now)
  }
}
