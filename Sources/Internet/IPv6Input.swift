import StrataBase
import StrataWire

/// An IPv6 header that passed the checks of a host, and what the layers above need of it.
struct IPv6Input {
  let totalCount: Int
  let source: Address
  let destination: Address
  let `protocol`: IPProtocol
  let hopLimit: UInt8
  let congestion: UInt8

  /// The header of a frame with a segment or datagram, without extension headers, for the address that
  /// the last one was for: nearly every frame. Nil for all others.
  @inline(__always)
  init?(usual frame: RawSpan, to interface: UnsafeMutablePointer<Interface>) {
    guard frame.byteCount >= EthernetHeader.count + IPv6Header.count,
      HardwareAddress(frame, at: EthernetHeader.destination) == interface.pointee.hardware,
      frame.big16(at: EthernetHeader.type) == EtherType.ipv6.rawValue,
      let view = try? IPv6View(frame.extracting(droppingFirst: EthernetHeader.count)),
      view.nextHeader == .tcp || view.nextHeader == .udp,
      // No address that begins with 64 zeros is ever the usual one.
      view.destination.high != 0, view.destination == interface.pointee.usual,
      IPv6Input.isHost(view.source), view.source != interface.pointee.usual
    else { return nil }
    self.init(view)
  }

  init(_ bytes: RawSpan) throws(PacketDrop) {
    let view: IPv6View
    do { view = try IPv6View(bytes) } catch { throw IPv4Input.drop(for: error) }
    self.init(view)
  }

  @inline(__always)
  private init(_ view: borrowing IPv6View) {
    totalCount = view.totalCount
    source = view.source
    destination = view.destination
    `protocol` = view.nextHeader
    hopLimit = view.hopLimit
    congestion = view.trafficClass & 3
  }

  /// Both ends of a packet; nil where it is none of IPv6.
  static func ends(of packet: RawSpan) -> (source: Address, destination: Address)? {
    guard packet.byteCount >= IPv6Header.count, packet.byte(at: 0) >> 4 == 6 else { return nil }
    return (
      Address(
        high: packet.native64(at: IPv6Header.source), low: packet.native64(at: IPv6Header.source + 8)),
      Address(
        high: packet.native64(at: IPv6Header.destination),
        low: packet.native64(at: IPv6Header.destination + 8))
    )
  }

  /// RFC 4291 §2.7: multicast addresses "must not be used as source addresses". What begins with 64
  /// zeros is unspecified, loopback, or an IPv4 address in IPv6 clothes, and none of them is anybody's on
  /// a link (RFC 4942 §2.2).
  @inline(__always)
  static func isHost(_ address: Address) -> Bool {
    address.high != 0 && UInt64(bigEndian: address.high) >> 56 != 0xff
  }

  /// The packet in a frame, whose Internet header lies `offset` bytes behind its front.
  @inline(__always)
  func packet(
    _ frame: consuming Frame, behind offset: Int, headerCount: Int = IPv6Header.count, protocol: IPProtocol,
    isBroadcast: Bool
  ) -> Packet {
    frame.truncate(to: offset + totalCount)
    frame.dropFirst(offset + headerCount)
    frame.notes.congestion = congestion
    return Packet(
      frame: frame, source: source, destination: destination, protocol: `protocol`, timeToLive: hopLimit,
      headerCount: UInt16(truncatingIfNeeded: headerCount), isBroadcast: isBroadcast)
  }
}

// MARK: - Receiving

extension Internet {
  /// `isToAll`: the frame was sent to a group or to all.
  @inline(never)
  mutating func receiveIPv6(
    _ frame: consuming Frame, on number: Int, isToAll: Bool, at now: Instant
  ) -> Arrival {
    if !isToAll, let header = IPv6Input(usual: frame.bytes, to: interfaces + number) {
      counters.delivered &+= 1
      let p = header.protocol
      return .packet(header.packet(frame, behind: EthernetHeader.count, protocol: p, isBroadcast: false))
    }
    guard interfaces[number].ipv6.isUp else {
      drop(.unknownType, frame.count, number, at: now)
      return .none
    }
    return receiveIPv6(frame, behind: EthernetHeader.count, on: number, isToAll: isToAll, at: now)
  }

  /// A packet from this host to itself, without an Ethernet header. Nobody can have damaged it.
  mutating func receiveIPv6FromItself(_ frame: consuming Frame, at now: Instant) -> Arrival {
    receiveIPv6(frame, behind: 0, on: Interface.loopback, isToAll: false, at: now)
  }

