import StrataBase
import StrataSockets

/// One connection on this half, and what is on its way to and from its twin on the other.
struct RelayFlow: Sendable {
  let id: UInt32
  let descriptor: Descriptor
  /// The client's port on this half's network; 0 where it is not known.
  let port: UInt16
  var isConnected: Bool
  /// Bytes from the other half that the socket has not taken yet; those before `written` it has.
  var waiting: [UInt8] = []
  var written = 0
  /// The other half's stream ended: so does ours, behind what waits.
  var inputEnded = false
  /// Our direction to the peer is shut.
  var isShut = false
  /// Bytes sent to the other half that it has not taken.
  var untaken = 0
  /// The peer's stream ended, and the other half was told.
  var outputEnded = false
  /// When it is reset at the latest, if it is to be.
  var breaksBy = Instant.never
  /// When bytes moved last, or it began.
  var moved: Instant

  var waitingCount: Int { waiting.count - written }
  /// Both directions came to their end, and the other half has put away all that it was sent: only then
  /// may the flow's slot have another.
  var isOver: Bool { isShut && outputEnded && untaken == 0 }

  init(id: UInt32, descriptor: Descriptor, isConnected: Bool, port: UInt16, now: Instant) {
    self.id = id
    self.descriptor = descriptor
    self.port = port
    moved = now
    self.isConnected = isConnected
  }
}
