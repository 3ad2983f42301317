import StrataBase
import StrataWire

// Control messages of IPv6 (RFC 4443): what ControlMessages and EchoResponder do for IPv4.
extension Internet {
  /// The most bytes of an error packet with everything in it (RFC 4443 §2.4 (c)).
  static var mostErrorBytesIPv6: Int { IPv6Header.leastMTU }

  /// Reads a control message to this host, or to a group that it is in.
  mutating func receiveControlMessageIPv6(_ packet: consuming Packet, at now: Instant) -> Arrival {
    let number = Int(packet.frame.notes.interface), count = packet.frame.count
    let pseudo = PseudoHeader.sum(
      source: packet.source, destination: packet.destination, protocol: .icmpv6, count: count)
    let type: ICMPv6Type, code: UInt8
    let kind: ControlError.Kind?
    do throws(PacketDrop) {
      guard let message = try? ICMPv6View(packet.frame.bytes) else { throw .badControlMessage }
      guard message.checksumIsRight(pseudo: pseudo) else { throw .badControlChecksum }
      type = message.type
      code = message.code
      trace(
        Event(
          .controlMessageArrived, at: now, flow: UInt32(number), c: UInt32(type.rawValue),
          d: UInt32(message.code)))
      kind = try ControlError.Kind(message)
    } catch {
      drop(error, count, number, at: now)
      return .none
    }
    if let kind { return received(kind, code: code, packet, at: now) }
    switch type {
    // Who waits for replies has a socket.
    case .echoReply: return .packet(packet)
    case .echoRequest: answerEchoIPv6(packet, at: now)
    case .routerSolicitation, .routerAdvertisement, .neighbourSolicitation, .neighbourAdvertisement,
      .redirect:
      receiveDiscovery(packet, at: now)
    case .listenerQuery: receiveListenerQuery(packet, at: now)
    default: drop(.unusedControlMessage, count, number, at: now)
    }
    return .none
  }

  private mutating func received(
    _ kind: ControlError.Kind, code: UInt8, _ packet: consuming Packet, at now: Instant
  ) -> Arrival {
    let quote = packet.frame.bytes.extracting(droppingFirst: ICMPv6Header.count)
    guard let error = ControlError(kind, quotingIPv6: quote), speaks(for: error.source) else {
      drop(.badControlMessage, packet.frame.count, Int(packet.frame.notes.interface), at: now)
      return .none
    }
    counters.errorsReceived &+= 1
    return .error(error.told(by: packet.source, code: code))
  }

  /// Sends a request back to where it came from, in place.
  private mutating func answerEchoIPv6(_ packet: consuming Packet, at now: Instant) {
    let number = Int(packet.frame.notes.interface), count = packet.frame.count
    let source = packet.source
    guard count <= settings.largestEcho else { return drop(.largeEcho, count, number, at: now) }
    // RFC 4443 §4.2 would have us answer requests to groups; a forged one would make a link shout.
    if packet.isBroadcast { return drop(.broadcast, count, number, at: now) }
    guard var path = answerPath(to: source, from: packet.destination, on: number) else {
      return drop(.noRoute, count, number, at: now)
    }
    var frame = packet.takeFrame()
    let old = frame.bytes.native16(at: 0), sum = frame.bytes.native16(at: ICMPv6Header.checksum)
    let new = (UInt16(ICMPv6Type.echoReply.rawValue) << 8).bigEndian
    var out = frame.mutableBytes
    out.setNative16(new, at: 0)
    // RFC 1624 §3: HC' = ~(~HC + ~m + m')
    out.setNative16(
      ~Checksum.fold(UInt64(~sum) &+ UInt64(~old) &+ UInt64(new)), at: ICMPv6Header.checksum)
    frame.notes.segmentSize = 0
    counters.echoesAnswered &+= 1
    sendIPv6(frame, on: &path, to: source, protocol: .icmpv6, at: now)
  }

  /// The way back to who sent something that arrived by an interface.
  func answerPath(to source: Address, from local: Address?, on number: Int) -> Path? {
    if isLocal(source) { return path(to: source, from: local) }
    return pathIPv6(to: source, from: local, on: number == Interface.loopback ? nil : number)
  }

