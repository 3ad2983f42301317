import StrataInternet
import StrataSockets
import StrataTransport

/// What Transport says, as a socket's errors.
extension SocketError {
  init(_ error: TransportError) {
    self =
      switch error {
      case .addressInUse: .addressInUse
      case .addressNotAvailable, .noPortLeft: .addressNotAvailable
      case .noRoute: .networkUnreachable
      case .tableFull, .noBuffers: .noBuffers
      case .staleHandle: .badDescriptor
      case .invalidArgument: .invalidArgument
      case .notConnected: .notConnected
      case .messageTooLong: .messageTooLong
      case .broadcastForbidden: .permissionDenied
      }
  }

  init(_ failure: TCPFailure) {
    self =
      switch failure {
      case .refused: .connectionRefused
      case .reset: .connectionReset
      case .timedOut: .timedOut
      case .hostUnreachable: .hostUnreachable
      case .networkUnreachable: .networkUnreachable
      case .aborted, .broken: .connectionAborted
      }
  }
}

extension SocketError {
  /// What the network said of a datagram.
  init(_ kind: ControlError.Kind) {
    self =
      switch kind {
      case .portUnreachable, .protocolUnreachable: .connectionRefused
      case .hostUnreachable, .timeExceeded: .hostUnreachable
      case .networkUnreachable: .networkUnreachable
      case .fragmentationNeeded: .messageTooLong
      }
  }
}

extension NetworkError {
  /// What a control message said. The front of what an echo socket sends is its header.
  init(_ error: ControlError, isEcho: Bool) {
    let header = (0..<8).map { UInt8(truncatingIfNeeded: error.transport >> (56 - 8 * UInt64($0))) }
    let front = (0..<error.frontCount).map { error.front[$0] }
    self.init(
      cause: Cause(error), code: error.code, reporter: error.reporter,
      destination: SocketAddress(address: error.destination, port: isEcho ? 0 : error.destinationPort),
      payload: Array(((isEcho ? header : []) + front).prefix(Self.mostPayload)))
  }
}

extension NetworkError.Cause {
  init(_ error: ControlError) {
    // Communication administratively prohibited: RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1; RFC 4443 §3.1.
    let prohibited: Set<UInt8> = error.source.isV4 ? [9, 10, 13] : [1, 5, 6]
    self =
      switch error.kind {
      case .networkUnreachable where prohibited.contains(error.code): .prohibited
      case .hostUnreachable where prohibited.contains(error.code): .prohibited
      case .networkUnreachable: .networkUnreachable
      case .hostUnreachable: .hostUnreachable
      case .protocolUnreachable: .protocolUnreachable
      case .portUnreachable: .portUnreachable
      case .fragmentationNeeded(let mtu): .tooBig(mtu: mtu)
      case .timeExceeded: .timeExceeded
      }
  }
}

extension SocketAddress {
  /// The same as Transport names it.
  public init(_ name: SocketName) { self.init(address: name.address, port: name.port) }
}
