import StrataFiles
import StrataHTTP

/// The content of an answer with several parts: multipart/byteranges (RFC 9110 §14.6).
struct PartSequence {
  private enum Segment {
    case text([UInt8])
    case bytes(Range<UInt64>)

    var count: UInt64 {
      switch self {
      case .text(let text): UInt64(text.count)
      case .bytes(let range): UInt64(range.count)
      }
    }
  }

  let boundary: String
  /// Bytes of all parts with what stands between them.
  let count: UInt64
  /// A head before each part, and the end behind the last: at most `2 * ByteRange.mostParts + 1`.
  private let segments: [Segment]
  private var index = 0
  private var offset: UInt64 = 0

  init(_ parts: [Range<UInt64>], of file: FileInfo, boundary: String) {
    self.boundary = boundary
    var segments: [Segment] = []
    for part in parts {
      let head = """
        \(segments.isEmpty ? "" : "\r\n")--\(boundary)\r
        Content-Type: \(file.mediaType)\r
        Content-Range: \(ByteRange.contentRange(part, of: file.size))\r
        \r

        """
      segments += [.text(Array(head.utf8)), .bytes(part)]
    }
    segments.append(.text(Array("\r\n--\(boundary)--\r\n".utf8)))
    self.segments = segments
    count = segments.reduce(0) { $0 + $1.count }
  }

  /// A boundary that the content hardly holds by chance: it differs with the file and with the moment,
  /// and no clock or dice beside those of the world is asked.
  static func boundary(_ file: FileInfo, _ moment: Int64) -> String {
    var mixed = UInt64(bitPattern: moment) ^ file.inode &* 0x9e37_79b9_7f4a_7c15 ^ file.size
    var text = "strata-"
    for _ in 0..<2 {
      // The finalizer of SplitMix64.
      mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
      mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
      mixed ^= mixed >> 31
      text += String(mixed, radix: 36)
    }
    return text
  }

  /// Fills the front of `target` with what comes next, of one segment; 0 when the file is too short.
  mutating func take<S: Store>(into target: inout MutableRawSpan, _ file: OpenFile, _ store: inout S) -> Int {
    guard index < segments.count else { return 0 }
    let rest = segments[index].count - offset
    let n = Int(min(UInt64(target.byteCount), rest))
    var filled = n
    switch segments[index] {
    case .text(let text):
      target.set(text.span.bytes.extracting(Int(offset)..<(Int(offset) + n)), at: 0)
    case .bytes(let range):
      var place = target._mutatingExtracting(0..<n)
      filled = store.read(file, at: range.lowerBound + offset, into: &place)
    }
    offset += UInt64(filled)
    if offset == segments[index].count {
      index += 1
      offset = 0
    }
    return filled
  }
}
