import Glibc
import StrataCheckout

/// A program that runs beside the test, with what it says kept in two files that have no name.
///
/// It ends with its object at the latest, and is always reaped; a test that must keep it running ends
/// with a use of it (`defer { child.end() }`).
///
/// ```swift
/// let child = try Child("curl", ["--version"])
/// let ending = try await child.wait(seconds: 5)
/// ```
final class Child {
  enum Ending: Equatable {
    case exited(Int32)
    case killed(signal: Int32)
  }

  enum Failure: Error {
    case notFound(String)
    case notStarted(String, errno: Int32)
    case tookTooLong(String, seconds: Double, errors: String)
    case endedEarly(String, Ending, errors: String)
  }

  let name: String
  let processID: pid_t
  private(set) var ending: Ending?
  private let outputFile: UnsafeMutablePointer<FILE>
  private let errorFile: UnsafeMutablePointer<FILE>

  /// Starts a program: one of PATH, or a path with a slash.
  init(_ program: String, _ arguments: [String]) throws {
    guard let path = program.contains("/") ? program : Need.path(of: program) else {
      throw Failure.notFound(program)
    }
    name = "\(program) \(arguments.joined(separator: " "))"
    outputFile = tmpfile()
    errorFile = tmpfile()
    let (process, code) = Child.spawn(path, arguments, fileno(outputFile), fileno(errorFile))
    processID = process
    if code != 0 {
      ending = .exited(127)
      throw Failure.notStarted(path, errno: code)
    }
  }

  deinit {
    end()
    fclose(outputFile)
    fclose(errorFile)
  }

  private static func spawn(
    _ path: String, _ arguments: [String], _ output: Int32, _ errors: Int32
  ) -> (pid_t, Int32) {
    // Another program that is started at the same time must not hold these files.
    for file in [output, errors] { _ = fcntl(file, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)

    // A test run in the background ignores SIGINT, and would hand that down.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGINT, SIGTERM, SIGPIPE] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var words: [UnsafeMutablePointer<CChar>?] = ([path] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, path, &actions, &attributes, words, environ)
    return (process, code)
  }

  /// Everything that it wrote to standard output so far.
  var output: String { Child.text(of: outputFile) }
  /// Everything that it wrote to standard error so far.
  var errors: String { Child.text(of: errorFile) }

  private static func text(of file: UnsafeMutablePointer<FILE>) -> String {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
      // By place, because the child's own place in the file is the same as ours.
      let count = pread(fileno(file), &piece, piece.count, off_t(bytes.count))
      if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += piece[..<count]
    }
  }

  /// How it ended; nil while it runs.
  func poll() -> Ending? {
    if ending != nil { return ending }
    var status: Int32 = 0
    guard waitpid(processID, &status, WNOHANG) == processID else { return nil }
    ending = Child.ending(status)
    return ending
  }

  private static func ending(_ status: Int32) -> Ending {
    let signal = status & 0x7f
    return signal == 0 ? .exited(status >> 8 & 0xff) : .killed(signal: signal)
  }

  func signal(_ number: Int32) { if poll() == nil { kill(processID, number) } }

  /// Ends it at once, if it has not ended yet.
  func end() {
    if poll() != nil { return }
    kill(processID, SIGKILL)
    var status: Int32 = 0
    while waitpid(processID, &status, 0) < 0, errno == EINTR {}
    ending = Child.ending(status)
  }

  /// Waits for its end; one that takes longer is ended and thrown.
  func wait(seconds: Double) async throws -> Ending {
    try await wait(seconds: seconds) { self.poll() }
  }

  /// Waits until `find` finds something; a child that takes longer is ended and thrown.
  func wait<R>(seconds: Double, for find: () -> R?) async throws -> R {
    let deadline = ContinuousClock.now + .seconds(seconds)
    var pause = Duration.milliseconds(1)
    while true {
      if let found = find() { return found }
      if ContinuousClock.now > deadline {
        end()
        throw Failure.tookTooLong(name, seconds: seconds, errors: errors)
      }
      try await Task.sleep(for: pause)
      pause = min(pause * 2, .milliseconds(20))
    }
  }
}
