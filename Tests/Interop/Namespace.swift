import Glibc
import Testing

/// A network of its own, with nothing in it but lo. It is gone, with all its links, when its object is and
/// nobody runs in it any more: nothing has a name outside, so nothing can be left over.
///
/// ```swift
/// let network = try await Namespace()
/// let outcome = try await network.run("curl", ["http://10.9.0.2/"])
/// ```
final class Namespace {
  private let holder: Child
  private var prefix: [String] { ["-t", "\(holder.processID)", "-n"] }

  init() async throws {
    let holder = try Child("unshare", ["-n", "sleep", "600"])
    self.holder = holder
    let own = Namespace.link("self")
    try await holder.wait(seconds: 10) { () -> Bool? in
      let other = Namespace.link("\(holder.processID)")
      return other != nil && other != own ? true : nil
    }
    try await ip("link", "set", "lo", "up")
  }

  /// What a process's network namespace is called.
  private static func link(_ process: String) -> String? {
    var text = [UInt8](repeating: 0, count: 64)
    let count = text.withUnsafeMutableBytes { readlink("/proc/\(process)/ns/net", $0.baseAddress!, 64) }
    return count > 0 ? String(decoding: text.prefix(count), as: UTF8.self) : nil
  }

  /// Starts a program in it.
  func start(_ program: String, _ arguments: [String]) throws -> Child {
    try Child("nsenter", prefix + [program] + arguments)
  }

  /// Runs a program in it to its end.
  func run(_ program: String, _ arguments: [String], seconds: Double = 60) async throws -> Outcome {
    try await Outcome.of("nsenter", prefix + [program] + arguments, seconds: seconds)
  }

  /// Runs `ip`, which must succeed.
  func ip(_ arguments: String...) async throws {
    let outcome = try await run("ip", arguments)
    #expect(outcome.isSuccess, "ip \(arguments.joined(separator: " ")): \(outcome.errors)")
  }

  /// Joins two networks by a cable of the kernel's: `name` here, `otherName` there, both up.
  func cable(_ name: String, to other: Namespace, _ otherName: String) async throws {
    let process = "\(other.holder.processID)"
    try await ip("link", "add", name, "type", "veth", "peer", "name", otherName, "netns", process)
    try await ip("link", "set", name, "up")
    try await other.ip("link", "set", otherName, "up")
  }

  func hasLink(_ name: String) async throws -> Bool { try await run("ip", ["link", "show", name]).isSuccess }

  /// Segments and datagrams that the kernel here dropped because their checksum was wrong.
  func badChecksums() async throws -> Int {
    let text = try await run("cat", ["/proc/net/snmp", "/proc/net/snmp6"]).output
    var count = 0, names: [Substring] = []
    for line in text.split(separator: "\n") {
      let words = line.split(whereSeparator: \.isWhitespace)
      if words.first?.hasSuffix(":") == true {
        if names.first == words.first {
          for (name, value) in zip(names, words) where name == "InCsumErrors" { count += Int(value) ?? 0 }
        }
        names = words
      } else if words.first?.hasSuffix("InCsumErrors") == true {
        count += words.last.flatMap { Int($0) } ?? 0
      }
    }
    return count
  }

  /// Serves a folder in it by Strata, waits for its address, and asks it to end behind the body.
  func serve(_ folder: WorkFolder, _ options: [String], _ body: () async throws -> Void) async throws {
    let child = try start(Strata.path, ["serve", folder.site] + options)
    defer { child.end() }
    let isServing = try await child.wait(seconds: 20) {
      child.output.contains("open ") ? true : child.poll() == nil ? nil : false
    }
    try #require(isServing, "\(child.errors)")
    try await body()
    child.signal(SIGINT)
    let ending = try await child.wait(seconds: 20)
    #expect(ending == .exited(0), "the server ended with \(ending): \(child.errors)")
  }
}
