import Glibc
import Logging

/// Where commands talk to people: results and addresses on standard output, the rest on standard error.
struct Console {
  private let log: Logger

  /// `isQuiet` leaves only warnings, `isVerbose` adds what happens to each connection.
  init(isQuiet: Bool = false, isVerbose: Bool = false) {
    var log = Logger(label: "strata") { _ in PlainLog() }
    log.logLevel = isQuiet ? .warning : isVerbose ? .debug : .notice
    self.log = log
  }

  /// Somebody may be looking.
  var isInteractive: Bool { isatty(STDERR_FILENO) == 1 && log.logLevel < .warning }

  /// A result, there at once.
  func result(_ line: String) { Self.write(line + "\n", to: STDOUT_FILENO) }

  /// Progress, stories, hints.
  func say(_ line: @autoclosure () -> String) { log.notice("\(line())") }

  /// What only those want to know who asked for more.
  func detail(_ line: @autoclosure () -> String) { log.debug("\(line())") }

  /// Why a command ends without doing its work, also for those who want quiet.
  static func complain(_ sentence: String) { write("strata: \(sentence)\n", to: STDERR_FILENO) }

  fileprivate static func write(_ text: String, to descriptor: Int32) {
    var text = text
    text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let n = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        if n < 0, errno != EINTR { return }
        if n > 0 { done += n }
      }
    }
  }
}

/// Writes log messages as they are: they are sentences for the person who runs the command.
private struct PlainLog: LogHandler {
  var logLevel = Logger.Level.notice
  var metadata: Logger.Metadata = [:]
  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { Console.write("\(event.message)\n", to: STDERR_FILENO) }
}
