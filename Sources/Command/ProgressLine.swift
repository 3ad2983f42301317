import Glibc
import StrataBase
import StrataFiles
import StrataService

/// The line on a terminal that shows how far a download is, drawn anew ten times a second. On anything else
/// than a terminal it is never there.
struct ProgressLine {
  private static var pause: Interval { .milliseconds(100) }

  private let isShown: Bool
  private var progress = Progress()
  private var next = Instant.start
  private var isDrawn = false

  init(isShown: Bool) { self.isShown = isShown && isatty(STDERR_FILENO) == 1 }

  /// When to draw again; `never` where nothing is shown.
  var deadline: Instant { isShown ? next : .never }

  mutating func draw<S: Sink>(_ download: Download<S>, at now: Instant) {
    guard isShown, now >= next, case .receiving = download.state else { return }
    next = now + Self.pause
    let have = download.receivedFrom + download.received
    progress.note(have, at: now)
    let whole = download.expected.map { download.receivedFrom + $0 }
    let line = progress.line(have: have, of: whole, width: Self.columns - 1)
    Self.write("\r\(line)\u{1b}[K")
    isDrawn = true
  }

  /// Leaves no trace.
  func clear() { if isDrawn { Self.write("\r\u{1b}[K") } }

  private static var columns: Int {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  private static func write(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.write(STDERR_FILENO, bytes, bytes.count)
  }
}
