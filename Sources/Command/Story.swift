import StrataBase
import StrataFiles
import StrataService
import StrataSimulator

/// Tells from a world's events how its first request went, layer by layer. It listens until the client
/// has all of the answer; later requests get a line each, without it.
struct Story {
  private let client: UInt16
  private let server: UInt16
  private var heard: UInt64 = 0
  private var record: RequestRecord?
  private(set) var isTold = false

  // What was heard, each the first time it happened unless said otherwise.
  private var asked: Instant?
  private var learned: Instant?
  private var synchronized: Instant?
  private var established: Instant?
  private var request = Passage()
  private var answer = Passage()
  private var acknowledged: UInt64 = 0
  private var lost = 0

  /// The bytes of one direction, from the first segment sent to the last one there.
  struct Passage {
    var began: Instant?
    var arrived: Instant?
    var bytes: UInt64 = 0
    var segments = 0
    var again = 0
  }

  init(client: WorldHost, server: WorldHost) {
    self.client = UInt16(client.number)
    self.server = UInt16(server.number)
  }

  /// Notes what happened since it last listened.
  mutating func listen(_ world: World) {
    if isTold || world.eventCount == heard { return }
    for number in (heard + 1)...world.eventCount {
      if let event = world.event(number) { note(event) }
    }
    heard = world.eventCount
  }

  /// The first request is over on the server's side.
  mutating func ended(_ record: RequestRecord) { if self.record == nil { self.record = record } }

  /// The story, once, when the client has acknowledged all of the answer.
  mutating func tell() -> [String] {
    guard !isTold, let record, answer.bytes > 0, record.isAborted || acknowledged >= answer.bytes else {
      return []
    }
    isTold = true
    return lines(record)
  }

  private mutating func note(_ event: Event) {
    switch (event.kind, event.host) {
    case (.neighbourAsked, client): asked = asked ?? event.time
    case (.neighbourLearned, client): learned = learned ?? event.time
    case (.stateChanged, client) where event.d == 3: established = established ?? event.time
    case (.frameLost, _): lost += 1
    case (.acknowledged, server): acknowledged = max(acknowledged, event.b)
    case (.segmentSent, client):
      synchronized = synchronized ?? event.time
      request.sent(event)
    case (.segmentSent, server): answer.sent(event)
    case (.segmentSentAgain, client): request.again += 1
    case (.segmentSentAgain, server): answer.again += 1
    case (.segmentArrived, server): request.reached(event)
    case (.segmentArrived, client): answer.reached(event)
    default: break
    }
  }

  private func lines(_ record: RequestRecord) -> [String] {
    guard let start = asked ?? synchronized else { return [] }
    let end = answer.arrived ?? record.ended
    let size = ByteCount(record.bytes)
    let span = "\(end - start) from the first frame to the last"
    var told = ["\(record.method) \(record.target)  \(record.status), \(size), \(span)"]
    func line(_ time: Instant, _ text: String) {
      let since = (time - start).description
      told.append(String(repeating: " ", count: max(12 - since.count, 0)) + since + "  " + text)
    }
    if let asked, let learned {
      line(asked, "ARP        who has 10.0.0.2? The client knows after \(learned - asked)")
    }
    if let synchronized, let established {
      let first = asked == nil ? synchronized : max(synchronized, learned ?? synchronized)
      line(first, "handshake  SYN, SYN+ACK, ACK; the client may write after \(established - first)")
    }
    if let text = request.description("the server") { line(request.began!, "request    \(text)") }
    if let text = answer.description("the client") { line(answer.began!, "answer     \(text)") }
    line(end, lost == 0 ? "no frame was lost" : "\(lost) \(lost == 1 ? "frame was" : "frames were") lost")
    return told
  }
}

extension Story.Passage {
  mutating func sent(_ event: Event) {
    guard event.c > 0 else { return }
    began = began ?? event.time
    bytes += UInt64(event.c)
    segments += 1
  }

  mutating func reached(_ event: Event) {
    if event.c > 0 { arrived = event.time }
  }

  /// `88 B in 1 segment, at the server after 1 ms`; nil where nothing was sent.
  func description(_ end: String) -> String? {
    guard let began, let arrived else { return nil }
    let many = segments == 1 ? "1 segment" : "\(segments) segments"
    let repeats = again == 0 ? "" : " (\(again) sent again)"
    return "\(ByteCount(bytes)) in \(many)\(repeats), all at \(end) after \(arrived - began)"
  }
}
