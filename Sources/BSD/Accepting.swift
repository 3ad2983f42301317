import StrataBase
import StrataSockets
import StrataStack

/// `accept4`: it waits for a connection.
public struct Accepting: WaitingCall {
  private let socket: BSDSocket
  private let isNonblocking: Bool
  private let patience: Patience

  public var deadline: Instant { patience.deadline }

  /// `flags`: SOCK_NONBLOCK and SOCK_CLOEXEC, for the new socket.
  public init(on socket: BSDSocket, flags: Int32 = 0) throws(ErrorNumber) {
    if flags & ~(SocketType.nonblocking | SocketType.closeOnExec) != 0 { throw .invalidArgument }
    self.socket = socket
    isNonblocking = flags & SocketType.nonblocking != 0
    patience = Patience(socket, timeout: socket.options.receiveTimeout)
  }

  /// The connection, and the peer's name as C has addresses.
  public mutating func proceed() throws(ErrorNumber) -> (socket: BSDSocket, peer: [UInt8])? {
    guard socket.isOpen else { throw .badDescriptor }
    guard socket.isStream else { throw .notSupported }
    guard case .listener(let finished) = try socket.status().role else { throw .invalidArgument }
    if finished == 0 {
      if patience.isOver { throw .again }
      return nil
    }
    let (descriptor, peer) = try socket.call { (table, d) throws(SocketError) in try table.accept(d) }
    let accepted = BSDSocket(accepted: descriptor, from: socket, isNonblocking: isNonblocking)
    return (accepted, AddressBytes.bytes(peer, asV6: socket.isV6))
  }
}
