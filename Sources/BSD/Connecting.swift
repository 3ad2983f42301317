import StrataBase
import StrataSockets
import StrataStack
import StrataTransport
import StrataWire

/// `connect`: it waits until the handshake is over.
public struct Connecting: WaitingCall {
  private let socket: BSDSocket
  private let address: [UInt8]
  private let patience: Patience
  /// What it says when it may wait no longer; nil: it has not begun.
  private var meanwhile: ErrorNumber?

  public var deadline: Instant { patience.deadline }

  /// `address`: a `sockaddr`.
  public init(_ socket: BSDSocket, to address: RawSpan) {
    self.socket = socket
    self.address = address.array
    patience = Patience(socket, timeout: socket.options.sendTimeout)
  }

  public mutating func proceed() throws(ErrorNumber) -> Void? {
    guard socket.isOpen else { throw .badDescriptor }
    if meanwhile == nil, try begin() { return () }
    switch try socket.status().role {
    case .connection(.synSent), .connection(.synReceived):
      if patience.isOver { throw meanwhile ?? .inProgress }
      return nil
    case .connection(.closed):
      // Somebody else may have been told why.
      let error = socket.takeError() ?? .connectionAborted
      try socket.disconnect()
      throw error
    case .connection:
      socket.phase = .connected
      return ()
    case .fresh, .listener:
      // `shutdown` or another `connect` took the connection away.
      throw .connectionAborted
    }
  }

  /// True: it is done already.
  private mutating func begin() throws(ErrorNumber) -> Bool {
    let address = address, bytes = address.span.bytes
    guard let family = AddressBytes.family(bytes) else { throw .invalidArgument }
    if family == SocketType.unspecified {
      try socket.disconnect()
      return true
    }
    if !socket.isStream {
      try connectDatagrams(socket.peer(bytes, family: family))
      return true
    }
    switch socket.phase {
    case .connected: throw .alreadyConnected
    case .connecting: meanwhile = .already
    case .unconnected:
      guard try socket.status().role == .fresh else { throw .alreadyConnected }
      try begin(to: socket.peer(bytes, family: family))
      meanwhile = .inProgress
    }
    return false
  }

  private func begin(to peer: SocketAddress) throws(ErrorNumber) {
    if peer.address.isMulticast || peer.address.isBroadcast { throw .networkUnreachable }
    do throws(SocketError) {
      try socket.table.connect(socket.descriptor, to: peer)
    } catch .inProgress {
      // Later `proceed` sees what became of it.
    } catch .addressInUse {
      // The very pair of names is taken.
      throw .addressNotAvailable
    } catch {
      throw ErrorNumber(error)
    }
    socket.phase = .connecting
    socket.shutdown = BSDSocket.ShutdownMask()
    socket.isNamed = true
  }

  private func connectDatagrams(_ peer: SocketAddress) throws(ErrorNumber) {
    try socket.nameItself()
    try socket.call { (table, d) throws(SocketError) in try table.connect(d, to: peer) }
    socket.phase = .connected
  }
}

extension BSDSocket {
  /// `connect` to no family: the socket has no peer any more.
  func disconnect() throws(ErrorNumber) {
    if !isStream {
      guard isNamed else { return }
      try call { (table, d) throws(SocketError) in try table.disconnectDatagrams(d) }
    } else {
      if case .connection(let state) = try status().role, state != .closed { pendingError = .connectionReset }
      try call { (table, d) throws(SocketError) in try table.disconnect(d) }
      isNamed = table.isBound(descriptor)
      shutdown = ShutdownMask()
    }
    phase = .unconnected
  }
}
