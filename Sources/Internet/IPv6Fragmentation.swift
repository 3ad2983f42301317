import StrataBase
import StrataWire

// Cutting IPv6 packets up, which their sender alone does, and making them whole (RFC 8200 §4.5).

extension Fragment {
  /// Nil where nothing says that a packet is a piece.
  init?(_ walk: borrowing IPv6ExtensionsView, of header: IPv6Input) {
    guard let piece = walk.fragment else { return nil }
    // RFC 8200 §4.5: the pieces of a packet have the same addresses and the same identification; only the
    // first one's next header counts.
    name = Name(
      source: header.source, destination: header.destination, protocol: .fragment,
      identification: piece.identification)
    offset = piece.offset
    count = header.totalCount - walk.headerCount
    isLast = !piece.moreFragments
    headerCount = walk.headerCount
  }

  /// Takes the fragment header out of a packet that has the headers of its first piece.
  static func makeWholeIPv6(_ packet: inout Frame) {
    guard let first = firstPiece(packet.bytes) else { return }
    packet.dropFirst(IPv6Fragment.headerCount)
    let payloadCount = packet.count - IPv6Header.count
    var out = packet.mutableBytes
    out.set(first.headers.span.bytes, at: 0)
    out.setByte(first.next.rawValue, at: first.name)
    out.setBig16(UInt16(truncatingIfNeeded: payloadCount), at: IPv6Header.payloadCount)
  }

  /// The headers in front of a piece's fragment header, what follows that one, and where its number lies.
  private static func firstPiece(_ packet: RawSpan) -> (headers: [UInt8], next: IPProtocol, name: Int)? {
    guard let walk = try? IPv6ExtensionsView(packet), walk.fragment != nil else { return nil }
    let headers = packet.extracting(first: walk.headerCount - IPv6Fragment.headerCount).array
    return (headers, walk.upper, walk.fragmentName)
  }
}

extension Internet {
  /// RFC 8200 §4.5: of a piece that is not cut right, or that reaches past the longest packet, the sender is
  /// told which field is wrong. `piece` begins with its IPv6 header.
  mutating func refuseIPv6(_ piece: consuming Frame, _ fragment: Fragment, on number: Int, at now: Instant) {
    drop(.fragment, piece.count, number, at: now)
    if fragment.isCutRight, fragment.isWithinLongest { return }
    let place = fragment.headerCount - IPv6Fragment.headerCount + 2
    let pointer = fragment.isCutRight ? place : IPv6Header.payloadCount
    let (source, destination) = (fragment.name.source, fragment.name.destination)
    if destination.isMulticast { return drop(.errorForbidden, piece.count, number, at: now) }
    sendErrorIPv6(
      .parameterProblem, code: ICMPv6ParameterProblem.badField.rawValue, rest: UInt32(pointer), about: piece,
      to: source, from: destination, on: number, at: now)
  }

  /// Sends a packet without extension headers in pieces of at most `mtu` bytes. All of them go out, or none.
  mutating func sendInPiecesIPv6(
    _ packet: consuming Frame, to hardware: HardwareAddress, by interface: Int, mtu: Int, at now: Instant
  ) {
    let front = IPv6Header.count + IPv6Fragment.headerCount
    let count = packet.count - IPv6Header.count
    let room = (mtu - front) & ~7
    guard room >= 8 else { return drop(.tooLong, packet.count, interface, at: now) }
    let pieces = (count + room - 1) / room
    guard outgoingRoom >= pieces else { return drop(.outgoingFull, packet.count, interface, at: now) }
    guard pool.available >= pieces else { return drop(.noBuffer, packet.count, interface, at: now) }
    // RFC 7739 §5: nobody can tell the next number.
    let identification = UInt32(truncatingIfNeeded: random.next())
    let next = IPProtocol(rawValue: packet.bytes.byte(at: IPv6Header.nextHeader))
    for index in 0..<pieces {
      let start = index * room, end = min(start + room, count)
      guard var piece = pool.take(large: end - start > Frame.standardRoom) else {
        return drop(.noBuffer, packet.count, interface, at: now)
      }
      piece.append(packet.bytes.extracting((IPv6Header.count + start)..<(IPv6Header.count + end)))
      piece.prepend(front)
      var out = piece.mutableBytes
      out.set(packet.bytes.extracting(first: IPv6Header.count), at: 0)
      out.setByte(IPProtocol.fragment.rawValue, at: IPv6Header.nextHeader)
      out.setBig16(UInt16(IPv6Fragment.headerCount + end - start), at: IPv6Header.payloadCount)
      IPv6Fragment(
        identification: identification, offset: start, moreFragments: end < count, nextHeader: next
      ).emit(&out, at: IPv6Header.count)
      prependEthernet(&piece, to: hardware, by: interface)
      counters.fragmentsSent &+= 1
      transmit(piece, by: interface, at: now)
    }
  }
}
