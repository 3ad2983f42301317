import StrataBase

// User Datagram Protocol (RFC 768)
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-------------------------------+-------------------------------+
// |          Source Port          |       Destination Port        |
// +-------------------------------+-------------------------------+
// |            Length             |           Checksum            |
// +-------------------------------+-------------------------------+

/// A datagram that was read. It ends where its length field says.
///
/// ```swift
/// let datagram = try UDPView(packet.payload)
/// let pseudo = PseudoHeader.sum(
///   source: from, destination: to, protocol: .udp, count: datagram.raw.byteCount)
/// guard datagram.checksumIsRight(pseudo: pseudo) else { return }
/// ```
@frozen public struct UDPView: ~Escapable {
  public let raw: RawSpan

  @_lifetime(copy raw) @inline(__always)
  @inlinable public init(_ raw: RawSpan) throws(WireError) {
    guard raw.byteCount >= UDPHeader.count else { throw .short }
    let total = Int(raw.big16(at: UDPHeader.length))
    guard total >= UDPHeader.count, total <= raw.byteCount else { throw .totalLength }
    self.raw = raw.extracting(first: total)
  }

  /// Both ports as they lie in memory.
  @inline(__always) @inlinable public var ports: UInt32 { raw.native32(at: 0) }
  @inline(__always) @inlinable public var sourcePort: UInt16 { raw.big16(at: UDPHeader.sourcePort) }
  @inline(__always) @inlinable public var destinationPort: UInt16 { raw.big16(at: UDPHeader.destinationPort) }
  /// False where the sender made no checksum, which IPv6 forbids (RFC 8200 §8.1).
  @inlinable public var hasChecksum: Bool { raw.native16(at: UDPHeader.checksum) != 0 }
  @inline(__always) @inlinable public var payload: RawSpan {
    @_lifetime(copy self) get { raw.extracting(droppingFirst: UDPHeader.count) }
  }

  /// Whether the checksum matches, or there is none. `pseudo` counts `raw.byteCount` bytes.
  @inlinable public func checksumIsRight(pseudo: UInt64) -> Bool {
    !hasChecksum || Checksum.fold(pseudo &+ Checksum.sum(raw)) == 0xffff
  }
}

/// Writes UDP headers.
@frozen public enum UDPHeader {
  @inlinable public static var sourcePort: Int { 0 }
  @inlinable public static var destinationPort: Int { 2 }
  @inlinable public static var length: Int { 4 }
  @inlinable public static var checksum: Int { 6 }
  /// Bytes of a header.
  @inlinable public static var count: Int { 8 }

  /// Writes a header with its checksum. `pseudo` counts header and payload; `payloadSum` is the
  /// payload's partial sum. At most 65,527 payload bytes.
  @_lifetime(out: copy out) @inline(__always)
  @inlinable public static func emit(
    _ out: inout MutableRawSpan, at o: Int, sourcePort: UInt16, destinationPort: UInt16,
    payloadCount: Int, pseudo: UInt64, payloadSum: UInt64
  ) {
    let ports = (UInt32(sourcePort) << 16 | UInt32(destinationPort)).bigEndian
    let total = UInt16(truncatingIfNeeded: count &+ payloadCount).bigEndian
    let sum = ~Checksum.fold(UInt64(ports) &+ UInt64(total) &+ pseudo &+ payloadSum)
    out.setNative32(ports, at: o)
    out.setNative16(total, at: o &+ length)
    // RFC 768: "If the computed checksum is zero, it is transmitted as all ones"
    out.setNative16(sum == 0 ? 0xffff : sum, at: o &+ checksum)
  }
}

extension UDPView {
  /// As tcpdump prints it.
  public var description: String {
    "UDP \(sourcePort) > \(destinationPort): length \(payload.byteCount)"
  }
}
