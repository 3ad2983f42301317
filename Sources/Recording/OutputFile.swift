import Glibc

/// A file that is written front to back, through a buffer. After the first failure nothing more is
/// written, and `close` tells of it: what was written before stays readable.
final class OutputFile {
  private let path: String
  private let descriptor: Int32
  private var buffer: [UInt8] = []
  private var failure: RecordingError?

  private static let bufferSize = 1 << 16

  /// Creates the file, or empties it.
  init(path: String) throws(RecordingError) {
    self.path = path
    descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw .cannotWrite(path: path, errno: errno) }
    buffer.reserveCapacity(OutputFile.bufferSize)
  }

  deinit { Glibc.close(descriptor) }

  func append(_ bytes: [UInt8]) {
    buffer.append(contentsOf: bytes)
    if buffer.count >= OutputFile.bufferSize { flush() }
  }

  func append(_ bytes: RawSpan) {
    bytes.withUnsafeBytes { buffer.append(contentsOf: $0) }
    if buffer.count >= OutputFile.bufferSize { flush() }
  }

  func flush() {
    if buffer.isEmpty { return }
    var done = 0
    while done < buffer.count, failure == nil {
      let n = buffer.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, $0.count - done) }
      if n >= 0 { done += n } else if errno != EINTR { failure = .cannotWrite(path: path, errno: errno) }
    }
    buffer.removeAll(keepingCapacity: true)
  }

  func close() throws(RecordingError) {
    flush()
    if let failure { throw failure }
  }
}
