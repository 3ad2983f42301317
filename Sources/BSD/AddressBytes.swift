import StrataBase
import StrataSockets
import StrataWire

/// A socket's address as C has it: `sockaddr_in` and `sockaddr_in6` (linux/in.h, linux/in6.h).
///
/// ```text
/// sockaddr_in   | family 2 | port 2 | address 4 | zeros 8 |
/// sockaddr_in6  | family 2 | port 2 | flow 4 | address 16 | scope 4 |
/// ```
public enum AddressBytes {
  /// `sizeof(struct sockaddr_in)` and `sizeof(struct sockaddr_in6)`.
  static let inetCount = 16
  static let inet6Count = 28
  /// What Linux takes for the latter: without the scope (SIN6_LEN_RFC2133).
  static let leastInet6Count = 24

  /// The family; nil where not even that is there.
  static func family(_ bytes: RawSpan) -> Int32? {
    bytes.byteCount >= 2 ? Int32(bytes.native16(at: 0)) : nil
  }

  /// Of family AF_INET and proven to be long enough.
  static func inet(_ bytes: RawSpan) -> SocketAddress {
    SocketAddress(address: Address(v4Native: bytes.native32(at: 4)), port: bytes.big16(at: 2))
  }

  /// Of family AF_INET6 and proven to be long enough. IPv4-mapped ones are IPv4 addresses.
  static func inet6(_ bytes: RawSpan) -> SocketAddress {
    SocketAddress(
      address: Address(high: bytes.native64(at: 8), low: bytes.native64(at: 16)), port: bytes.big16(at: 2))
  }

  /// An address as a socket of a family shows it: IPv4 addresses as mapped ones on AF_INET6.
  public static func bytes(_ address: SocketAddress, asV6: Bool) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: asV6 ? inet6Count : inetCount)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    out.setNative16(UInt16(asV6 ? SocketType.inet6 : SocketType.inet), at: 0)
    out.setBig16(address.port, at: 2)
    if asV6 {
      // The unspecified address of IPv4 is `::` to a socket of IPv6.
      let shown = address.address == .anyV4 ? .any : address.address
      out.setNative64(shown.high, at: 8)
      out.setNative64(shown.low, at: 16)
    } else {
      out.setNative32(address.address.v4Native, at: 4)
    }
    return bytes
  }
}
