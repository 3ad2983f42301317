/// The number of an open socket, as POSIX has it: small, never negative, and used again after `close`.
/// A table indexed by it stays small. On the kernel ground it is the file descriptor itself.
public struct Descriptor: Hashable, Sendable {
  public let rawValue: Int32

  @inlinable public init(rawValue: Int32) { self.rawValue = rawValue }
}

extension Descriptor: CustomStringConvertible {
  public var description: String { String(rawValue) }
}

/// What a socket carries.
public enum SocketKind: Hashable, Sendable {
  /// An ordered flow of bytes: TCP.
  case stream
  /// Single datagrams: UDP.
  case datagram
  /// Echo requests and the replies to them: ICMP or ICMPv6, by the version of the first address. What is
  /// sent and received are `EchoMessage`s; ports mean nothing, but for the one of `localAddress`, which is
  /// the identifier.
  case echo
}

/// Which direction of a stream `shutdown` ends.
public enum Shutdown: Hashable, Sendable {
  /// Nothing more is read; what still arrives may be thrown away.
  case read
  /// Nothing more is written: the peer reads what was sent before and then the end of the stream.
  case write
  case both
}
