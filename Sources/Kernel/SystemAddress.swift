import Glibc
import StrataBase
import StrataSockets
import StrataWire

/// A socket address as the operating system writes it: `sockaddr_in` or `sockaddr_in6`.
struct SystemAddress {
  private var storage = sockaddr_storage()
  private(set) var count: socklen_t

  /// Room for an answer.
  init() { count = socklen_t(MemoryLayout<sockaddr_storage>.size) }

  /// On a socket of family AF_INET6 an IPv4 address is written as an IPv4-mapped one.
  init(_ address: SocketAddress, asV6: Bool) {
    count = 0
    let port = address.port.bigEndian
    if address.address.isV4, !asV6 {
      var inet = sockaddr_in()
      inet.sin_family = sa_family_t(AF_INET)
      inet.sin_port = port
      inet.sin_addr = in_addr(s_addr: address.address.v4Native)
      store(inet)
    } else {
      var inet = sockaddr_in6()
      inet.sin6_family = sa_family_t(AF_INET6)
      inet.sin6_port = port
      withUnsafeMutableBytes(of: &inet.sin6_addr) {
        $0.storeBytes(of: address.address.high, toByteOffset: 0, as: UInt64.self)
        $0.storeBytes(of: address.address.low, toByteOffset: 8, as: UInt64.self)
      }
      store(inet)
    }
  }

  private mutating func store<T>(_ value: T) {
    withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: value, as: T.self) }
    count = socklen_t(MemoryLayout<T>.size)
  }

  /// Nil for a family that is neither.
  var address: SocketAddress? {
    withUnsafeBytes(of: storage) { bytes in
      switch Int32(storage.ss_family) {
      case AF_INET:
        let inet = bytes.load(as: sockaddr_in.self)
        return SocketAddress(
          address: Address(v4Native: inet.sin_addr.s_addr), port: UInt16(bigEndian: inet.sin_port))
      case AF_INET6:
        let inet = bytes.load(as: sockaddr_in6.self)
        return withUnsafeBytes(of: inet.sin6_addr) {
          let address = Address(
            high: $0.load(as: UInt64.self), low: $0.load(fromByteOffset: 8, as: UInt64.self))
          return SocketAddress(address: address, port: UInt16(bigEndian: inet.sin6_port))
        }
      default: return nil
      }
    }
  }

  /// Hands the address to a call of the system.
  mutating func withPointer<R>(_ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> R) -> R {
    var length = count
    let result = withUnsafeMutablePointer(to: &storage) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, &length) }
    }
    count = length
    return result
  }
}
