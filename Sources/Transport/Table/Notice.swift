import StrataBase

/// Tells a user that one of his sockets became ready for something.
///
/// As with edge-triggered epoll, `readiness` holds everything the socket is ready for when the notice is
/// taken, not only what rose.
public struct Notice: Hashable, Sendable {
  /// What the user called himself when he opened or accepted the socket.
  public let owner: UInt64
  public let readiness: Readiness

  public init(owner: UInt64, readiness: Readiness) {
    self.owner = owner
    self.readiness = readiness
  }
}
