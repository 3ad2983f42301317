import HTTPTypes
import StrataBase
import StrataFiles
import StrataHTTP

/// What all connections of a file server share.
struct FileSite<S: Store> {
  var store: S
  let clock: WallClock
  let limits: ServerLimits
  var records: RecordQueue
  /// Bytes of pages that connections hold.
  private(set) var pageBytes = 0
  /// No request after those underway: the server stops.
  var isStopping = false

  init(store: S, clock: WallClock, limits: ServerLimits) {
    self.store = store
    self.clock = clock
    self.limits = limits
    records = RecordQueue(capacity: limits.records)
  }

  func date(at now: Instant) -> HTTPDate { HTTPDate(secondsSince1970: clock.seconds(at: now)) }

  mutating func answer(_ request: HTTPRequest, at now: Instant) -> FileAnswer {
    let answer = FileAnswer(to: request, from: &store, date: date(at: now))
    guard case .page(let page) = answer.content, pageBytes + page.count > limits.pageBytes else {
      return answer
    }
    var refusal = FileAnswer(.serviceUnavailable, "Too many pages are on their way; try again.")
    refusal.head.headerFields[.retryAfter] = "1"
    return refusal
  }

  /// A connection keeps this content until it lets go of it.
  mutating func hold(_ content: FileAnswer.Content) {
    if case .page(let page) = content { pageBytes += page.count }
  }
  mutating func letGo(_ content: FileAnswer.Content) {
    switch content {
    case .none: break
    case .page(let page): pageBytes -= page.count
    case .file(let file, _): store.close(file)
    }
  }
}
