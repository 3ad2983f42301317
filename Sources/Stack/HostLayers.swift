import StrataBase
import StrataInternet
import StrataTransport

/// A host's layers and what its socket tables share, at a fixed address: what a class stores is checked
/// for exclusive access at each use, which would cost about 100 instructions a frame.
struct HostLayers: ~Copyable {
  var internet: Internet
  var tcp: TCP
  var udp: UDP
  let pool: FramePool
  let settings: HostSettings
  /// The clock of socket calls.
  var now = Instant.start
  var tables: [SocketTable] = []
  /// Sockets whose datagram did not go for want of room; each once.
  var waitingForRoom: [SocketOwner] = []
  /// When they are told that they may try again.
  var roomAt = Instant.never
  var isStopped = false
  weak var observer: (any SocketObserver)?
  /// There is an observer: cheaper to ask than the reference.
  var isObserved = false

  /// How long who found no room, or no buffers, waits before the next attempt.
  static let pause = Interval.milliseconds(1)

  init(pool: FramePool, random: Random, trace: Trace, settings: HostSettings) {
    var random = random
    self.pool = pool
    self.settings = settings
    internet = Internet(pool: pool, random: random.fork(), trace: trace, settings: settings.internet)
    tcp = TCP(
      pool: pool, random: random.fork(), trace: trace, settings: settings.tcp,
      capacity: settings.connections)
    udp = UDP(pool: pool, random: random.fork(), trace: trace)
  }

  /// Tells the socket tables what became ready.
  mutating func announce() {
    while let notice = tcp.nextNotice() { announce(notice) }
    while let notice = udp.nextNotice() { announce(notice) }
  }

  private func announce(_ notice: Notice) {
    let owner = SocketOwner(rawValue: notice.owner)
    guard owner.table < tables.count else { return }
    tables[owner.table].announce(owner, notice.readiness)
  }

  /// A socket wants to be told when there may be room again.
  mutating func waitForRoom(_ owner: SocketOwner) {
    waitingForRoom.append(owner)
    roomAt = min(roomAt, now + Self.pause)
  }

  /// Room or not, they may try again.
  mutating func announceRoom() {
    roomAt = .never
    let waiting = waitingForRoom
    waitingForRoom.removeAll(keepingCapacity: true)
    for owner in waiting where owner.table < tables.count { tables[owner.table].roomCame(owner) }
  }
}
