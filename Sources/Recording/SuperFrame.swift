import StrataBase
import StrataWire

/// A TCP segment of up to 64 KiB with no sum of its own, as a device with offloads takes it, and what such
/// a device would put on the wire of it: segments that fit, each with its sums.
struct SuperFrame {
  /// Ethernet, IP and TCP header together.
  private let headers: Int
  /// Where the TCP header begins.
  private let tcp: Int
  /// The most payload of a piece.
  private let room: Int
  private let count: Int

  /// Nil where the frame goes onto a wire of this MTU as it is, or is no TCP over IPv4.
  init?(_ frame: RawSpan, mtu: Int) {
    guard let ethernet = try? EthernetView(frame), ethernet.type == .ipv4,
      let packet = try? IPv4View(ethernet.payload), packet.protocol == .tcp, !packet.isFragment,
      let segment = try? TCPView(packet.payload)
    else { return nil }
    let pseudo = PseudoHeader.sum(
      source: packet.source, destination: packet.destination, protocol: .tcp, count: segment.raw.byteCount)
    let isUnsummed = segment.raw.native16(at: TCPHeader.checksum) == Checksum.fold(pseudo)
    guard isUnsummed || frame.byteCount > EthernetHeader.count + mtu else { return nil }
    tcp = EthernetHeader.count + packet.headerCount
    headers = tcp + segment.headerCount
    room = max(1, mtu + EthernetHeader.count - headers)
    count = headers + segment.payloadCount
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
    let ip = EthernetHeader.count, total = out.byteCount
    out.setBig16(UInt16(total - ip), at: ip + IPv4Header.totalCount)
    out.setBig16(
      out.bytes.big16(at: ip + IPv4Header.identification) &+ number, at: ip + IPv4Header.identification)
    out.setNative16(0, at: ip + IPv4Header.checksum)
    let header = Checksum.sum(out.bytes.extracting(ip..<tcp))
    out.setNative16(~Checksum.fold(header), at: ip + IPv4Header.checksum)

    out.setBig32(
      out.bytes.big32(at: tcp + TCPHeader.sequence) &+ UInt32(offset), at: tcp + TCPHeader.sequence)
    var flags = out.bytes.big16(at: tcp + TCPHeader.offsetAndFlags)
    if !isLast { flags &= ~TCPFlags([.fin, .psh]).rawValue }
    // RFC 3168 §6.1.2: CWR is said once, on the first segment.
    if offset > 0 { flags &= ~TCPFlags.cwr.rawValue }
    out.setBig16(flags, at: tcp + TCPHeader.offsetAndFlags)
    out.setNative16(0, at: tcp + TCPHeader.checksum)
    let pseudo = PseudoHeader.sum(
      source: out.bytes.native32(at: ip + IPv4Header.source),
      destination: out.bytes.native32(at: ip + IPv4Header.destination), protocol: .tcp, count: total - tcp)
    let sum = pseudo &+ Checksum.sum(out.bytes.extracting(tcp..<total))
    TCPHeader.setChecksum(&out, at: tcp, sum: sum)
  }
}
