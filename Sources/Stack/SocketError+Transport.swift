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

extension SocketAddress {
  init(_ name: SocketName) { self.init(address: name.address, port: name.port) }
}
