import StrataBase
import StrataFiles

/// Writes what comes into a world while it runs.
public final class RecordingWriter {
  private let file: OutputFile

  /// Creates the file and writes the scene to it.
  public init(path: String, scene: Scene) throws(RecordingError) {
    file = try OutputFile(path: path)
    file.append(RecordingEntry.magic)
    write(.scene(scene))
  }

  /// A message goes into the world at this instant; `isFar`: at the cable's far end.
  public func message(_ bytes: RawSpan, at now: Instant, isFar: Bool = false) {
    write(isFar ? .farMessage(at: now, bytes.array) : .message(at: now, bytes.array))
  }

  /// Writes what is still in memory: so much is there if the process comes to a sudden end.
  public func flush() { file.flush() }

  /// The run ends here. Writes what is still in memory.
  public func close(at now: Instant, events: UInt64, hash: UInt64) throws(RecordingError) {
    write(.end(RecordingEntry.Ending(time: now.nanoseconds, events: events, hash: hash)))
    try file.close()
  }

  func write(_ entry: RecordingEntry) { file.append(entry.encoded) }
}
