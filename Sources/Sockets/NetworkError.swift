import StrataWire

/// What the network said of something that a socket sent: a router's or a host's control message
/// (RFC 792, RFC 4443), or this host's own finding. A socket keeps them where `receiveErrors` is on, as
/// Linux does with IP_RECVERR.
///
/// ```swift
/// try sockets.setOption(d, .receiveErrors(true))
/// try sockets.send(d, probe.span.bytes, to: far)
/// // The socket is `failed`:
/// while let error = sockets.takeNetworkError(d) { print(error.reporter, error.cause) }
/// ```
public struct NetworkError: Hashable, Sendable {
  public enum Cause: Hashable, Sendable {
    case networkUnreachable, hostUnreachable, protocolUnreachable, portUnreachable
    /// Somebody on the way forbids it.
    case prohibited
    /// Longer than a link takes; that takes so many bytes.
    case tooBig(mtu: Int)
    /// Its time to live or hop limit was used up.
    case timeExceeded
  }

  /// The most bytes of `payload`.
  public static let mostPayload = 32

  public let cause: Cause
  /// The code of the control message; 0 where there was none.
  public let code: UInt8
  /// Who says so. This host's own address where it found out by itself.
  public let reporter: Address
  /// Whom the datagram was sent to.
  public let destination: SocketAddress
  /// The front of the datagram, as far as it was quoted and is kept.
  public let payload: [UInt8]

  public init(
    cause: Cause, code: UInt8, reporter: Address, destination: SocketAddress, payload: [UInt8]
  ) {
    self.cause = cause
    self.code = code
    self.reporter = reporter
    self.destination = destination
    self.payload = payload
  }
}

extension NetworkError: CustomStringConvertible {
  public var description: String {
    switch cause {
    case .networkUnreachable: "no route to the network"
    case .hostUnreachable: "the host does not answer on its network"
    case .protocolUnreachable: "the host does not speak this protocol"
    case .portUnreachable: "nobody listens on the port"
    case .prohibited: "forbidden on the way (code \(code))"
    case .tooBig(let mtu): "too long for a link that takes \(mtu) bytes"
    case .timeExceeded: "its time to live was used up"
    }
  }
}
