import Glibc
import StrataLoop

/// Standard input or output beside sockets, on one loop. It is asked before each call whether that would
/// block, and the descriptor stays as it is: others may share it, and would not expect it to be
/// non-blocking. Files, which cannot be watched, are always ready.
struct StandardStream {
  /// What a pipe takes without blocking when poll(2) says that it takes something (PIPE_BUF).
  static let mostWritten = 4_096

  private let descriptor: Int32
  private let isWatched: Bool

  static func input(_ loop: Loop) throws(CommandFailure) -> StandardStream {
    try StandardStream(STDIN_FILENO, .readable, loop)
  }
  static func output(_ loop: Loop) throws(CommandFailure) -> StandardStream {
    try StandardStream(STDOUT_FILENO, .writable, loop)
  }

  private init(_ descriptor: Int32, _ interest: Loop.Interest, _ loop: Loop) throws(CommandFailure) {
    self.descriptor = descriptor
    do throws(LoopError) {
      try loop.addSource(descriptor, interest) { _, _ in }
      isWatched = true
    } catch .notWatchable {
      isWatched = false
    } catch {
      throw .failed("\(error)")
    }
  }

  var isTerminal: Bool { isatty(descriptor) == 1 }

  /// The next read, or write of `mostWritten` bytes, does not block.
  var isReady: Bool {
    if !isWatched { return true }
    var question = pollfd(fd: descriptor, events: Int16(POLLIN | POLLOUT), revents: 0)
    question.events = Int16(descriptor == STDIN_FILENO ? POLLIN : POLLOUT)
    return poll(&question, 1, 0) > 0
  }

  /// Reads what is there; 0 is the end. What cannot be read has ended.
  func read(into target: inout MutableRawSpan) -> Int {
    while true {
      let n = target.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
      if n >= 0 { return n }
      if errno != EINTR { return 0 }
    }
  }

  /// Writes the front of `bytes`, and gives how much that was; nil where nobody reads any more.
  func write(_ bytes: RawSpan) -> Int? {
    let count = isWatched ? min(bytes.byteCount, Self.mostWritten) : bytes.byteCount
    while true {
      let n = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, count) }
      if n >= 0 { return n }
      if errno != EINTR { return nil }
    }
  }
}
