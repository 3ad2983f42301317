import StrataBase
import StrataSockets

/// What this ground remembers of one open socket, beside what the operating system does.
struct KernelSocket {
  enum State {
    /// Made, and perhaps bound. The system would call such a stream hung up, so it is not watched yet.
    case fresh
    case listening
    case connecting
    case connected
    /// A datagram socket with a port.
    case open
    /// Closed by its owner, while bytes that were accepted for sending still wait for room.
    case closing
  }

  let kind: SocketKind
  /// Tells it from an earlier socket with the same descriptor.
  let serial: UInt32
  var state = State.fresh
  var isV6 = false
  /// Of a socket of IPv6: IPv4 is not for it.
  var v6Only = false
  /// Of an echo socket that had to be a raw one: the identifier that its requests have.
  var rawIdentifier: UInt16?
  /// Set before the address family was known; at most one a case of `SocketOption`.
  var options: [SocketOption] = []
  /// Not taken by `nextEvent` yet. When it is not empty the descriptor stands in the queue of events.
  var announced: Readiness = []
  /// Read from the system and not used by the body of `drain`.
  var unread = Leftover()
  /// Filled by the body of `fill` and not taken by the system.
  var unsent = Leftover()
  /// The owner has not been told that the socket is writable since it found that it was not.
  var isWriteBlocked = true
  /// A read took all that there was. The next arrival is an edge of its own: until then the system need
  /// not be asked (a short read, epoll(7)).
  var isDry = false
  /// The loop told of an end or an error, which may wait behind the bytes that are read next.
  var endIsNear = false
  /// No more is written; the end follows what still is unsent.
  var isWriteEnded = false
  /// Found while no call of the owner was there to throw it.
  var error: SocketError?
  /// How long the peer may leave what was sent unacknowledged after `close`.
  var linger: Interval?

  init(kind: SocketKind, serial: UInt32) {
    self.kind = kind
    self.serial = serial
  }
}

/// Bytes that one side left over. At most `KernelSockets.pieceSize` of them.
struct Leftover {
  private var bytes: [UInt8] = []
  private var start = 0

  var count: Int { bytes.count - start }
  var isEmpty: Bool { start == bytes.count }

  /// Keeps these instead of what was there.
  mutating func set(_ source: UnsafeRawBufferPointer) {
    bytes = Array(source)
    start = 0
  }

  /// Lets the first `n` bytes go, and the memory with the last.
  mutating func drop(_ n: Int) {
    start += n
    if start == bytes.count {
      bytes = []
      start = 0
    }
  }

  /// Copies out as many as fit; does not let them go.
  func copy(to target: UnsafeMutableRawBufferPointer) -> Int {
    let n = min(count, target.count)
    bytes.withUnsafeBytes {
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<(start + n)]))
    }
    return n
  }

  func withUnsafeBytes<R>(_ body: (UnsafeRawBufferPointer) -> R) -> R {
    bytes.withUnsafeBytes { body(UnsafeRawBufferPointer(rebasing: $0[start...])) }
  }
}
