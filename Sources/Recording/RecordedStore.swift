import StrataBase
import StrataFiles

/// A store whose answers are recorded, so that a replay does not depend on the folder any more. Bytes
/// that are read twice are written once.
///
/// ```swift
/// let writer = try RecordingWriter(path: "run.strata", scene: scene)
/// let store = RecordedStore(try FolderStore(path: "public"), writer: writer)
/// ```
public struct RecordedStore<Original: Store>: Store {
  /// Bytes that were read, by their hash: a file's name and time would not do, for it may be written to
  /// while it is read.
  private struct Piece: Hashable {
    let count: Int
    let hash: Int

    init(_ bytes: RawSpan) {
      var hasher = Hasher()
      bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
      count = bytes.byteCount
      hash = hasher.finalize()
    }
  }

  /// The most pieces remembered, at 40 bytes or so. Then all are forgotten, and bytes may be written once
  /// more.
  static var mostPieces: Int { 1 << 20 }

  private var original: Original
  private let writer: RecordingWriter
  /// Which `read` entry has this piece.
  private var pieces: [Piece: Int] = [:]
  private var readCount = 0

  public init(_ original: Original, writer: RecordingWriter) {
    self.original = original
    self.writer = writer
  }

  public mutating func lookUp(_ path: [FileName]) -> StoreAnswer {
    let answer = original.lookUp(path)
    writer.write(.lookUp(answer))
    return answer
  }

  public mutating func open(_ file: FileInfo) throws(StoreError) -> OpenFile {
    do {
      let opened = try original.open(file)
      writer.write(.open(nil))
      return opened
    } catch {
      writer.write(.open(error))
      throw error
    }
  }

  public mutating func read(
    _ file: OpenFile, at offset: UInt64, into target: inout MutableRawSpan
  ) -> Int {
    let count = original.read(file, at: offset, into: &target)
    let bytes = target.bytes.extracting(first: count)
    let piece = Piece(bytes)
    if let earlier = pieces[piece] {
      writer.write(.readAgain(earlier))
    } else {
      if pieces.count >= Self.mostPieces { pieces.removeAll(keepingCapacity: true) }
      pieces[piece] = readCount
      readCount += 1
      writer.write(.read(bytes.array))
    }
    return count
  }

  public mutating func close(_ file: OpenFile) { original.close(file) }
}
