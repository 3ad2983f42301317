import HTTPTypes
import StrataBase

/// The sending half of a connection, a client's or a server's: heads, chunk sizes and trailers as bytes, and
/// the count of the content that its owner writes between them.
///
/// ```swift
/// transport.write(server.output.pending)           // and then server.output.drop(count)
/// if server.output.bodyRoom >= 5 { transport.write("hello"); try server.output.wroteBody(5) }
/// ```
public struct MessageOutput: Sendable {
  enum Place: Sendable, Equatable {
    /// No message is underway.
    case idle
    /// A head was written, and no content follows: none there is, or HEAD was asked.
    case withoutBody
    case counted(UInt64)
    /// Between chunks.
    case chunked
    /// In a chunk, so many bytes before its end.
    case chunk(UInt64)
    case untilClose
  }

  private(set) var place = Place.idle
  private var bytes: [UInt8] = []
  private var sent = 0

  init() {}

  /// Count of the control bytes that are to go out next, in front of all content.
  public var pendingCount: Int { bytes.count - sent }

  /// These bytes. Valid until the next call.
  public var pending: RawSpan {
    @_lifetime(borrow self) get {
      let span = bytes.span.bytes.extracting(sent..<bytes.count)
      return _overrideLifetime(span, borrowing: self)
    }
  }

  /// Says that the first `n` bytes of `pending` went out.
  public mutating func drop(_ n: Int) {
    precondition(n >= 0 && n <= pendingCount)
    sent += n
    if sent < bytes.count { return }
    // Small buffers are kept for the next head; an idle connection owns at most this much.
    bytes.removeAll(keepingCapacity: bytes.capacity <= 1_024)
    sent = 0
  }

  /// Copies control bytes out, and says how many.
  public mutating func drain(into target: inout MutableRawSpan) -> Int {
    let n = min(pendingCount, target.byteCount)
    if n > 0 { target.set(bytes.span.bytes.extracting(sent..<sent + n), at: 0) }
    drop(n)
    return n
  }

  /// Bytes of content that may be written to the transport now, behind all that was drained. 0 while
  /// control bytes wait, and, if chunked, before `beginBody`.
  public var bodyRoom: Int {
    if pendingCount > 0 { return 0 }
    switch place {
    case .counted(let rest), .chunk(let rest): return Int(clamping: rest)
    case .untilClose: return .max
    case .idle, .withoutBody, .chunked: return 0
    }
  }

  /// Says that `n` bytes of content come next: one chunk, where there are chunks. No harm else.
  public mutating func beginBody(count n: Int) throws(HTTPMisuse) {
    switch place {
    case .idle: throw .noMessage
    case .withoutBody: throw .bodyTooLong
    case .counted(let rest): if n < 0 || UInt64(n) > rest { throw .bodyTooLong }
    case .chunk: throw .chunkOpen
    case .untilClose: break
    case .chunked:
      // A chunk of no bytes would end the message.
      if n <= 0 { return }
      append(hex: UInt64(n))
      appendLineEnd()
      place = .chunk(UInt64(n))
    }
  }

  /// Says that `n` bytes of content were written to the transport.
  public mutating func wroteBody(_ n: Int) throws(HTTPMisuse) {
    if n == 0 { return }
    if place == .idle { throw .noMessage }
    if pendingCount > 0 { throw .notWritable }
    if n < 0 || n > bodyRoom { throw .bodyTooLong }
    switch place {
    case .counted(let rest): place = .counted(rest - UInt64(n))
    case .chunk(let rest):
      place = .chunk(rest - UInt64(n))
      if rest == UInt64(n) {
        appendLineEnd()
        place = .chunked
      }
    case .idle, .withoutBody, .chunked, .untilClose: break
    }
  }

  mutating func finish(trailers: HTTPFields) throws(HTTPMisuse) {
    switch place {
    case .idle: throw .noMessage
    case .counted(let rest): if rest > 0 { throw .bodyTooShort }
    case .chunk: throw .bodyTooShort
    case .chunked:
      append("0\r\n")
      for field in trailers where !Self.isFraming(field.name) { append(field) }
      appendLineEnd()
    case .withoutBody, .untilClose: break
    }
    place = .idle
  }

  /// Ends the head, and says what follows it.
  mutating func endHead(_ place: Place) {
    appendLineEnd()
    self.place = place
  }

  // MARK: bytes

  mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
  mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }
  mutating func append(_ lines: FieldLines) { bytes.append(contentsOf: lines.bytes) }
  mutating func appendLineEnd() { append("\r\n" as StaticString) }

  mutating func append(decimal value: UInt64) {
    if value >= 10 { append(decimal: value / 10) }
    bytes.append(0x30 + UInt8(value % 10))
  }
  private mutating func append(hex value: UInt64) {
    if value >= 16 { append(hex: value >> 4) }
    let digit = UInt8(value & 15)
    bytes.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
  }

  mutating func append(_ field: HTTPField) {
    append(field.name.rawName)
    append(": " as StaticString)
    field.withUnsafeBytesOfValue { bytes.append(contentsOf: $0) }
    appendLineEnd()
  }
  /// All fields but those that the machine writes by itself.
  mutating func append(_ fields: HTTPFields) {
    for field in fields where !Self.isFraming(field.name) { append(field) }
  }

  static func isFraming(_ name: HTTPField.Name) -> Bool {
    let name = name.canonicalName
    return name == "content-length" || name == "transfer-encoding"
  }
}
