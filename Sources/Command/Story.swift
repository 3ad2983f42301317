import StrataBase
import StrataService
import StrataSimulator
import StrataWire

/// Tells from a world's events how a request went: the first one at length, later ones in a line.
struct Story {
  private let server: Node
  private let client: Node
  private var isFirst = true
  /// Events up to this one were counted for earlier requests.
  private var told: UInt64 = 0

  init(server: Node, client: Node) {
    self.server = server
    self.client = client
  }

  /// The lines for a request that is over.
  mutating func tell(_ record: RequestRecord, _ world: World) -> [String] {
    let chapter = Chapter(world, since: told, server: server.number, client: client.number)
    told = world.eventCount
    var line = "\(record.method) \(record.target) \(record.status), \(bytes(record.bytes))"
    line += record.isAborted ? ", broken off" : " in \(record.ended - record.started)"
    if !isFirst {
      if chapter.sentAgain > 0 { line += ", \(segments(chapter.sentAgain)) sent again" }
      return [line]
    }
    isFirst = false
    return ["", line] + story(record, chapter).map { "  " + $0 } + [""]
  }

  private func story(_ record: RequestRecord, _ chapter: Chapter) -> [String] {
    var lines: [String] = []
    if let asked = chapter.asked, let learned = chapter.learned {
      lines.append("ARP        \(asked)  client asks who has 10.0.0.2; answered after \(learned - asked)")
    }
    if let first = chapter.synchronized, let done = chapter.established {
      lines.append("handshake  \(first)  SYN, SYN+ACK, ACK; the client may write after \(done - first)")
    }
    lines.append("request    \(record.started)  the server has the whole head: \(record.method) \(record.target)")
    if record.firstByte != .never {
      let answer = "\(bytes(record.bytes)) of content in \(segments(chapter.dataSegments))"
      lines.append("answer     \(record.firstByte)  \(answer)")
    }
    let losses =
      chapter.lost == 0
      ? "nothing lost" : "\(frames(chapter.lost)) lost, \(segments(chapter.sentAgain)) sent again"
    lines.append("done       \(record.ended)  \(losses)")
    return lines
  }

  private func bytes(_ count: UInt64) -> String { "\(count) B" }
  private func segments(_ count: Int) -> String { count == 1 ? "1 segment" : "\(count) segments" }
  private func frames(_ count: Int) -> String { count == 1 ? "1 frame" : "\(count) frames" }
}

/// What the events since some number say.
private struct Chapter {
  var asked: Instant?
  var learned: Instant?
  var synchronized: Instant?
  var established: Instant?
  /// Segments with payload that the server sent for the first time.
  var dataSegments = 0
  var sentAgain = 0
  var lost = 0

  init(_ world: World, since told: UInt64, server: Int, client: Int) {
    guard world.eventCount > told else { return }
    for number in (told + 1)...world.eventCount {
      guard let event = world.event(number) else { continue }
      read(event, server: UInt16(server), client: UInt16(client))
    }
  }

  private mutating func read(_ event: Event, server: UInt16, client: UInt16) {
    switch event.kind {
    case .neighbourAsked where event.host == client && asked == nil: asked = event.time
    case .neighbourLearned where event.host == client && learned == nil: learned = event.time
    case .segmentSent where event.host == client && synchronized == nil: synchronized = event.time
    case .segmentSent where event.host == server && event.c > 0: dataSegments += 1
    case .segmentSentAgain where event.host == server: sentAgain += 1
    case .stateChanged where event.host == client && established == nil && event.d == 3: established = event.time
    case .frameLost: lost += 1
    default: break
    }
  }
}
