import StrataBase
import StrataFiles

/// A store that answers as the recorded one did, in the same order. It needs no folder.
public struct ReplayedStore: Store {
  private let answers: Answers
  private var opened: UInt32 = 0

  /// The recorded answers, shared by all copies of the store: a replay asks once.
  final class Answers {
    var entries: [RecordingEntry] = []
    /// The bytes of every `read` entry.
    var reads: [[UInt8]] = []
    var next = 0
    /// The first question that the recording has no answer to: the run has gone another way.
    var hasDiverged = false

    func take() -> RecordingEntry? {
      guard next < entries.count else {
        hasDiverged = true
        return nil
      }
      next += 1
      return entries[next - 1]
    }
  }

  init(_ answers: Answers) { self.answers = answers }

  public mutating func lookUp(_ path: [FileName]) -> StoreAnswer {
    guard case .lookUp(let answer)? = answers.take() else { return diverged(.missing) }
    return answer
  }

  public mutating func open(_ file: FileInfo) throws(StoreError) -> OpenFile {
    guard case .open(let error)? = answers.take() else { throw diverged(.missing) }
    if let error { throw error }
    opened += 1
    return OpenFile(id: opened)
  }

  public mutating func read(
    _ file: OpenFile, at offset: UInt64, into target: inout MutableRawSpan
  ) -> Int {
    let bytes: [UInt8]
    switch answers.take() {
    case .read(let read)?: bytes = read
    case .readAgain(let number)? where number < answers.reads.count: bytes = answers.reads[number]
    default: return diverged(0)
    }
    guard bytes.count <= target.byteCount else { return diverged(0) }
    target.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
    return bytes.count
  }

  public mutating func close(_ file: OpenFile) {}

  private func diverged<T>(_ answer: T) -> T {
    answers.hasDiverged = true
    return answer
  }
}
