import Glibc
import Testing

/// A running `strata serve`.
final class Server {
  let child: Child
  /// Where it can be reached, with a slash at the end: `http://127.0.0.1:40123/`.
  let url: String

  /// Starts it on a free port and waits for its address.
  init(_ folder: WorkFolder, on ground: Ground = .cable, _ options: [String] = []) async throws {
    let child = try Child(
      Strata.path, ["serve", folder.site, "--on", ground.rawValue, "--listen", "127.0.0.1:0"] + options)
    self.child = child
    url = try await child.wait(seconds: 20) {
      Server.address(in: child.output) ?? (child.poll() == nil ? nil : "")
    }
    if url.isEmpty { throw Child.Failure.endedEarly(child.name, child.ending!, errors: child.errors) }
  }

  /// Serves while the body runs, then asks it to end, which it does in order.
  static func serve(
    _ folder: WorkFolder, on ground: Ground = .cable, _ options: [String] = [],
    _ body: (Server) async throws -> Void
  ) async throws {
    let server = try await Server(folder, on: ground, options)
    defer { server.child.end() }
    try await body(server)
    try await server.stop()
  }

  /// The first Ctrl-C, with nothing under way: it ends by itself and reports success.
  func stop() async throws {
    child.signal(SIGINT)
    let ending = try await child.wait(seconds: 20)
    #expect(ending == .exited(0), "the server ended with \(ending): \(child.errors)")
  }

  /// `http://...` of the line `  open   http://...`, once the whole line is there.
  private static func address(in output: String) -> String? {
    for line in output.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      let words = line.split(separator: " ")
      if words.count == 2, words[0] == "open" { return String(words[1]) }
    }
    return nil
  }

  /// Bytes of memory it holds now (VmRSS), or held at most (VmHWM).
  func memory(_ field: String = "VmRSS") -> Int {
    let status = Server.text(of: "/proc/\(child.processID)/status")
    for line in status.split(separator: "\n") {
      let words = line.split(whereSeparator: \.isWhitespace)
      if words.count == 3, words[0] == "\(field):", let count = Int(words[1]) { return count << 10 }
    }
    return 0
  }

  /// Seconds of processor time that it has used.
  func processorTime() -> Double {
    let status = Server.text(of: "/proc/\(child.processID)/stat")
    // The name in parentheses may hold spaces; utime and stime are the 12th and 13th field behind it.
    let fields = status.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  private static func text(of path: String) -> String {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    if file < 0 { return "" }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 16_384)
    let count = read(file, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }
}
