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
    let kind: ControlError.Kind?
    var isEcho = false
    do throws(PacketDrop) {
      guard let message = try? ICMPv4View(packet.frame.bytes) else { throw .badControlMessage }
      guard message.checksumIsRight else { throw .badControlChecksum }
      trace(
        Event(
          .controlMessageArrived, at: now, flow: UInt32(interface), c: UInt32(message.type.rawValue),
          d: UInt32(message.code)))
      isEcho = message.type == .echoRequest
      kind = isEcho ? nil : ControlError.Kind(message)
      if !isEcho, kind == nil { throw .unusedControlMessage }
    } catch {
      drop(error, count, interface, at: now)
      return .none
    }
    guard let kind else {
      answerEcho(packet, at: now)
      return .none
    }
    let quote = packet.frame.bytes.extracting(droppingFirst: ICMPv4Header.count)
    guard let error = ControlError(kind, quoting: quote), isLocal(error.source) else {
      drop(.badControlMessage, count, interface, at: now)
      return .none
    }
    counters.errorsReceived &+= 1
    return .error(error)
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
    let interface = Int(packet.frame.notes.interface), source = packet.source
    let headerCount = Int(packet.headerCount)
    // RFC 1122 §3.2.2: an error message "MUST NOT be sent as the result of receiving" an ICMP error, a
    // packet to a broadcast or multicast address, or one whose source is not a single host.
    guard packet.protocol != .icmp, !packet.isBroadcast, isLocal(packet.destination), headerCount > 0,
      headerCount <= packet.frame.roomInFront, var path = path(to: source, from: packet.destination),
      path.kind == .neighbour || path.kind == .loopback
    else { return drop(.errorForbidden, packet.frame.count, interface, at: now) }
    guard errorLimit.allows(at: now) else {
      return drop(.errorLimited, packet.frame.count, interface, at: now)
    }
    guard var message = pool.take() else { return drop(.noBuffer, 0, interface, at: now) }
    var original = packet.takeFrame()
    original.prepend(headerCount)
    let room = ControlMessages.mostBytes - IPv4Header.count - ICMPv4Header.count
    original.truncate(to: min(original.count, room))
    message.append(ICMPv4Header.count + original.count)
    let code: ICMPv4Unreachable = what == .port ? .port : .protocol
    var out = message.mutableBytes
    ICMPv4Header.emitUnreachable(&out, at: 0, code: code, original: original.bytes)
    counters.errorsSent &+= 1
    trace(
      Event(
        .controlMessageSent, at: now, flow: UInt32(interface),
        c: UInt32(ICMPv4Type.destinationUnreachable.rawValue), d: UInt32(code.rawValue)))
    send(message, on: &path, to: source, protocol: .icmp, at: now)
  }
}

extension ControlError.Kind {
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
