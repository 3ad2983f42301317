/// The caller asked for something that cannot be. What a peer or the network did to a connection is a
/// `TCPFailure` instead.
public enum TransportError: Error, Hashable, Sendable {
  case addressInUse, addressNotAvailable, noPortLeft, noRoute, tableFull, staleHandle
  case invalidArgument, notConnected, messageTooLong, broadcastForbidden, noBuffers
}

extension TransportError: CustomStringConvertible {
  /// What is wrong and what to do next.
  public var description: String {
    switch self {
    case .addressInUse: "somebody has this address and port; choose another port, or 0 for any"
    case .addressNotAvailable: "no interface has this address; choose one of ours, or 0.0.0.0 for any"
    case .noPortLeft:
      "every ephemeral port to this peer is in use; close connections, or use a second address"
    case .noRoute: "no route leads there; add one, or a default gateway"
    case .tableFull: "the table holds as many as it may; close some, or make it with a larger capacity"
    case .staleHandle: "this handle was closed, or is of another kind; open a new one"
    case .invalidArgument: "port 0 and the unspecified address name no peer; say whom to reach"
    case .notConnected: "this socket has no peer; connect it, or say whom to send to"
    case .messageTooLong:
      "a datagram has to fit 64 KiB, or its path where it may not be cut; send less at once"
    case .broadcastForbidden: "this goes to everyone on a network; allow it in UDPSettings.broadcast first"
    case .noBuffers: "all frames are in use; send again when some came back"
    }
  }
}
