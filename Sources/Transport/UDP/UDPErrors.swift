import StrataBase
import StrataInternet
import StrataWire

// What the network says of datagrams and echo requests that did not arrive.

extension UDP {
  /// The network says that something of ours did not arrive. A socket with a peer fails by it (RFC 1122
  /// §4.1.3.3: only there is clear whom it was for), and one that keeps errors keeps it. True: a socket
  /// sent there last, so that the word can be believed.
  @discardableResult
  public mutating func failed(_ error: ControlError, at now: Instant) -> Bool {
    let isEcho = error.protocol == .icmp || error.protocol == .icmpv6
    let index =
      isEcho
      ? identifiers.match(SocketName(error.source, error.identifier))
      : bindings.match(SocketName(error.source, error.sourcePort))
    guard let index, let handle = sockets.handle(at: index), let socket = sockets.pointer(handle),
      socket.pointee.path != nil
    else { return false }
    let destination = SocketName(error.destination, isEcho ? 0 : error.destinationPort)
    let isToPeer = socket.pointee.peer.map { socket.pointee.isSame($0, destination) } ?? false
    let isKept = socket.pointee.settings.receivesErrors
    if isKept { keep(error, at: socket) }
    if isToPeer || isKept {
      socket.pointee.failure = error.kind
      notices.push(index)
    }
    return socket.pointee.pathDestination == error.destination
  }

  private mutating func keep(_ error: ControlError, at socket: UnsafeMutablePointer<UDPSocket>) {
    if socket.pointee.errors.count < socket.pointee.settings.errorQueue {
      socket.pointee.errors.append(error)
    } else {
      counters.errorsFull += 1
    }
  }

  /// What the network said of what was sent to the peer, or of anything where errors are kept, since this
  /// was last asked.
  public mutating func takeFailure(_ handle: Handle) -> ControlError.Kind? {
    guard let socket = sockets.pointer(handle) else { return nil }
    defer { socket.pointee.failure = nil }
    return socket.pointee.failure
  }

  /// The oldest error that was kept. With the last of them the socket is no longer failed.
  public mutating func takeError(_ handle: Handle) -> ControlError? {
    guard let socket = sockets.pointer(handle), !socket.pointee.errors.isEmpty else { return nil }
    let error = socket.pointee.errors.removeFirst()
    if socket.pointee.errors.isEmpty { socket.pointee.failure = nil }
    return error
  }
}
