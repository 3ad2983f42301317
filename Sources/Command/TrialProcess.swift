import Glibc
import StrataLoop

/// The program of one trial of a hunt, and all that it starts: they are one process group and end together.
final class TrialProcess {
  enum Ending: Equatable, CustomStringConvertible {
    case exited(Int32)
    case killed(signal: Int32)
    case timedOut

    var description: String {
      switch self {
      case .exited(let status): "exit \(status)"
      case .killed(let signal): "signal \(signal)"
      case .timedOut: "no end"
      }
    }
  }

  /// The most of its output that is kept: the end of it.
  static let mostOutput = 1 << 20

  private let loop: Loop
  private let processID: pid_t
  private let pipe: Int32
  private var output: [UInt8] = []
  private var forgotten = 0
  private(set) var ending: Ending?

  /// Starts a program of PATH, or a path with a slash, with these variables besides our own. Its output
  /// and errors come together; its input is empty.
  init(_ command: [String], _ variables: [(String, String)], _ loop: Loop) throws(CommandFailure) {
    self.loop = loop
    var ends: [Int32] = [0, 0]
    guard Glibc.pipe(&ends) == 0 else {
      throw .failed("no pipe for the program's output: \(String(cString: strerror(errno)))")
    }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    pipe = ends[0]
    let (process, code) = Self.spawn(command, variables, output: ends[1])
    close(ends[1])
    processID = process
    if code != 0 {
      ending = .exited(127)
      close(pipe)
      throw .usage("cannot run \(command[0]): \(String(cString: strerror(code)))")
    }
    do {
      try loop.addSource(pipe, .readable) { [unowned self] _, _ in read() }
    } catch {
      end(as: .timedOut)
      throw .failed("\(error)")
    }
  }

  deinit { end(as: .timedOut) }

  private static func spawn(
    _ command: [String], _ variables: [(String, String)], output: Int32
  ) -> (pid_t, Int32) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // What we catch or ignore ourselves is as usual again in the program.
    var signals = sigset_t()
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    for signal in [SIGINT, SIGTERM, SIGPIPE, SIGCHLD] { sigaddset(&signals, signal) }
    posix_spawnattr_setsigdefault(&attributes, &signals)
    posix_spawnattr_setpgroup(&attributes, 0)
    let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
    posix_spawnattr_setflags(&attributes, Int16(flags))

    var words: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
    var settings = environment(with: variables).map { strdup($0) } + [nil]
    defer { for word in words + settings { free(word) } }
    var process: pid_t = 0
    let code = posix_spawnp(&process, command[0], &actions, &attributes, &words, &settings)
    return (process, code)
  }

  private static func environment(with variables: [(String, String)]) -> [String] {
    var all: [String] = []
    var at = environ
    while let entry = at.pointee {
      let text = String(cString: entry)
      if !variables.contains(where: { text.hasPrefix($0.0 + "=") }) { all.append(text) }
      at += 1
    }
    return all + variables.map { "\($0.0)=\($0.1)" }
  }

  private func read() {
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = Glibc.read(pipe, &piece, piece.count)
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return }
      output += piece[..<count]
      if output.count > 2 * Self.mostOutput {
        forgotten += output.count - Self.mostOutput
        output.removeFirst(output.count - Self.mostOutput)
      }
    }
  }

  /// How it ended; nil while it runs. What it has left behind ends with it.
  func poll() -> Ending? {
    if ending != nil { return ending }
    var status: Int32 = 0
    guard waitpid(processID, &status, WNOHANG) == processID else { return nil }
    let signal = status & 0x7f
    finish(signal == 0 ? .exited(status >> 8 & 0xff) : .killed(signal: signal))
    return ending
  }

  /// Ends it and all that it started, at once.
  func end(as ending: Ending) {
    if self.ending != nil { return }
    kill(-processID, SIGKILL)
    var status: Int32 = 0
    while waitpid(processID, &status, 0) < 0, errno == EINTR {}
    finish(ending)
  }

  private func finish(_ ending: Ending) {
    self.ending = ending
    kill(-processID, SIGKILL)
    read()
    loop.removeSource(pipe)
    close(pipe)
  }

  /// Writes the end of what it said to a file.
  func keepOutput(in path: String) {
    guard let file = fopen(path, "wb") else { return }
    defer { fclose(file) }
    let left = max(0, output.count - Self.mostOutput)
    if forgotten + left > 0 { fputs("(\(forgotten + left) bytes before this were left out)\n", file) }
    fwrite(Array(output[left...]), 1, output.count - left, file)
  }
}
