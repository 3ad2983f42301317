import Glibc
import StrataBase

/// A recording that was read from its file: a scene, the messages that came into it, and what its store
/// answered.
///
/// ```swift
/// let recording = try Recording(path: "run.strata")
/// print(recording.scene.seed, recording.messages.count)
/// ```
public struct Recording {
  public let scene: Scene
  /// What came in, in order; `isFar`: at the cable's far end.
  public let messages: [(time: Instant, bytes: [UInt8], isFar: Bool)]
  /// How the run ended; nil where the recorder was cut off, in the middle of an entry or behind one.
  public let ending: (time: Instant, events: UInt64, hash: UInt64)?
  private let answers: ReplayedStore.Answers

  public init(path: String) throws(RecordingError) {
    let file = try Recording.contents(of: path)
    guard file.starts(with: RecordingEntry.magic) else { throw .notARecording(path: path) }
    var at = RecordingEntry.magic.count
    guard case .entry(.scene(let scene)) = RecordingEntry.next(in: file, at: &at) else {
      throw .damaged(path: path, offset: at)
    }
    var messages: [(time: Instant, bytes: [UInt8], isFar: Bool)] = []
    var ending: RecordingEntry.Ending?
    let answers = ReplayedStore.Answers()
    reading: while at < file.count, ending == nil {
      let entry: RecordingEntry
      switch RecordingEntry.next(in: file, at: &at) {
      case .entry(let next): entry = next
      // Its recorder came to a sudden end: what is whole can be replayed.
      case .cutOff: break reading
      case .nonsense: throw .damaged(path: path, offset: at)
      }
      switch entry {
      case .scene: throw .damaged(path: path, offset: at)
      case .message(let time, let bytes): messages.append((time, bytes, false))
      case .farMessage(let time, let bytes): messages.append((time, bytes, true))
      case .end(let end): ending = end
      case .read(let bytes):
        answers.reads.append(bytes)
        answers.entries.append(entry)
      case .lookUp, .open, .readAgain: answers.entries.append(entry)
      }
    }
    self.scene = scene
    self.messages = messages
    self.answers = answers
    self.ending = ending.map { (Instant(nanoseconds: $0.time), $0.events, $0.hash) }
  }

  /// The store as it answered then. Ask a recording for it once.
  public var store: ReplayedStore { ReplayedStore(answers) }

  /// Whether the replay asked its store for something else than the recorded run did.
  public var hasDiverged: Bool { answers.hasDiverged }

  private static func contents(of path: String) throws(RecordingError) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .cannotRead(path: path, errno: errno) }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var status = stat()
    if fstat(descriptor, &status) == 0 { bytes.reserveCapacity(Int(status.st_size)) }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 64)
    defer { buffer.deallocate() }
    while true {
      let n = Glibc.read(descriptor, buffer.baseAddress!, buffer.count)
      if n == 0 { return bytes }
      if n < 0, errno == EINTR { continue }
      guard n > 0 else { throw .cannotRead(path: path, errno: errno) }
      bytes.append(contentsOf: buffer[..<n])
    }
  }
}
