import StrataBase
import StrataWire

/// What a host puts into the IPv4 headers it makes.
struct IPv4Output {
  /// Of the next packet. It joins the pieces of one that we cut up (RFC 6864 §4.2); of all others, which
  /// nobody may cut, it helps to tell them apart in a capture.
  var identification: UInt16

  /// The hops that a packet to a group may take: it stays on its link (RFC 1112 §6.1).
  static var groupTimeToLive: UInt8 { 1 }

  /// The hardware address of a group on Ethernet: its lowest 23 bits (RFC 1112 §6.4).
  static func hardware(ofGroup group: Address) -> HardwareAddress {
    HardwareAddress(number: 0x0100_5e00_0000 | UInt64(group.v4 & 0x7f_ffff))
  }

  @_lifetime(out: copy out) @inline(__always)
  mutating func emit(
    _ out: inout MutableRawSpan, at offset: Int, from source: Address, to destination: Address,
    protocol: IPProtocol, payloadCount: Int, timeToLive: UInt8, congestion: UInt8 = 0,
    dontFragment: Bool = true
  ) {
    IPv4Header.emit(
      &out, at: offset, source: source.v4Native, destination: destination.v4Native, protocol: `protocol`,
      payloadCount: payloadCount, identification: identification, timeToLive: timeToLive,
      typeOfService: congestion, dontFragment: dontFragment)
    identification &+= 1
  }
}

extension Internet {
  /// Sends a packet: `frame` holds its transport header and payload, with 34 bytes of room in front, or
  /// 54 on a path of IPv6.
  /// It goes into `outgoing`, waits for its neighbour's address, or is dropped and counted.
  public mutating func send(
    _ frame: consuming Frame, on path: inout Path, to destination: Address, protocol: IPProtocol,
    at now: Instant
  ) {
    if !path.isV4 { return sendIPv6(frame, on: &path, to: destination, protocol: `protocol`, at: now) }
    let count = frame.count
    let total = count &+ IPv4Header.count
    let fits = total <= path.mtu || (frame.notes.segmentSize > 0 && total <= IPv4Header.mostTotal)
    guard fits, path.kind == .neighbour, let entry = cache.pointer(path.neighbour),
      let hardware = entry.pointee.neighbour.hardware
    else {
      return sendSlowly(frame, on: &path, to: destination, protocol: `protocol`, at: now)
    }
    entry.pointee.neighbour.used = now
    sendIPv4(frame, on: path, to: destination, hardware, `protocol`, at: now)
  }

  @inline(__always)
  private mutating func sendIPv4(
    _ frame: consuming Frame, on path: Path, to destination: Address, _ hardware: HardwareAddress,
    _ protocol: IPProtocol, at now: Instant
  ) {
    let count = frame.count, congestion = frame.notes.congestion
    frame.prepend(EthernetHeader.count + IPv4Header.count)
    var out = frame.mutableBytes
    precondition(out.byteCount >= EthernetHeader.count + IPv4Header.count)  // one check for all stores
    EthernetHeader.emit(&out, at: 0, to: hardware, from: interfaces[path.interface].hardware, type: .ipv4)
    ipv4.emit(
      &out, at: EthernetHeader.count, from: path.source, to: destination, protocol: `protocol`,
      payloadCount: count, timeToLive: path.timeToLive, congestion: congestion)
    transmit(frame, by: path.interface, at: now)
  }

  /// Everything but a packet to a neighbour whose address is known.
  @inline(never)
  private mutating func sendSlowly(
    _ frame: consuming Frame, on path: inout Path, to destination: Address, protocol: IPProtocol,
    at now: Instant
  ) {
    let count = frame.count
    guard path.source.isV4, destination.isV4 else {
      return drop(.noRoute, count, path.interface, at: now)
    }
    let total = count + IPv4Header.count
    let isWhole = total <= path.mtu || frame.notes.segmentSize > 0 || path.kind == .loopback
    // TCP cuts its stream itself; of others what is too long goes out in pieces (RFC 1122 §3.3.3).
    guard total <= IPv4Header.mostTotal, isWhole || `protocol` != .tcp else {
      return refuse(frame, on: path, to: destination, `protocol`, at: now)
    }
    let hardware: HardwareAddress?
    switch path.kind {
    case .loopback:
      prependIPv4(&frame, on: path, to: destination, `protocol`, isWhole: true)
      return loopBack(frame, at: now)
    case .broadcast: hardware = .broadcast
    case .multicast: hardware = IPv4Output.hardware(ofGroup: destination)
    case .neighbour: hardware = resolve(&path, at: now)
    }
    if let hardware, isWhole, interfaces[path.interface].isEthernet {
      return sendIPv4(frame, on: path, to: destination, hardware, `protocol`, at: now)
    }
    prependIPv4(&frame, on: path, to: destination, `protocol`, isWhole: isWhole)
    guard let hardware else { return wait(frame, for: path.neighbour, at: now) }
    if isWhole { return transmit(frame, by: path.interface, at: now) }
    sendInPieces(frame, to: hardware, by: path.interface, mtu: path.mtu, at: now)
  }

  /// A packet, header first, to this host itself.
  mutating func loopBack(_ packet: consuming Frame, at now: Instant) {
    let count = packet.count
    packet.notes.interface = UInt16(Interface.loopback)
    packet.notes.checksumIsVerified = true
    loopbackTime = now
    if !loopback.push(packet) { drop(.loopbackFull, count, Interface.loopback, at: now) }
  }

  /// Sends this host a copy of what goes to a group or to all, as its sockets may be among them (RFC 1112
  /// §7.1). `frame` begins with its transport header.
  public mutating func loopBackCopy(
    of frame: borrowing Frame, on path: Path, to destination: Address, protocol: IPProtocol, at now: Instant
  ) {
    guard var copy = pool.take(large: frame.count > Frame.standardRoom) else {
      return drop(.noBuffer, frame.count, Interface.loopback, at: now)
    }
    copy.append(frame.bytes)
    if path.isV4 {
      prependIPv4(&copy, on: path, to: destination, `protocol`, isWhole: true)
    } else {
      prependIPv6(&copy, on: path, to: destination, `protocol`)
    }
    loopBack(copy, at: now)
  }

  private mutating func prependIPv4(
    _ frame: inout Frame, on path: Path, to destination: Address, _ protocol: IPProtocol, isWhole: Bool
  ) {
    let count = frame.count, congestion = frame.notes.congestion
    frame.prepend(IPv4Header.count)
    var out = frame.mutableBytes
    ipv4.emit(
      &out, at: 0, from: path.source, to: destination, protocol: `protocol`, payloadCount: count,
      timeToLive: path.timeToLive, congestion: congestion, dontFragment: isWhole)
  }

  /// A packet that its own first link does not take: the transport is told how much that does.
  mutating func refuse(
    _ frame: consuming Frame, on path: Path, to destination: Address, _ protocol: IPProtocol, at now: Instant
  ) {
    drop(.tooLong, frame.count, path.interface, at: now)
    guard frame.count >= 8, `protocol` == .tcp || `protocol` == .udp else { return }
    wait(
      ControlError(
        kind: .fragmentationNeeded(mtu: path.mtu), protocol: `protocol`, source: path.source,
        destination: destination, transport: frame.bytes.big64(at: 0)), at: now)
  }
}
