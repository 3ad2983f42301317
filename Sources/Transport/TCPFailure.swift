/// Why a connection ended before its time.
public enum TCPFailure: UInt8, Error, Hashable, Sendable {
  case refused = 1
  case reset, timedOut, hostUnreachable, networkUnreachable, aborted, broken
}

extension TCPFailure: CustomStringConvertible {
  public var description: String {
    switch self {
    case .refused: "nobody listens at that port: start the server or check the port"
    case .reset: "the peer reset the connection: bytes on their way are lost; connect again"
    case .timedOut: "the peer did not answer: check the way to it, then connect again"
    case .hostUnreachable: "no way leads to that host: check its address and the routes"
    case .networkUnreachable: "no way leads to that network: check the address and the routes"
    case .aborted: "this side aborted the connection: connect again"
    case .broken: "a fault of this stack ended the connection: please report it, then connect again"
    }
  }
}
