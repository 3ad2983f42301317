import StrataBase

// What TCP, UDP and ICMPv6 sum beside their own bytes, so that a packet that was led astray is
// noticed (RFC 9293 §3.1 for IPv4, RFC 8200 §8.1 for IPv6)
//
// +---------------------------------------------------------------+
// |              Source Address (4 or 16 bytes)                   |
// +---------------------------------------------------------------+
// |            Destination Address (4 or 16 bytes)                |
// +---------------+---------------+-------------------------------+
// |     zero      |   Protocol    |   Length of header and data   |
// +---------------+---------------+-------------------------------+

/// The partial checksum of the fields of IP that a transport protocol's checksum covers.
@frozen public enum PseudoHeader {
  /// The partial sum, in memory order. `count` is the transport header and its payload in bytes. Both
  /// addresses have to be of one version.
  ///
  /// ```swift
  /// let pseudo = PseudoHeader.sum(source: here, destination: there, protocol: .tcp, count: 20 + n)
  /// ```
  @inline(__always)
  @inlinable public static func sum(
    source: Address, destination: Address, protocol p: IPProtocol, count: Int
  ) -> UInt64 {
    if source.isV4 {
      return sum(source: source.v4Native, destination: destination.v4Native, protocol: p, count: count)
    }
    return halves(source.high) &+ halves(source.low) &+ halves(destination.high) &+ halves(destination.low)
      &+ rest(p, count)
  }

  /// The same for IPv4 addresses as they lie in a packet.
  @inline(__always)
  @inlinable public static func sum(
    source: UInt32, destination: UInt32, protocol p: IPProtocol, count: Int
  ) -> UInt64 {
    UInt64(source) &+ UInt64(destination) &+ rest(p, count)
  }

  // A 32-bit length sums to the same as IPv4's 16-bit one, wherever that can say it.
  @inline(__always) @inlinable static func rest(_ p: IPProtocol, _ count: Int) -> UInt64 {
    UInt64(UInt16(p.rawValue).bigEndian) &+ UInt64(UInt32(truncatingIfNeeded: count).bigEndian)
  }
  @inline(__always) @inlinable static func halves(_ word: UInt64) -> UInt64 {
    (word & 0xffff_ffff) &+ (word >> 32)
  }
}
