import StrataFiles
import StrataHTTP

/// A file on its way in a content coding: a piece is read and packed when the one before is sent, so a
/// connection holds one packed piece at most, however large the file and slow the client.
struct PackedFile {
  let coding: ContentCoding
  let size: UInt64
  private var offset: UInt64 = 0
  private var state = CompressionState()
  private var packed: [UInt8] = []
  private var start = 0
  private var isEnded = false

  init(_ coding: ContentCoding, size: UInt64) {
    self.coding = coding
    self.size = size
  }

  /// Nothing is left to be sent.
  var isSent: Bool { isEnded && start == packed.count }
  /// Packed bytes that wait.
  var count: Int { packed.count - start }

  /// Packs until there is something to send. False: the file is shorter than it was.
  mutating func refill<S: Store>(_ file: OpenFile, _ store: inout S, _ codings: Codings) -> Bool {
    if count > 0 || isEnded { return true }
    guard let compressor = codings.compressor(coding) else { return false }
    start = 0
    packed = offset == 0 ? compressor.header : []
    if !pack(file, &store, compressor) { return false }
    if offset == size {
      packed += compressor.end(state)
      isEnded = true
    }
    return true
  }

  private mutating func pack<S: Store>(
    _ file: OpenFile, _ store: inout S, _ compressor: any Compressor
  ) -> Bool {
    let wanted = Int(min(UInt64(CompressionState.piece), size - offset))
    var plain = [UInt8](repeating: 0, count: wanted)
    var read = 0
    while read < wanted {
      var span = plain.mutableSpan
      var whole = span.mutableBytes
      var target = whole._mutatingExtracting(read..<wanted)
      let n = store.read(file, at: offset + UInt64(read), into: &target)
      if n <= 0 { return false }
      read += n
    }
    var room = [UInt8](repeating: 0, count: CompressionState.room)
    var made = 0
    do {
      var span = room.mutableSpan
      var target = span.mutableBytes
      made = compressor.compress(plain.span.bytes, into: &target, &state)
    }
    if made <= 0 { return false }
    packed += room[..<made]
    offset += UInt64(wanted)
    return true
  }

  /// Copies waiting bytes out: all that fit.
  mutating func take(into target: inout MutableRawSpan) -> Int {
    let n = min(count, target.byteCount)
    if n > 0 { target.set(packed.span.bytes.extracting(start..<(start + n)), at: 0) }
    start += n
    if start == packed.count {
      packed = []
      start = 0
    }
    return n
  }
}
