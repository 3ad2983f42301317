import StrataBase
import StrataSockets
import StrataStack
import StrataTransport

/// `close`: it waits only where SO_LINGER says so, and then until the peer has all that was written.
public struct Closing: WaitingCall {
  private let socket: BSDSocket
  private var isLingering = false
  public let deadline: Instant

  public init(_ socket: BSDSocket) {
    self.socket = socket
    deadline = socket.now + (socket.options.linger ?? .zero)
  }

  public mutating func proceed() throws(ErrorNumber) -> Void? {
    guard socket.isOpen else { throw .badDescriptor }
    if socket.isStream, let linger = socket.options.linger {
      if linger == .zero { return end { $0.abort($1) } }
      let status = try socket.status()
      if !isLingering, case .connection(let state) = status.role, state.isSynchronized, status.readable == 0 {
        isLingering = true
        try? socket.shutdown(2)
      }
      if isLingering, deadline > socket.now, isUndelivered { return nil }
    }
    return end { $0.close($1) }
  }

  private func end(_ close: (SocketTable, Descriptor) -> Void) {
    close(socket.table, socket.descriptor)
    socket.isOpen = false
  }

  /// Bytes, or the end behind them, wait for the peer's word.
  private var isUndelivered: Bool {
    guard case .connection(let state)? = (try? socket.status())?.role else { return false }
    return state == .finWait1 || state == .closing || state == .lastAck
  }
}