  /// A packet that lies `offset` bytes behind the front of its frame.
  mutating func receiveIPv6(
    _ frame: consuming Frame, behind offset: Int, on number: Int, isToAll: Bool, at now: Instant
  ) -> Arrival {
    let count = frame.count
    let header: IPv6Input
    do throws(PacketDrop) {
      header = try IPv6Input(frame.bytes.extracting(droppingFirst: offset))
      if settings.forwards, !isToAll, number != Interface.loopback, isForOthers(header.destination) {
        frame.truncate(to: offset + header.totalCount)
        frame.dropFirst(offset)
        forwardIPv6(frame, header, from: number, at: now)
        return .none
      }
      if let reason = refusal(of: header, on: number, isToAll: isToAll) { throw reason }
    } catch {
      drop(error, count, number, at: now)
      return .none
    }
    let upper: IPProtocol, headerCount: Int
    let fragment: Fragment?
    do throws(IPv6Refusal) {
      let walk = try IPv6ExtensionsView(frame.bytes.extracting(offset..<(offset + header.totalCount)))
      fragment = Fragment(walk, of: header)
      upper = walk.upper
      headerCount = walk.headerCount
    } catch {
      refuse(frame, header, behind: offset, error, on: number, at: now)
      return .none
    }
    if let fragment {
      frame.truncate(to: offset + header.totalCount)
      frame.dropFirst(offset)
      guard var whole = reassemble(frame, fragment, at: now) else { return .none }
      Fragment.makeWholeIPv6(&whole)
      return receiveIPv6(whole, behind: 0, on: number, isToAll: false, at: now)
    }
    let isToGroup = header.destination.isMulticast
    if upper == .tcp || upper == .udp, number != Interface.loopback, !isToGroup {
      interfaces[number].usual = header.destination
    }
    return deliverIPv6(
      header.packet(
        frame, behind: offset, headerCount: headerCount, protocol: upper, isBroadcast: isToGroup), at: now)
  }

  /// Why a packet is not for us; nil where it is.
  private func refusal(of header: IPv6Input, on number: Int, isToAll: Bool) -> PacketDrop? {
    let destination = header.destination, source = header.source
    if number == Interface.loopback { return nil }
    if destination.isMulticast {
      if !isMember(of: destination, on: number) { return .otherAddress }
      // RFC 9293 §3.9.2.3: TCP is for two.
      if header.protocol == .tcp { return .broadcast }
    } else {
      // A host owns all its addresses on all its links, but for those that mean one link alone.
      if let owner = self.number(of: destination), !destination.isV4 {
        if owner != number, destination.isLinkLocal { return .otherAddress }
      } else if !interfaces[number].takesAll || !IPv6Input.isHost(destination) {
        return .otherAddress
      }
      if isToAll { return .broadcast }
    }
    // Who has no address yet may only ask whether one is free, or who is there.
    if source == .any { return header.protocol == .icmpv6 || isToGroupOnly(header) ? nil : .badSource }
    return IPv6Input.isHost(source) && self.number(of: source) == nil ? nil : .badSource
  }

  /// A listener report, which has a hop-by-hop header.
  private func isToGroupOnly(_ header: IPv6Input) -> Bool {
    header.protocol == .hopByHop && header.destination.isMulticast
  }

  private mutating func deliverIPv6(_ packet: consuming Packet, at now: Instant) -> Arrival {
    let number = Int(packet.frame.notes.interface), count = packet.frame.count
    switch packet.protocol {
    case .tcp where packet.isBroadcast: drop(.broadcast, count, number, at: now)
    case .tcp, .udp:
      counters.delivered &+= 1
      return .packet(packet)
    case .icmpv6: return receiveControlMessageIPv6(packet, at: now)
    case .noNextHeader: drop(.noNextHeader, count, number, at: now)
    default:
      drop(.unknownProtocol, count, number, at: now)
      sendUnreachable(.protocol, for: packet, at: now)
    }
    return .none
  }

  /// An extension header stops a packet.
  private mutating func refuse(
    _ frame: consuming Frame, _ header: IPv6Input, behind offset: Int, _ refusal: IPv6Refusal, on number: Int,
    at now: Instant
  ) {
    let isUnknown = refusal != .malformed
    drop(isUnknown ? .unknownExtension : .badExtension, frame.count, number, at: now)
    guard case .problem(let problem, let pointer, let answersGroups) = refusal else { return }
    let isToGroup = header.destination.isMulticast
    if isToGroup, !answersGroups { return drop(.errorForbidden, header.totalCount, number, at: now) }
    frame.truncate(to: offset + header.totalCount)
    frame.dropFirst(offset)
    sendErrorIPv6(
      .parameterProblem, code: problem.rawValue, rest: UInt32(pointer), about: frame, to: header.source,
      from: isToGroup ? nil : header.destination, on: number, at: now)
  }
}

extension ControlError {
  /// The error about an IPv6 packet of which the beginning is at hand: its headers and eight bytes of
  /// what it carried. Nil when there are fewer, or when it carried neither TCP nor UDP nor an echo request.
  init?(_ kind: Kind, quotingIPv6 bytes: RawSpan) {
    guard let ends = IPv6Input.ends(of: bytes) else { return nil }
    // A quote is cut short, so that its own length says nothing.
    guard let walk = try? IPv6ExtensionsView(bytes), walk.fragment?.offset ?? 0 == 0,
      bytes.byteCount >= walk.headerCount + 8
    else { return nil }
    let isEcho =
      walk.upper == .icmpv6 && bytes.byte(at: walk.headerCount) == ICMPv6Type.echoRequest.rawValue
    guard walk.upper == .tcp || walk.upper == .udp || isEcho else { return nil }
    self.init(
      kind: kind, protocol: walk.upper, source: ends.source, destination: ends.destination,
      transport: bytes.big64(at: walk.headerCount))
    keepFront(bytes.extracting(droppingFirst: walk.headerCount + 8))
  }
}
