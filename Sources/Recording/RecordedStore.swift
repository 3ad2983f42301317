import StrataBase
import StrataFiles

/// A store whose answers are recorded, so that a replay does not depend on the folder any more. Bytes
/// that are read twice from an unchanged file are written once.
public struct RecordedStore<Original: Store>: Store {
  /// A piece of a file that was read.
  private struct Piece: Hashable {
    let entityTag: String
    let offset: UInt64
    let room: Int
  }

  private var original: Original
  private let writer: RecordingWriter
  private var tags: [OpenFile: String] = [:]
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
      tags[opened] = file.entityTag
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
    let piece = Piece(entityTag: tags[file] ?? "", offset: offset, room: target.byteCount)
    if let earlier = pieces[piece], count > 0 {
      writer.write(.readAgain(earlier))
    } else {
      pieces[piece] = readCount
      readCount += 1
      writer.write(.read(target.bytes.extracting(first: count).array))
    }
    return count
  }

  public mutating func close(_ file: OpenFile) {
    tags[file] = nil
    original.close(file)
  }
}
