import Glibc
import StrataService

/// Lines of an access log, gathered and written once a turn of the loop: whole lines in one call, so that
/// the servers of several loops can share one file.
struct AccessLog {
  /// Bytes that are gathered before they are written within a turn.
  private static var most: Int { 65_536 }

  private let descriptor: Int32
  private let clock: WallClock
  private var text = ""

  /// `path` is appended to; `-` is standard output.
  init(path: String, clock: WallClock) throws(CommandFailure) {
    self.clock = clock
    if path == "-" {
      descriptor = dup(STDOUT_FILENO)
    } else {
      descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    }
    if descriptor < 0 { throw .failed("cannot write \(path): \(String(cString: strerror(errno)))") }
  }

  mutating func note(_ record: RequestRecord) {
    text += AccessLine(record, clock: clock).description
    text += "\n"
    if text.utf8.count >= Self.most { flush() }
  }

  mutating func flush() {
    if text.isEmpty { return }
    text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let n = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        if n < 0, errno != EINTR { return }
        if n > 0 { done += n }
      }
    }
    text.removeAll(keepingCapacity: true)
  }
}
