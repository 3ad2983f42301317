import Glibc
import StrataService
import StrataSockets
import StrataWire

/// Asks the operating system for the address of a name, until Strata has its own DNS.
enum Resolver {
  enum Version {
    case v4
    case v6
  }

  static func address(of url: WebAddress) throws(CommandFailure) -> SocketAddress {
    if let address = url.socketAddress { return address }
    return SocketAddress(address: try address(of: url.host), port: url.port)
  }

  /// The first address of a name, of one version where that is given.
  static func address(of host: String, _ version: Version? = nil) throws(CommandFailure) -> Address {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    if let version { hints.ai_family = version == .v4 ? AF_INET : AF_INET6 }
    var found: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &found)
    guard code == 0, let found else {
      throw .failed("cannot find \(host): \(String(cString: gai_strerror(code)))")
    }
    defer { freeaddrinfo(found) }
    for entry in sequence(first: found, next: { $0.pointee.ai_next }) {
      if let address = Address(system: entry.pointee.ai_addr) { return address }
    }
    throw .failed("\(host) has no Internet address")
  }
}

extension Address {
  /// The address in a system's structure; nil for other families.
  fileprivate init?(system: UnsafePointer<sockaddr>?) {
    guard let system else { return nil }
    switch Int32(system.pointee.sa_family) {
    case AF_INET:
      let v4 = system.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { $0.pointee.sin_addr.s_addr }
      self.init(v4Native: v4)
    case AF_INET6:
      let words = system.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
        withUnsafeBytes(of: $0.pointee.sin6_addr) {
          ($0.loadUnaligned(as: UInt64.self), $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        }
      }
      self.init(high: words.0, low: words.1)
    default: return nil
    }
  }
}