  /// Tells the sender of a packet that nobody here takes it.
  mutating func sendUnreachableIPv6(
    _ what: ControlMessages.Unreachable, for packet: consuming Packet, at now: Instant
  ) {
    let number = Int(packet.frame.notes.interface), headerCount = Int(packet.headerCount)
    let source = packet.source, destination = packet.destination
    // RFC 4443 §2.4 (e): no error "MUST be originated as a result of receiving" an error message, a
    // packet to a group, or one whose source is not a single node.
    guard packet.protocol != .icmpv6, !packet.isBroadcast, speaks(for: destination), headerCount > 0,
      headerCount <= packet.frame.roomInFront
    else { return drop(.errorForbidden, packet.frame.count, number, at: now) }
    var original = packet.takeFrame()
    original.prepend(headerCount)
    var pointer = 0
    if what == .protocol, let walk = try? IPv6ExtensionsView(original.bytes) { pointer = walk.upperName }
    // RFC 4443 §3.4: an unknown next header is a parameter problem, with a pointer at its number.
    sendErrorIPv6(
      what == .port ? .destinationUnreachable : .parameterProblem,
      code: what == .port
        ? ICMPv6Unreachable.port.rawValue : ICMPv6ParameterProblem.unknownNextHeader.rawValue,
      rest: UInt32(pointer), about: original, to: source, from: destination, on: number, at: now)
  }

  /// Sends an error about a packet, which begins at its IPv6 header, to where that came from.
  mutating func sendErrorIPv6(
    _ type: ICMPv6Type, code: UInt8, rest: UInt32, about original: consuming Frame, to source: Address,
    from local: Address?, on number: Int, at now: Instant
  ) {
    // RFC 4443 §2.4 (e): none about an error or a redirect, and none to what is not a single node.
    guard source != .any, !source.isMulticast, !ControlMessages.carriesErrorIPv6(original.bytes),
      var path = answerPath(to: source, from: local, on: number)
    else { return drop(.errorForbidden, original.count, number, at: now) }
    guard errorLimit.allows(at: now) else { return drop(.errorLimited, original.count, number, at: now) }
    let room = Internet.mostErrorBytesIPv6 - IPv6Header.count - ICMPv6Header.count
    original.truncate(to: min(original.count, room))
    let quote = original.bytes
    guard
      let frame = message(
        ICMPv6Header.count + quote.byteCount, from: path.source, to: source,
        { out in
          out.setBig16(UInt16(type.rawValue) << 8 | UInt16(code), at: 0)
          out.setBig32(rest, at: ICMPv6Header.rest)
          out.set(quote, at: ICMPv6Header.count)
        })
    else { return drop(.noBuffer, 0, number, at: now) }
    counters.errorsSent &+= 1
    trace(
      Event(
        .controlMessageSent, at: now, flow: UInt32(number), c: UInt32(type.rawValue), d: UInt32(code)))
    sendIPv6Slowly(frame, on: &path, to: source, .icmpv6, at: now)
  }
}

extension ControlMessages {
  /// Whether a packet carries an ICMPv6 error or a redirect, as far as can be seen: headers are walked over
  /// whatever is in them.
  static func carriesErrorIPv6(_ packet: RawSpan) -> Bool {
    guard packet.byteCount >= IPv6Header.count else { return false }
    var next = IPProtocol(rawValue: packet.byte(at: IPv6Header.nextHeader)), at = IPv6Header.count
    for _ in 0..<IPv6ExtensionsView.mostHeaders where next.isExtension {
      guard at + 8 <= packet.byteCount else { return false }
      let isPiece = next == .fragment
      if isPiece, packet.big16(at: at + 2) & 0xfff8 != 0 { return false }
      let count = isPiece ? IPv6Fragment.headerCount : (Int(packet.byte(at: at + 1)) + 1) * 8
      next = IPProtocol(rawValue: packet.byte(at: at))
      at += count
    }
    guard next == .icmpv6, at < packet.byteCount else { return false }
    let type = ICMPv6Type(rawValue: packet.byte(at: at))
    return type.isError || type == .redirect
  }
}

extension ControlError.Kind {
  /// What an error message says; nil for messages that are none. Throws for errors that a host ignores.
  init?(_ message: borrowing ICMPv6View) throws(PacketDrop) {
    if !message.type.isError { return nil }
    switch message.type {
    case .destinationUnreachable:
      switch message.unreachable {
      case .noRoute, .beyondScope: self = .networkUnreachable
      case .address, .prohibited, .sourcePolicy, .rejectRoute: self = .hostUnreachable
      case .port: self = .portUnreachable
      case nil: throw .unusedControlMessage
      }
    case .packetTooBig:
      // RFC 8201 §4: "If a node receives a Packet Too Big message reporting a next-hop MTU that is less
      // than the IPv6 minimum link MTU, it must discard it."
      guard message.mtu >= UInt32(IPv6Header.leastMTU) else { throw .badControlMessage }
      self = .fragmentationNeeded(mtu: Int(message.mtu))
    case .timeExceeded: self = .timeExceeded
    // RFC 4443 §3.4: somebody on the way, or the receiver, does not know what we sent.
    case .parameterProblem: self = .protocolUnreachable
    default: throw .unusedControlMessage
    }
  }
}
