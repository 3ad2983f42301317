import StrataBase

/// A name that takes connections. It has two queues: half-open entries, which the table keeps and this
/// counts, and finished connections that wait to be accepted.
struct Listener: ~Copyable {
  let name: SocketName
  /// Of a listener on `::`: IPv4 is not for it.
  let v6Only: Bool
  /// What its user holds.
  let handle: Handle
  /// What its connections are made with.
  var settings: TCPSettings
  var finished: FinishedQueue
  /// Handshakes under way.
  var halfOpen = 0

  init(
    name: SocketName, v6Only: Bool = false, handle: Handle, settings: TCPSettings = TCPSettings(), backlog: Int
  ) {
    self.name = name
    self.v6Only = v6Only
    self.handle = handle
    self.settings = settings
    finished = FinishedQueue(backlog: backlog)
  }
}
