import Glibc
import StrataService
import StrataSockets
import StrataTemporary

/// The real client, where there is one.
enum Curl {
  static let path = "/usr/bin/curl"
  static var isThere: Bool { access(path, X_OK) == 0 }

  struct Result {
    let status: Int32
    /// What it wrote to standard output and error.
    let output: String
  }

  /// Runs it while the program runs.
  static func run<P: Program>(_ arguments: [String], _ ground: KernelGround, _ program: inout P) -> Result {
    let children = [start(arguments)]
    return finish(children, ground, &program)[0]
  }

  /// Several side by side.
  static func runAll<P: Program>(
    _ all: [[String]], _ ground: KernelGround, _ program: inout P
  ) -> [Result] {
    finish(all.map(start), ground, &program)
  }

  private struct Child {
    let process: pid_t
    let folder: TemporaryFolder
    var status: Int32?
  }

  private static func start(_ arguments: [String]) -> Child {
    let folder = TemporaryFolder()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    posix_spawn_file_actions_addopen(&actions, 1, folder.path + "/out", flags, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    let words = [path, "-sS", "--noproxy", "*", "--max-time", "20"] + arguments
    var pointers: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var process: pid_t = 0
    let failure = posix_spawn(&process, path, &actions, nil, &pointers, environ)
    precondition(failure == 0)
    for pointer in pointers { free(pointer) }
    posix_spawn_file_actions_destroy(&actions)
    return Child(process: process, folder: folder)
  }

  private static func finish<P: Program>(
    _ started: [Child], _ ground: KernelGround, _ program: inout P
  ) -> [Result] {
    var children = started
    ground.run(&program, seconds: 30) { _ in
      for index in children.indices where children[index].status == nil {
        var status: Int32 = 0
        if waitpid(children[index].process, &status, WNOHANG) == children[index].process {
          children[index].status = status >> 8
        }
      }
      return children.allSatisfy { $0.status != nil }
    }
    return children.map { child in
      if child.status == nil {
        kill(child.process, SIGKILL)
        waitpid(child.process, nil, 0)
      }
      let text = String(decoding: contents(child.folder.path + "/out"), as: UTF8.self)
      return Result(status: child.status ?? -1, output: text)
    }
  }
}
