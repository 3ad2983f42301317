import StrataBase

/// Finds the end of a head, or of a trailer section, in bytes that come in any pieces, and holds it to
/// its limits. Each byte is looked at once.
///
/// Whether a head is refused depends on its bytes alone, never on how they were cut.
struct HeadScanner: Sendable {
  private let startLineLimit: Int
  private let sectionLimit: Int
  private let sectionError: HTTPError
  /// Bytes of the line that is being read.
  private var lineCount = 0
  /// Bytes of the complete field lines.
  private var sectionCount = 0
  private var lastIsCR = false
  private var isFirstLine: Bool
  /// RFC 9112 §2.2: a server "SHOULD ignore at least one empty line (CRLF) received prior to the
  /// request-line." Exactly one here.
  private var maySkipEmptyLine: Bool

  init(head limits: HTTPLimits, skipsEmptyLine: Bool) {
    startLineLimit = limits.startLine
    sectionLimit = limits.headerSection
    sectionError = .headerSectionTooLarge
    isFirstLine = true
    maySkipEmptyLine = skipsEmptyLine
  }
  init(trailers limits: HTTPLimits) {
    startLineLimit = 0
    sectionLimit = limits.trailerSection
    sectionError = .trailerSectionTooLarge
    isFirstLine = false
    maySkipEmptyLine = false
  }

  /// Reads on. The count of bytes up to the end of the section, its empty line included; nil when all
  /// bytes were read and the end is not among them.
  mutating func scan(_ bytes: RawSpan) throws(HTTPError) -> Int? {
    var at = 0
    while at < bytes.byteCount {
      let end = bytes.lineFeed(from: at)
      if end > at {
        if lineCount == 0, isFirstLine {
          let first = bytes.byte(at: at)
          if first != .carriageReturn, !ByteClass.token.contains(first) { throw .malformedRequestLine }
        }
        lineCount += end - at
        lastIsCR = bytes.byte(at: end - 1) == .carriageReturn
      }
      try checkLength(isComplete: end < bytes.byteCount)
      if end == bytes.byteCount { return nil }
      at = end + 1
      if try endLine() { return at }
    }
    return nil
  }

  private func checkLength(isComplete: Bool) throws(HTTPError) {
    let content = lineCount - (lastIsCR ? 1 : 0)
    if isFirstLine {
      if content > startLineLimit { throw .startLineTooLong }
    } else if content > 0, sectionCount + lineCount + 1 > sectionLimit {
      throw sectionError
    }
  }

  /// True when that was the empty line at the end.
  private mutating func endLine() throws(HTTPError) -> Bool {
    if !lastIsCR { throw .bareLineFeed }
    let isEmpty = lineCount == 1
    if isFirstLine {
      if isEmpty {
        if !maySkipEmptyLine { throw .malformedRequestLine }
        maySkipEmptyLine = false
      } else {
        isFirstLine = false
      }
    } else {
      if isEmpty { return true }
      sectionCount += lineCount + 1
    }
    lineCount = 0
    lastIsCR = false
    return false
  }
}
