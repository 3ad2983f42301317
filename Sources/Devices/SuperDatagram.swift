import StrataBase
import StrataWire

/// Many UDP datagrams of one flow behind one set of headers, as a kernel's program hands them down at once
/// (UDP_SEGMENT), and the datagrams that they are.
///
/// ```swift
/// guard var whole = SuperDatagram(frame, segmentSize: 1_472, hasEthernet: true) else { return }
/// while let datagram = whole.next(from: pool) { ... }
/// ```
struct SuperDatagram: ~Copyable {
  private let whole: Frame
  /// Where the Internet and the UDP header begin, and where the payload does.
  private let ip: Int
  private let udp: Int
  private let payload: Int
  private let size: Int
  private let isV4: Bool
  /// The next piece, and where it begins.
  private var number: UInt16 = 0
  private var at: Int

  /// Nil where the frame is no such thing.
  init?(_ frame: consuming Frame, segmentSize: UInt16, hasEthernet: Bool) {
    let ip = hasEthernet ? EthernetHeader.count : 0
    guard segmentSize > 0, let udp = Self.transport(frame.bytes, behind: ip),
      frame.count > udp + UDPHeader.count
    else { return nil }
    self.ip = ip
    self.udp = udp
    payload = udp + UDPHeader.count
    at = payload
    size = Int(segmentSize)
    isV4 = frame.bytes.byte(at: ip) >> 4 == 4
    whole = frame
  }

  /// Where the UDP header begins; nil where there is none.
  private static func transport(_ bytes: RawSpan, behind ip: Int) -> Int? {
    guard bytes.byteCount >= ip + IPv4Header.count else { return nil }
    if bytes.byte(at: ip) >> 4 == 4 {
      guard bytes.byte(at: ip + IPv4Header.protocol) == IPProtocol.udp.rawValue else { return nil }
      return ip + Int(bytes.byte(at: ip) & 15) * 4
    }
    guard bytes.byteCount >= ip + IPv6Header.count,
      bytes.byte(at: ip + IPv6Header.nextHeader) == IPProtocol.udp.rawValue
    else { return nil }
    return ip + IPv6Header.count
  }

  /// The next datagram, with its checksum pending; nil behind the last, or when no buffer is left.
  mutating func next(from pool: FramePool) -> Frame? {
    let count = min(size, whole.count - at)
    guard count > 0, var frame = pool.take(large: payload + count > Frame.standardRoom) else { return nil }
    frame.append(whole.bytes.extracting(0..<payload))
    frame.append(whole.bytes.extracting(at..<at + count))
    at += count
    var out = frame.mutableBytes
    finish(&out)
    number &+= 1
    frame.leaveChecksumPending()
    return frame
  }

  /// Writes into a copy of the headers what is a piece's own.
  @_lifetime(out: copy out)
  private func finish(_ out: inout MutableRawSpan) {
    let total = out.byteCount, count = total - udp
    out.setBig16(UInt16(truncatingIfNeeded: count), at: udp + UDPHeader.length)
    let pseudo: UInt64
    if isV4 {
      out.setBig16(UInt16(truncatingIfNeeded: total - ip), at: ip + IPv4Header.totalCount)
      let identification = out.bytes.big16(at: ip + IPv4Header.identification)
      out.setBig16(identification &+ number, at: ip + IPv4Header.identification)
      out.setNative16(0, at: ip + IPv4Header.checksum)
      let sum = Checksum.sum(out.bytes.extracting(ip..<udp))
      out.setNative16(~Checksum.fold(sum), at: ip + IPv4Header.checksum)
      pseudo = PseudoHeader.sum(
        source: out.bytes.native32(at: ip + IPv4Header.source),
        destination: out.bytes.native32(at: ip + IPv4Header.destination), protocol: .udp, count: count)
    } else {
      out.setBig16(UInt16(truncatingIfNeeded: count), at: ip + IPv6Header.payloadCount)
      pseudo = PseudoHeader.sum(
        source: address(out.bytes, ip + IPv6Header.source),
        destination: address(out.bytes, ip + IPv6Header.destination), protocol: .udp, count: count)
    }
    out.setNative16(Checksum.fold(pseudo), at: udp + UDPHeader.checksum)
  }

  private func address(_ bytes: RawSpan, _ at: Int) -> Address {
    Address(high: bytes.native64(at: at), low: bytes.native64(at: at + 8))
  }
}
