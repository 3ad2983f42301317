import StrataBase

/// A name that takes connections. It has two queues: half-open entries, which the table keeps and this
/// counts, and finished connections that wait to be accepted.
struct Listener: ~Copyable {
  let name: SocketName
  /// What its user holds.
  let handle: Handle
  var finished: FinishedQueue
  /// Handshakes under way.
  var halfOpen = 0

  init(name: SocketName, handle: Handle, backlog: Int) {
    self.name = name
    self.handle = handle
    finished = FinishedQueue(backlog: backlog)
  }
}
