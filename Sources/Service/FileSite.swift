import HTTPTypes
import StrataBase
import StrataFiles
import StrataHTTP
import StrataSockets
import StrataWire

/// What all connections of a file server share.
struct FileSite<S: Store> {
  var store: S
  let clock: WallClock
  let limits: ServerLimits
  let codings: Codings
  /// What absolute targets may name beside the address that a connection came to.
  let names: [String]
  var records: RecordQueue
  /// Counts how often bytes of a client were read: a look at the store answers all that was read before.
  var round: UInt64 = 0
  /// Records also tell what the client calls itself and where it comes from.
  var recordsClients = false
  /// Bytes of pages that connections hold.
  private(set) var pageBytes = 0
  /// No request after those underway: the server stops.
  var isStopping = false
  /// The ground has said that it cannot send files by itself.
  var fillsOnly = false
  private var heads = FileHead.Cache()
  /// The field lines that all answers have, and the second for which they hold.
  private(set) var signature = FieldLines()
  private var signedSecond = Int64.min

  init(store: S, clock: WallClock, limits: ServerLimits, codings: Codings, names: [String]) {
    self.store = store
    self.clock = clock
    self.limits = limits
    self.codings = codings
    self.names = names
    records = RecordQueue(capacity: limits.records)
  }

  mutating func answer(_ request: HTTPRequest, at now: Instant) -> FileAnswer {
    let date = HTTPDate(secondsSince1970: clock.seconds(at: now))
    var circumstances = FileAnswer.Circumstances(
      date: date, moment: now.nanoseconds, round: round, codings: codings, heads: heads)
    // One owner at a time: the cache is changed in place.
    heads = FileHead.Cache.none
    defer { heads = circumstances.heads }
    let answer = FileAnswer(to: request, from: &store, &circumstances)
    guard case .page(let page) = answer.content, pageBytes + page.count > limits.pageBytes else {
      return answer
    }
    var refusal = FileAnswer(.serviceUnavailable, "Too many pages are on their way; try again.")
    refusal.fields[.retryAfter] = "1"
    return refusal
  }

  /// Date and Server, for the head of the answer that is given now.
  mutating func sign(at now: Instant) {
    let second = clock.seconds(at: now)
    if second == signedSecond { return }
    signedSecond = second
    signature = FieldLines([.date: HTTPDate(secondsSince1970: second).description, .server: "strata"])
  }

  /// Whether an absolute target is one of ours: the address that the connection came to, `localhost` if
  /// that leads to it, or a name that was given.
  func isOwn(_ request: HTTPRequest, at local: SocketAddress) -> Bool {
    guard request.scheme == "http", let authority = request.authority?.lowercased() else { return false }
    if names.contains(authority) { return true }
    var hosts = [local.address.description.contains(":") ? "[\(local.address)]" : "\(local.address)"]
    if local.address == .loopbackV4 || local.address == .loopback { hosts.append("localhost") }
    return hosts.contains { host in
      authority == "\(host):\(local.port)" || local.port == 80 && authority == host
    }
  }

  /// A connection keeps this content until it lets go of it.
  mutating func hold(_ content: FileAnswer.Content) {
    if case .page(let page) = content { pageBytes += page.count }
  }
  mutating func letGo(_ content: FileAnswer.Content) {
    switch content {
    case .none: break
    case .page(let page): pageBytes -= page.count
    case .file(let file, _), .parts(let file, _), .packed(let file, _): store.close(file)
    }
  }
}
