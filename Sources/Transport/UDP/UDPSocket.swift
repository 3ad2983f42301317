import StrataBase
import StrataInternet
import StrataWire

/// One end that sends and receives datagrams (RFC 768).
struct UDPSocket: ~Copyable {
  let name: SocketName
  let owner: UInt64
  let settings: UDPSettings
  /// The only one that is heard and, without another name, sent to.
  var peer: SocketName?
  var queue: DatagramQueue
  /// What the network said of a datagram to the peer, until the user asks.
  var failure: ControlError.Kind?
  /// The way to whom was sent to last.
  var path: Path?
  var pathDestination = Address.any

  init(name: SocketName, owner: UInt64, settings: UDPSettings) {
    self.name = name
    self.owner = owner
    self.settings = settings
    queue = DatagramQueue(capacity: settings.receiveQueue, memory: settings.receiveBuffer)
  }

  /// Whether a datagram from `source` is for this socket.
  func hears(_ source: SocketName) -> Bool { peer.map { $0 == source } ?? true }

  var readiness: Readiness {
    var ready: Readiness = .writable
    if !queue.isEmpty { ready.insert(.readable) }
    if failure != nil { ready.insert(.failed) }
    return ready
  }
}
