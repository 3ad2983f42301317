import StrataBase
import StrataInternet
import StrataWire

/// One end that sends and receives datagrams (RFC 768).
struct UDPSocket: ~Copyable {
  /// What it sends and receives.
  let kind: UDP.Kind
  let name: SocketName
  let owner: UInt64
  var settings: UDPSettings
  /// The only one that is heard and, without another name, sent to.
  var peer: SocketName?
  var queue: DatagramQueue
  /// What the network said of a datagram to the peer, until the user asks.
  var failure: ControlError.Kind?
  /// The same of each datagram, where the user wants that; at most `UDPSettings.errorQueue`.
  var errors: [ControlError] = []
  /// The way to whom was sent to last.
  var path: Path?
  var pathDestination = Address.any
  /// `Internet.pathGeneration` when it was found.
  var pathGeneration: UInt32 = 0
  /// The groups that it is in, each on one interface; at most `UDPSettings.groups`.
  var groups: [(group: Address, interface: Int)] = []

  init(_ kind: UDP.Kind, name: SocketName, owner: UInt64, settings: UDPSettings) {
    self.kind = kind
    self.name = name
    self.owner = owner
    self.settings = settings
    queue = DatagramQueue(capacity: settings.receiveQueue, memory: settings.receiveBuffer)
  }

  /// Whether a datagram from `source` is for this socket.
  func hears(_ source: SocketName) -> Bool { peer.map { isSame($0, source) } ?? true }

  /// Whether two names are one peer's. Echo knows no ports.
  func isSame(_ a: SocketName, _ b: SocketName) -> Bool {
    a.address == b.address && (kind == .echo || a.port == b.port)
  }

  /// Whether what came to a group by an interface is for this socket. What this host sent itself came by
  /// none.
  func isMember(of group: Address, on interface: Int) -> Bool {
    groups.contains { $0.group == group && ($0.interface == interface || interface == Interface.loopback) }
  }

  var readiness: Readiness {
    var ready: Readiness = .writable
    if !queue.isEmpty { ready.insert(.readable) }
    if failure != nil || !errors.isEmpty { ready.insert(.failed) }
    return ready
  }
}
