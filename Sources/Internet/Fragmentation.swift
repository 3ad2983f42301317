import StrataBase
import StrataWire

// Cutting packets up for a link that takes less at once (RFC 791 §3.2).

extension Internet {
  /// How many packets a payload of so many bytes becomes on a path.
  public func pieces(of count: Int, on path: Path) -> Int {
    let headers = path.isV4 ? IPv4Header.count : IPv6Header.count
    if path.kind == .loopback || count + headers <= path.mtu { return 1 }
    let inPieces = headers + (path.isV4 ? 0 : IPv6Fragment.headerCount)
    let room = max((path.mtu - inPieces) & ~7, 8)
    return (count + room - 1) / room
  }

  /// Where a packet goes.
  static func destination(of packet: RawSpan) -> Address {
    IPv6Input.ends(of: packet)?.destination
      ?? Address(v4Native: packet.native32(at: IPv4Header.destination))
  }

  /// Sends a packet, header first, in pieces of at most `mtu` bytes. All of them go out, or none.
  mutating func sendInPieces(
    _ packet: consuming Frame, to hardware: HardwareAddress, by interface: Int, mtu: Int, at now: Instant
  ) {
    if packet.bytes.byte(at: 0) >> 4 == 6 {
      return sendInPiecesIPv6(packet, to: hardware, by: interface, mtu: mtu, at: now)
    }
    let headerCount = Int(packet.bytes.byte(at: 0) & 15) * 4
    let place = packet.bytes.big16(at: IPv4Header.fragment)
    let base = Int(place & 0x1fff) * 8, isCutOff = place & 0x2000 != 0
    let count = packet.count - headerCount
    let room = (mtu - headerCount) & ~7
    guard room >= 8 else { return drop(.tooLong, packet.count, interface, at: now) }
    let pieces = (count + room - 1) / room
    guard outgoingRoom >= pieces else { return drop(.outgoingFull, packet.count, interface, at: now) }
    guard pool.available >= pieces else { return drop(.noBuffer, packet.count, interface, at: now) }
    for index in 0..<pieces {
      let start = index * room, end = min(start + room, count)
      guard var piece = pool.take(large: end - start > Frame.standardRoom) else {
        return drop(.noBuffer, packet.count, interface, at: now)
      }
      piece.append(packet.bytes.extracting((headerCount + start)..<(headerCount + end)))
      piece.prepend(headerCount)
      var out = piece.mutableBytes
      out.set(packet.bytes.extracting(first: headerCount), at: 0)
      Fragment.setPlace(
        &out, headerCount: headerCount, totalCount: headerCount + end - start, offset: base + start,
        moreFollow: isCutOff || end < count)
      prependEthernet(&piece, to: hardware, by: interface)
      counters.fragmentsSent &+= 1
      transmit(piece, by: interface, at: now)
    }
  }

  /// Puts the link's header in front of a packet, if the link has one.
  func prependEthernet(_ packet: inout Frame, to hardware: HardwareAddress, by interface: Int) {
    guard interfaces[interface].isEthernet else { return }
    let type = packet.bytes.byte(at: 0) >> 4 == 6 ? EtherType.ipv6 : .ipv4
    packet.prepend(EthernetHeader.count)
    var out = packet.mutableBytes
    EthernetHeader.emit(&out, at: 0, to: hardware, from: interfaces[interface].hardware, type: type)
  }
}

extension Fragment {
  /// Makes the header of a first piece that of the whole packet.
  static func makeWhole(_ packet: inout Frame) {
    let total = packet.count, headerCount = Int(packet.bytes.byte(at: 0) & 15) * 4
    var out = packet.mutableBytes
    setPlace(&out, headerCount: headerCount, totalCount: total, offset: 0, moreFollow: false)
  }

  /// Makes an IPv4 header that of a piece at this place, or that of a whole packet.
  @_lifetime(out: copy out)
  static func setPlace(
    _ out: inout MutableRawSpan, headerCount: Int, totalCount: Int, offset: Int, moreFollow: Bool
  ) {
    out.setBig16(UInt16(truncatingIfNeeded: totalCount), at: IPv4Header.totalCount)
    out.setBig16((moreFollow ? 0x2000 : 0) | UInt16(offset / 8), at: IPv4Header.fragment)
    if offset > 0 { removeOptions(&out, headerCount: headerCount) }
    out.setNative16(0, at: IPv4Header.checksum)
    let sum = Checksum.sum(out.bytes.extracting(first: headerCount))
    out.setNative16(~Checksum.fold(sum), at: IPv4Header.checksum)
  }

  /// RFC 791 §3.1: of a packet's options only those with the copied flag belong in all its pieces. The
  /// others become padding behind the first.
  @_lifetime(out: copy out)
  private static func removeOptions(_ out: inout MutableRawSpan, headerCount: Int) {
    let noOperation: UInt8 = 1, end: UInt8 = 0
    var at = IPv4Header.count
    while at < headerCount {
      let kind = out.bytes.byte(at: at)
      if kind == end { return }
      var length = 1
      if kind != noOperation {
        guard at + 1 < headerCount else { return }
        length = Int(out.bytes.byte(at: at + 1))
        guard length >= 2, at + length <= headerCount else { return }
        if kind & 0x80 == 0 {
          for index in at..<(at + length) { out.setByte(noOperation, at: index) }
        }
      }
      at += length
    }
  }
}
