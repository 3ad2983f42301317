import Glibc

/// Where commands talk to people: results and addresses on standard output, the rest on standard error.
struct Console {
  let isQuiet: Bool

  /// Somebody may be looking.
  var isInteractive: Bool { isatty(STDERR_FILENO) == 1 && !isQuiet }

  /// A result, there at once.
  func result(_ line: String) { Self.write(line + "\n", to: STDOUT_FILENO) }

  /// Progress, stories, hints.
  func say(_ line: String) {
    if !isQuiet { Self.write(line + "\n", to: STDERR_FILENO) }
  }

  /// Why a command ends without doing its work, also for those who want quiet.
  static func complain(_ sentence: String) { write("strata: \(sentence)\n", to: STDERR_FILENO) }

  private static func write(_ text: String, to descriptor: Int32) {
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
