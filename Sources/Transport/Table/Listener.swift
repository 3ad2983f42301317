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
  /// SYNs are answered only when a user says so; `offers` are those that he has not been shown yet.
  let asksFirst: Bool
  var offers: FinishedQueue

  /// Its user has something to take.
  var isReadable: Bool { !finished.isEmpty || !offers.isEmpty }

  /// `mostOffers`: how many SYNs wait to be shown, where a user decides which are answered.
  init(
    name: SocketName, v6Only: Bool = false, handle: Handle, settings: TCPSettings = TCPSettings(),
    backlog: Int,
    mostOffers: Int? = nil
  ) {
    self.name = name
    self.v6Only = v6Only
    self.handle = handle
    self.settings = settings
    finished = FinishedQueue(backlog: backlog)
    asksFirst = mostOffers != nil
    offers = FinishedQueue(backlog: mostOffers ?? 0)
  }
}
