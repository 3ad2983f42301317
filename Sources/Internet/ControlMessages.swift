import StrataBase
import StrataWire

/// The errors that this host sends (RFC 1122 §3.2.2, RFC 4443 §2.4).
public enum ControlMessages {
  /// Why a packet that did arrive went no further.
  public enum Unreachable: Sendable {
    /// Nobody listens.
    case port
    /// Nobody here speaks it.
    case `protocol`
  }

  /// The most bytes of an error packet with everything in it (RFC 1812 §4.3.2.3).
  static var mostBytes: Int { 576 }
}

extension Internet {
  /// Reads a control message to this host.
  mutating func receiveControlMessage(_ packet: consuming Packet, at now: Instant) -> Arrival {
    let interface = Int(packet.frame.notes.interface), count = packet.frame.count
    let type: ICMPv4Type, code: UInt8
    let kind: ControlError.Kind?
    do throws(PacketDrop) {
      guard let message = try? ICMPv4View(packet.frame.bytes) else { throw .badControlMessage }
      guard message.checksumIsRight else { throw .badControlChecksum }
      trace(
        Event(
          .controlMessageArrived, at: now, flow: UInt32(interface), c: UInt32(message.type.rawValue),
          d: UInt32(message.code)))
      type = message.type
      code = message.code
      kind = ControlError.Kind(message)
    } catch {
      drop(error, count, interface, at: now)
      return .none
    }
    guard let kind else {
      // Who waits for replies has a socket.
      if type == .echoReply { return .packet(packet) }
      switch type {
      case .echoRequest: answerEcho(packet, at: now)
      case .redirect: receiveRedirect(packet, at: now)
      default: drop(.unusedControlMessage, count, interface, at: now)
      }
      return .none
    }
    let quote = packet.frame.bytes.extracting(droppingFirst: ICMPv4Header.count)
    guard let error = ControlError(kind.estimated(from: quote), quoting: quote),
      speaks(for: error.source)
    else {
      drop(.badControlMessage, count, interface, at: now)
      return .none
    }
    counters.errorsReceived &+= 1
    return .error(error.told(by: packet.source, code: code))
  }

  /// Tells the sender of a packet that nobody here takes it (RFC 1122 §3.2.2.1), where that is allowed
  /// and within the rate of `InternetSettings`.
  ///
  /// ```swift
  /// internet.sendUnreachable(.port, for: packet, at: now)   // a datagram to a port that is not open
  /// ```
  public mutating func sendUnreachable(
    _ what: ControlMessages.Unreachable, for packet: consuming Packet, at now: Instant
  ) {
    if !packet.source.isV4 { return sendUnreachableIPv6(what, for: packet, at: now) }
    let interface = Int(packet.frame.notes.interface), headerCount = Int(packet.headerCount)
    guard !packet.isBroadcast, speaks(for: packet.destination), headerCount > 0,
      headerCount <= packet.frame.roomInFront
    else { return drop(.errorForbidden, packet.frame.count, interface, at: now) }
    let destination = packet.destination
    var original = packet.takeFrame()
    original.prepend(headerCount)
    sendUnreachable(what == .port ? .port : .protocol, about: original, from: destination, at: now)
  }

  /// Tells the sender of a packet, which begins with its IPv4 header, why it went no further.
  mutating func sendUnreachable(
    _ code: ICMPv4Unreachable, nextMTU: UInt16 = 0, about original: consuming Frame,
    from local: Address? = nil, at now: Instant
  ) {
    sendError(
      .destinationUnreachable, code.rawValue, rest: UInt32(nextMTU), about: original, from: local, at: now)
  }

  /// Tells the sender of a packet that another router on its link is nearer, or its destination itself: a
  /// redirect for the host (RFC 1812 §5.2.7.2).
  mutating func sendRedirect(to hop: Address, about original: consuming Frame, at now: Instant) {
    sendError(.redirect, 1, rest: hop.v4, about: original, from: nil, at: now)
  }

