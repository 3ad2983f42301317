import HTTPTypes
import StrataBase

/// The receiving half of a connection: finds heads, content and trailers in bytes that come in any
/// pieces. A server's and a client's are the same; they differ in what they make of a head.
struct MessageReader: Sendable {
  enum Place: Sendable, Equatable {
    case head
    /// Content whose end is known, so many bytes away.
    case counted(UInt64)
    case chunkLine
    case chunk(UInt64)
    /// The CRLF behind a chunk.
    case chunkEnd(sawCR: Bool)
    case trailers
    case untilClose
    /// All of the message was read.
    case ended
    /// Nothing more is read from this connection: what comes is thrown away.
    case closed
    /// The bytes belong to another protocol now.
    case upgraded
  }

  /// What a call of `read` came to.
  enum Step: Sendable {
    case nothing
    /// The last so many bytes that were used are content. The flag: the message ends with them.
    case body(Int, isLast: Bool)
    case end(HTTPFields)
  }

  private(set) var place = Place.head
  private let limits: HTTPLimits
  private let skipsEmptyLine: Bool
  private var scanner: HeadScanner
  /// The beginning of a head or of trailers, where they came in pieces; empty else.
  private var kept: [UInt8] = []
  private var chunkLine = ChunkLine()
  private var bodyCount: UInt64 = 0

  init(limits: HTTPLimits, skipsEmptyLine: Bool) {
    self.limits = limits
    self.skipsEmptyLine = skipsEmptyLine
    scanner = HeadScanner(head: limits, skipsEmptyLine: skipsEmptyLine)
  }

  /// Some of a head was read, and some is missing.
  var hasPartialHead: Bool { place == .head && !kept.isEmpty }
  /// The bytes kept of a head in pieces.
  var keptCount: Int { kept.count }

  /// Reads on in a section. The count of bytes used, and whether the section is complete. It then lies
  /// in `kept`, or, if that is empty, in the bytes that were used.
  mutating func gather(_ bytes: RawSpan, from start: Int) throws(HTTPError) -> (used: Int, isWhole: Bool) {
    let rest = bytes.extracting(start..<bytes.byteCount)
    let end = try scanner.scan(rest)
    let used = end ?? rest.byteCount
    if end == nil || !kept.isEmpty { keep(rest.extracting(0..<used)) }
    return (used, end != nil)
  }
  private mutating func keep(_ bytes: RawSpan) {
    bytes.withUnsafeBytes { kept.append(contentsOf: $0) }
  }

  /// Takes what was kept, and its memory with it: an idle connection owns none.
  mutating func takeKept() -> [UInt8] {
    let bytes = kept
    kept = []
    return bytes
  }

  /// The head was read; what follows is content of that length.
  mutating func begin(_ length: HTTPBody.Length) {
    bodyCount = 0
    switch length {
    case .none: place = .ended
    case .count(let count): place = .counted(count)
    case .chunked:
      chunkLine = ChunkLine()
      place = .chunkLine
    case .untilClose: place = .untilClose
    }
  }
  mutating func nextMessage() {
    scanner = HeadScanner(head: limits, skipsEmptyLine: skipsEmptyLine)
    kept = []
    place = .head
  }
  mutating func close() {
    kept = []
    place = .closed
  }
  mutating func upgrade() {
    kept = []
    place = .upgraded
  }

  /// Reads content, until there is something to tell. `used` counts the bytes used.
  mutating func readBody(_ bytes: RawSpan, used at: inout Int) throws(HTTPError) -> Step {
    while at < bytes.byteCount {
      let available = UInt64(bytes.byteCount - at)
      switch place {
      case .counted(let rest):
        let n = min(rest, available)
        at += Int(n)
        place = n == rest ? .ended : .counted(rest - n)
        return .body(Int(n), isLast: n == rest)
      case .untilClose:
        try countBody(available)
        at = bytes.byteCount
        return .body(Int(available), isLast: false)
      case .chunk(let rest):
        let n = min(rest, available)
        at += Int(n)
        place = n == rest ? .chunkEnd(sawCR: false) : .chunk(rest - n)
        return .body(Int(n), isLast: false)
      case .chunkLine: try readChunkLine(bytes, used: &at)
      case .chunkEnd(let sawCR): try readChunkEnd(bytes, used: &at, sawCR)
      case .trailers:
        if let fields = try readTrailers(bytes, used: &at) { return .end(fields) }
      case .head, .ended, .closed, .upgraded: return .nothing
      }
    }
    return .nothing
  }

  private mutating func countBody(_ n: UInt64) throws(HTTPError) {
    let (sum, overflow) = bodyCount.addingReportingOverflow(n)
    if overflow || sum > limits.body { throw .bodyTooLarge }
    bodyCount = sum
  }

  private mutating func readChunkLine(_ bytes: RawSpan, used at: inout Int) throws(HTTPError) {
    guard let size = try chunkLine.read(bytes, at: &at, limit: limits.chunkLine) else { return }
    try countBody(size)
    chunkLine = ChunkLine()
    if size > 0 {
      place = .chunk(size)
    } else {
      scanner = HeadScanner(trailers: limits)
      place = .trailers
    }
  }

  private mutating func readChunkEnd(
    _ bytes: RawSpan, used at: inout Int, _ sawCR: Bool
  ) throws(HTTPError) {
    if bytes.byte(at: at) != (sawCR ? .lineFeed : .carriageReturn) { throw .malformedChunk }
    at += 1
    place = sawCR ? .chunkLine : .chunkEnd(sawCR: true)
  }

  private mutating func readTrailers(_ bytes: RawSpan, used at: inout Int) throws(HTTPError) -> HTTPFields? {
    let (used, isWhole) = try gather(bytes, from: at)
    let section = at..<at + used
    at += used
    if !isWhole { return nil }
    place = .ended
    if kept.isEmpty { return try FieldSection.trailers(bytes.extracting(section), limits: limits) }
    let whole = takeKept()
    return try FieldSection.trailers(whole.span.bytes, limits: limits)
  }
}
