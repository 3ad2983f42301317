import Glibc

/// What the process says before a trap ends it: the attempt that it was in.
enum LastWords {
  /// The attempt that runs now.
  nonisolated(unsafe) static var attempt: UInt64 = 0
  /// A sentence that the attempt's number ends.
  nonisolated(unsafe) private static var words = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 256)
  nonisolated(unsafe) private static var count = 0

  static func prepare(_ sentence: String) {
    count = 0
    for byte in sentence.utf8.prefix(words.count - 32) {
      words[count] = byte
      count += 1
    }
  }

  /// From now on they are said. A handler may neither allocate nor lock, so it writes bytes one by one.
  static func sayOnTrap() {
    for signal in [SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGABRT] {
      Glibc.signal(signal) { number in
        var at = LastWords.count
        var divisor: UInt64 = 10_000_000_000_000_000_000
        while divisor > max(LastWords.attempt, 1) { divisor /= 10 }
        while divisor > 0 {
          LastWords.words[at] = UInt8(0x30 + LastWords.attempt / divisor % 10)
          at += 1
          divisor /= 10
        }
        LastWords.words[at] = 0x0a
        _ = write(2, LastWords.words.baseAddress, at + 1)
        _ = Glibc.signal(number, SIG_DFL)
        _ = raise(number)
      }
    }
  }
}
