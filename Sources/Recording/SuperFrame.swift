import StrataBase
import StrataWire

/// A TCP segment of up to 64 KiB with no sum of its own, as a device with offloads takes it, and what such
/// a device would put on the wire of it: segments that fit, each with its sums. A datagram may lack its sum
/// as well; it is never cut.
struct SuperFrame {
  /// Where the Internet header begins, and where the transport header does.
  private let ip: Int
  private let transport: Int
  /// All headers together.
  private let headers: Int
  private let isV4: Bool
  private let `protocol`: IPProtocol
  /// Where the checksum lies.
  private let sumAt: Int
  /// The most payload of a piece.
  private let room: Int
  private let count: Int

  /// Nil where the frame goes onto a wire of this MTU as it is, or carries neither TCP nor UDP.
  /// `hasEthernet`: it is no bare packet.
  init?(_ frame: RawSpan, mtu: Int, hasEthernet: Bool = true) {
    ip = hasEthernet ? EthernetHeader.count : 0
    guard frame.byteCount > ip else { return nil }
    let packet = frame.extracting(droppingFirst: ip)
    isV4 = packet.byte(at: 0) >> 4 == 4
    let headerCount: Int, total: Int
    if isV4, let view = try? IPv4View(packet), !view.isFragment {
      (headerCount, total, `protocol`) = (view.headerCount, view.totalCount, view.protocol)
    } else if !isV4, let view = try? IPv6View(packet) {
      (headerCount, total, `protocol`) = (IPv6Header.count, view.totalCount, view.nextHeader)
    } else {
      return nil
    }
    transport = ip + headerCount
    count = ip + total
    let segment = frame.extracting(transport..<count)
    switch `protocol` {
    case .tcp:
      guard let view = try? TCPView(segment) else { return nil }
      headers = transport + view.headerCount
      sumAt = transport + TCPHeader.checksum
      room = max(1, mtu + ip - headers)
    case .udp:
      guard (try? UDPView(segment)) != nil else { return nil }
      headers = transport + UDPHeader.count
      sumAt = transport + UDPHeader.checksum
      room = max(1, count - headers)
    default: return nil
    }
    let isUnsummed = frame.native16(at: sumAt) == Checksum.fold(pseudo(of: frame, count: total - headerCount))
    guard isUnsummed || `protocol` == .tcp && total > mtu else { return nil }
  }

  /// The partial sum of what a transport's checksum covers of the Internet header.
  private func pseudo(of frame: RawSpan, count: Int) -> UInt64 {
    let addresses = ip + (isV4 ? IPv4Header.source : IPv6Header.source)
    if isV4 {
      return PseudoHeader.sum(
        source: frame.native32(at: addresses), destination: frame.native32(at: addresses + 4),
        protocol: `protocol`, count: count)
    }
    return PseudoHeader.sum(
      source: Address(high: frame.native64(at: addresses), low: frame.native64(at: addresses + 8)),
      destination: Address(high: frame.native64(at: addresses + 16), low: frame.native64(at: addresses + 24)),
      protocol: `protocol`, count: count)
  }

  /// Gives `body` each piece, in order.
  func forEachPiece(of frame: RawSpan, _ body: (RawSpan) -> Void) {
    var start = headers
    var number: UInt16 = 0
    repeat {
      let end = min(count, start + room)
      var piece = frame.extracting(0..<headers).array + frame.extracting(start..<end).array
      finish(&piece, number: number, offset: start - headers, isLast: end == count)
      body(piece.span.bytes)
      start = end
      number &+= 1
    } while start < count
  }

  /// Writes into a copy of the headers what is a piece's own.
  private func finish(_ piece: inout [UInt8], number: UInt16, offset: Int, isLast: Bool) {
    var span = piece.mutableSpan
    var out = span.mutableBytes
    let total = out.byteCount
    if isV4 {
      out.setBig16(UInt16(total - ip), at: ip + IPv4Header.totalCount)
      let identification = ip + IPv4Header.identification
      out.setBig16(out.bytes.big16(at: identification) &+ number, at: identification)
      out.setNative16(0, at: ip + IPv4Header.checksum)
      let header = Checksum.sum(out.bytes.extracting(ip..<transport))
      out.setNative16(~Checksum.fold(header), at: ip + IPv4Header.checksum)
    } else {
      out.setBig16(UInt16(total - transport), at: ip + IPv6Header.payloadCount)
    }
    if `protocol` == .tcp { finishTCP(&out, offset: offset, isLast: isLast) }
    out.setNative16(0, at: sumAt)
    let sum =
      pseudo(of: out.bytes, count: total - transport) &+ Checksum.sum(out.bytes.extracting(transport..<total))
    let folded = ~Checksum.fold(sum)
    // RFC 768: a sum of zero is sent as all ones, because zero says that there is none.
    out.setNative16(folded == 0 && `protocol` == .udp ? 0xffff : folded, at: sumAt)
  }

  private func finishTCP(_ out: inout MutableRawSpan, offset: Int, isLast: Bool) {
    let sequence = transport + TCPHeader.sequence, flagsAt = transport + TCPHeader.offsetAndFlags
    out.setBig32(out.bytes.big32(at: sequence) &+ UInt32(offset), at: sequence)
    var flags = out.bytes.big16(at: flagsAt)
    if !isLast { flags &= ~TCPFlags([.fin, .psh]).rawValue }
    // RFC 3168 §6.1.2: CWR is said once, on the first segment.
    if offset > 0 { flags &= ~TCPFlags.cwr.rawValue }
    out.setBig16(flags, at: flagsAt)
  }
}
