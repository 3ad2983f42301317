import StrataBase
import StrataWire

// Sending by IPv6: what IPv4Output does for IPv4. There is nothing to remember between two packets.
extension Internet {
  /// The hops that a packet to a group may take: it stays on its link (RFC 3493 §5.2).
  static var groupHopLimit: UInt8 { 1 }

  /// Sends a packet: `frame` holds what follows its IPv6 header, with 54 bytes of room in front.
  @inline(never)
  mutating func sendIPv6(
    _ frame: consuming Frame, on path: inout Path, to destination: Address, protocol: IPProtocol,
    at now: Instant
  ) {
    let count = frame.count
    let fits = count + IPv6Header.count <= path.mtu || frame.notes.segmentSize > 0
    guard fits, path.kind == .neighbour, count <= IPv6Header.mostPayload, !destination.isV4,
      let entry = cache.pointer(path.neighbour), let hardware = entry.pointee.neighbour.hardware
    else {
      return sendIPv6Slowly(frame, on: &path, to: destination, `protocol`, at: now)
    }
    entry.pointee.neighbour.used = now
    let interface = interfaces + path.interface, congestion = frame.notes.congestion
    frame.prepend(EthernetHeader.count + IPv6Header.count)
    var out = frame.mutableBytes
    precondition(out.byteCount >= EthernetHeader.count + IPv6Header.count)  // one check for all stores
    EthernetHeader.emit(&out, at: 0, to: hardware, from: interface.pointee.hardware, type: .ipv6)
    IPv6Header.emit(
      &out, at: EthernetHeader.count, source: path.source, destination: destination, nextHeader: `protocol`,
      payloadCount: count, hopLimit: path.timeToLive, trafficClass: congestion)
    transmit(frame, by: path.interface, at: now)
  }

  /// Everything but a packet to a neighbour whose address is known. `toNeighbour`: where the next hop is,
  /// if the cache is not to be asked.
  @inline(never)
  mutating func sendIPv6Slowly(
    _ frame: consuming Frame, on path: inout Path, to destination: Address, _ protocol: IPProtocol,
    toNeighbour: HardwareAddress? = nil, at now: Instant
  ) {
    let count = frame.count, number = path.interface
    if destination.isV4 || path.source.isV4 { return drop(.noRoute, count, number, at: now) }
    let total = count + IPv6Header.count
    let isWhole = total <= path.mtu || frame.notes.segmentSize > 0 || path.kind == .loopback
    guard count <= IPv6Header.mostPayload, isWhole || `protocol` != .tcp else {
      return refuse(frame, on: path, to: destination, `protocol`, at: now)
    }
    prependIPv6(&frame, on: path, to: destination, `protocol`)
    let hardware: HardwareAddress?
    switch path.kind {
    case .loopback: return loopBack(frame, at: now)
    case .multicast, .broadcast: hardware = HardwareAddress(ipv6Group: destination)
    case .neighbour: hardware = toNeighbour ?? resolve(&path, at: now)
    }
    guard let hardware else { return wait(frame, for: path.neighbour, at: now) }
    if !isWhole { return sendInPieces(frame, to: hardware, by: number, mtu: path.mtu, at: now) }
    prependEthernet(&frame, to: hardware, by: number)
    transmit(frame, by: number, at: now)
  }

  func prependIPv6(
    _ frame: inout Frame, on path: Path, to destination: Address, _ protocol: IPProtocol
  ) {
    let count = frame.count, congestion = frame.notes.congestion
    frame.prepend(IPv6Header.count)
    var out = frame.mutableBytes
    IPv6Header.emit(
      &out, at: 0, source: path.source, destination: destination, nextHeader: `protocol`, payloadCount: count,
      hopLimit: path.timeToLive, trafficClass: congestion)
  }

  /// A frame with an ICMPv6 message of `count` bytes, which `body` writes but for its checksum; nil when no
  /// buffer is left.
  func message(
    _ count: Int, from source: Address, to destination: Address, _ body: (inout MutableRawSpan) -> Void
  ) -> Frame? {
    guard var frame = pool.take() else { return nil }
    frame.append(count)
    var out = frame.mutableBytes
    body(&out)
    let pseudo = PseudoHeader.sum(source: source, destination: destination, protocol: .icmpv6, count: count)
    ICMPv6Header.seal(&out, at: 0, count: count, pseudo: pseudo)
    return frame
  }
}
