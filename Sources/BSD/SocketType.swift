/// Families, types and protocols of sockets (bits/socket.h, bits/socket_type.h, linux/in.h).
enum SocketType {
  static let unspecified: Int32 = 0  // AF_UNSPEC
  static let inet: Int32 = 2  // AF_INET
  static let inet6: Int32 = 10  // AF_INET6

  static let stream: Int32 = 1  // SOCK_STREAM
  static let datagram: Int32 = 2  // SOCK_DGRAM
  /// Types are below this one (SOCK_MAX).
  static let end: Int32 = 11
  /// The bits of a type that name it (SOCK_TYPE_MASK).
  static let mask: Int32 = 0xf
  static let nonblocking: Int32 = 0x800  // SOCK_NONBLOCK
  static let closeOnExec: Int32 = 0x80000  // SOCK_CLOEXEC

  static let tcp: Int32 = 6  // IPPROTO_TCP
  static let udp: Int32 = 17  // IPPROTO_UDP
  /// Protocols are below this one (IPPROTO_MAX).
  static let endOfProtocols: Int32 = 263
}
