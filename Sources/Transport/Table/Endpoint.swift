import StrataBase
import StrataInternet

/// What a handle of the table names: a connection or a listener, and what the table has to remember of
/// it beside the protocol.
struct Endpoint {
  /// Nil: a listener.
  let connection: UnsafeMutablePointer<Connection>?
  /// What the user calls himself.
  var owner: UInt64
  /// A listener's number, or that of the listener where this connection waits to be accepted; -1: none.
  var listener: Int
  /// The time of this endpoint's live entry among the deadlines; its other entries are dead.
  var queuedAt = Instant.never
  /// The way to the peer, with its neighbour cached. A listener has none.
  var path: Path?
  /// A user holds the handle, or may still accept it. Without one, an endpoint goes with its connection.
  var isHeld = true
  /// The demultiplexer finds it. A dead connection stays for its user to read what it left.
  var isOnWire = true
  /// It goes to TIME-WAIT as soon as it has nothing more to send.
  var isEnding = false

  init(listener: Int, owner: UInt64) {
    connection = nil
    self.owner = owner
    self.listener = listener
  }
  init(connection: UnsafeMutablePointer<Connection>, path: Path, owner: UInt64, listener: Int = -1) {
    self.connection = connection
    self.path = path
    self.owner = owner
    self.listener = listener
  }
}