  mutating func sendTimeExceeded(
    _ code: ICMPv4TimeExceeded, about original: consuming Frame, at now: Instant
  ) {
    if let ends = IPv6Input.ends(of: original.bytes) {
      return sendErrorIPv6(
        .timeExceeded, code: code.rawValue, rest: 0, about: original, to: ends.source,
        from: isLocal(ends.destination) ? ends.destination : nil, on: Int(original.notes.interface), at: now)
    }
    sendError(.timeExceeded, code.rawValue, rest: 0, about: original, from: nil, at: now)
  }

  private mutating func sendError(
    _ type: ICMPv4Type, _ code: UInt8, rest: UInt32, about original: consuming Frame, from local: Address?,
    at now: Instant
  ) {
    let interface = Int(original.notes.interface), count = original.count
    guard let source = ControlMessages.blamed(by: original.bytes),
      var path = path(to: source, from: local), path.kind == .neighbour || path.kind == .loopback
    else { return drop(.errorForbidden, count, interface, at: now) }
    guard errorLimit.allows(at: now) else { return drop(.errorLimited, count, interface, at: now) }
    guard var message = pool.take() else { return drop(.noBuffer, 0, interface, at: now) }
    original.truncate(to: min(count, ControlMessages.mostBytes - IPv4Header.count - ICMPv4Header.count))
    message.append(ICMPv4Header.count + original.count)
    var out = message.mutableBytes
    ICMPv4Header.emit(&out, at: 0, type: type, code: code, rest: rest, body: original.bytes)
    counters.errorsSent &+= 1
    trace(
      Event(
        .controlMessageSent, at: now, flow: UInt32(interface), c: UInt32(type.rawValue), d: UInt32(code)))
    send(message, on: &path, to: source, protocol: .icmp, at: now)
  }
}

extension ControlMessages {
  /// Whom an error about a packet goes to, where one may be sent at all. RFC 1122 §3.2.2: it "MUST NOT be
  /// sent as the result of receiving" an ICMP error, a packet to a broadcast or multicast address, one
  /// whose source is not a single host, or a piece that is not the first.
  static func blamed(by original: RawSpan) -> Address? {
    guard original.byteCount >= IPv4Header.count, original.byte(at: 0) >> 4 == 4 else { return nil }
    let headerCount = Int(original.byte(at: 0) & 15) * 4
    guard headerCount >= IPv4Header.count, original.big16(at: IPv4Header.fragment) & 0x1fff == 0,
      isHost(original.native32(at: IPv4Header.source)),
      isHost(original.native32(at: IPv4Header.destination))
    else { return nil }
    if IPProtocol(rawValue: original.byte(at: IPv4Header.protocol)) == .icmp {
      guard original.byteCount > headerCount else { return nil }
      if ICMPv4Type(rawValue: original.byte(at: headerCount)).isError { return nil }
    }
    return Address(v4Native: original.native32(at: IPv4Header.source))
  }

  /// One host, which may be this one by its loopback address: from outside such a packet is not let in.
  private static func isHost(_ native: UInt32) -> Bool {
    IPv4Input.isHost(native) || Address(v4Native: native).isLoopback
  }
}

extension ControlError.Kind {
  /// An old router does not say what its link takes: the length of the packet it refused says something.
  func estimated(from quote: RawSpan) -> ControlError.Kind {
    guard self == .fragmentationNeeded(mtu: 0), quote.byteCount >= IPv4Header.count else { return self }
    let count = Int(quote.big16(at: IPv4Header.totalCount))
    return .fragmentationNeeded(mtu: PathMTU.plateau(below: count))
  }

  /// What an error message says; nil for messages that are none, or that a host ignores.
  init?(_ message: borrowing ICMPv4View) {
    if message.type == .timeExceeded {
      self = .timeExceeded
      return
    }
    switch message.unreachable {
    case .network, .networkUnknown, .networkProhibited, .networkForService: self = .networkUnreachable
    case .host, .hostUnknown, .sourceHostIsolated, .hostProhibited, .hostForService, .prohibited,
      .precedenceViolation, .precedenceCutoff, .sourceRouteFailed:
      self = .hostUnreachable
    case .protocol: self = .protocolUnreachable
    case .port: self = .portUnreachable
    case .fragmentationNeeded: self = .fragmentationNeeded(mtu: Int(message.nextMTU))
    case nil: return nil
    }
  }
}
