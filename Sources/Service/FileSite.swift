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
  /// Records also tell what the client calls itself and where it comes from.
  var recordsClients = false
  /// Bytes of pages that connections hold.
  private(set) var pageBytes = 0
  /// No request after those underway: the server stops.
  var isStopping = false
  /// The ground has said that it cannot send files by itself.
  var fillsOnly = false
  /// Date as it was said last, and for which second.
  private var date = ""
  private var dateSecond = Int64.min

  init(store: S, clock: WallClock, limits: ServerLimits, codings: Codings, names: [String]) {
    self.store = store
    self.clock = clock
    self.limits = limits
    self.codings = codings
    self.names = names
    records = RecordQueue(capacity: limits.records)
  }

  mutating func answer(_ request: HTTPRequest, at now: Instant) -> FileAnswer {
    let circumstances = FileAnswer.Circumstances(
      date: HTTPDate(secondsSince1970: clock.seconds(at: now)), moment: now.nanoseconds, codings: codings)
    var answer = FileAnswer(to: request, from: &store, circumstances)
    if case .page(let page) = answer.content, pageBytes + page.count > limits.pageBytes {
      answer = FileAnswer(.serviceUnavailable, "Too many pages are on their way; try again.")
      answer.head.headerFields[.retryAfter] = "1"
    }
    sign(&answer, at: now)
    return answer
  }

  /// The answer to what could not be read.
  mutating func answer(_ error: HTTPError, at now: Instant) -> FileAnswer {
    var answer = FileAnswer(error)
    sign(&answer, at: now)
    return answer
  }

  /// The answer to a whole URI of another server: RFC 9110 §15.5.20, and no proxy is here.
  mutating func misdirected(at now: Instant) -> FileAnswer {
    var answer = FileAnswer(.misdirectedRequest, "This server is not the one that the target names.")
    sign(&answer, at: now)
    return answer
  }

  private mutating func sign(_ answer: inout FileAnswer, at now: Instant) {
    let second = clock.seconds(at: now)
    if second != dateSecond {
      date = HTTPDate(secondsSince1970: second).description
      dateSecond = second
    }
    answer.head.headerFields.append(HTTPField(name: .date, value: date))
    answer.head.headerFields.append(HTTPField(name: .server, value: "strata"))
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
