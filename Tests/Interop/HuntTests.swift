import Glibc
import StrataCheckout
import Testing

extension InteropTests {
  /// `strata hunt`: finds the seeds that break a program, and shows why.
  @Suite(.serialized, .needs(.tool("python3"))) struct Hunts {
    /// `Tests/Interop/Programs/upload.py`: a client that is wrong on purpose, and one that is right.
    static let upload = "\(Checkout.root)/Tests/Interop/Programs/upload.py"

    private func hunting(_ body: (_ options: [String], WorkFolder) async throws -> Void) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      let server = try Child("python3", [Self.upload, "serve", "0"])
      defer { server.end() }
      let port = try await server.wait(seconds: 20) { server.output.hasSuffix("\n") ? server.output : nil }
      let fault = "connection 1 up at 1KiB..1MiB: reset"
      try await body(
        ["--to", "127.0.0.1:\(port.dropLast())", "--keep", folder.path, "--loss", "0.5%", "--fault", fault],
        folder)
    }

    private func program(_ kind: String) -> [String] {
      ["--", "python3", Self.upload, kind, "{address}", "300000"]
    }

    /// The seeds of the lines `seed N failed: ...`.
    private func failed(_ outcome: Outcome) -> [Int] {
      outcome.outputLines.filter { $0.hasPrefix("seed ") }.compactMap { Int($0.split(separator: " ")[1]) }
        .sorted()
    }

    @Test func theSeedsThatBreakAWrongClientAreFoundAndReplayShowsWhy() async throws {
      try await hunting { options, folder in
        let hunt = ["hunt", "--seeds", "1..12", "--jobs", "4"] + options
        let wrong = try await Strata.run(hunt + program("wrong"))
        let seeds = failed(wrong)
        #expect(wrong.ending == .exited(1) && !seeds.isEmpty && seeds.count < 12, "\(wrong)")
        #expect(wrong.outputLines.last?.hasPrefix("12 seeds, \(seeds.count) failed: ") == true)
        for seed in 1...12 {
          let isKept = folder.size("\(seed).strata") != nil
          #expect(isKept == seeds.contains(seed) && folder.size("\(seed).strata.part") == nil)
        }

        let seed = try #require(seeds.first)
        #expect(wrong.output.contains("look: strata replay \(folder.path)/\(seed).strata"))
        #expect(folder.text("\(seed).log")?.contains("something else than was uploaded") == true)
        let first = try await why(folder["\(seed).strata"])
        // The same seed again: the same fault at the same byte.
        let again = try await Strata.run(["hunt", "--seeds", "\(seed)"] + options + program("wrong"))
        #expect(again.ending == .exited(1) && failed(again) == [seed], "\(again)")
        #expect(try await why(folder["\(seed).strata"]) == first)

        let right = try await Strata.run(hunt + program("right"))
        #expect(right.isSuccess && right.output == "12 seeds, none failed\n", "\(right)")
      }
    }

    /// The line of the replay that names the fault and its byte.
    private func why(_ recording: String) async throws -> Substring {
      let same = try await Strata.run(["replay", recording, "--hash"])
      #expect(same.isSuccess, "\(same)")
      let story = try await Strata.run(["replay", recording])
      let line = try #require(story.outputLines.first { $0.contains("connection 1: reset at byte ") })
      let place = try #require(line.split(separator: " ").compactMap { Int($0) }.last)
      #expect(
        (1_024...300_100).contains(place) && story.output.contains("\(place) B up, 0 B down"), "\(story)")
      return line[line.firstRange(of: "connection")!.lowerBound...]
    }

    @Test func factsComeAsJSON() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      let hunt = ["hunt", "--seeds", "1..3", "--keep", folder.path, "--json", "--"]
      let none = try await Strata.run(hunt + ["true"])
      #expect(none.isSuccess && none.output == "{\"failed\":[],\"format\":1,\"seeds\":3}\n", "\(none)")
      let some = try await Strata.run(hunt + ["sh", "-c", "echo seen; exit $STRATA_SEED"])
      #expect(some.ending == .exited(1) && some.outputLines.count == 1)
      #expect(some.output.contains("\"ending\":\"exit 3\"") && some.output.contains("\"seed\":3"))
      #expect(folder.text("2.log") == "seen\n")
    }

    @Test func aProgramThatDoesNotEndIsEndedWithAllThatItStarted() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      let script = "sleep 600 & echo $! > \(folder["child"]); wait"
      let outcome = try await Strata.run(
        ["hunt", "--seeds", "7", "--timeout", "500ms", "--keep", folder.path, "--", "sh", "-c", script])
      #expect(outcome.ending == .exited(1) && outcome.output.contains("seed 7 failed: no end after 0.5"))
      let child = try #require(folder.text("child").flatMap { pid_t($0.dropLast()) })
      #expect(kill(child, 0) != 0 || isZombie(child))
    }

    @Test func anInterruptEndsTheProgramsToo() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      let script = "echo $$ > \(folder["child"]); sleep 600"
      let hunt = try Child(
        Strata.path, ["hunt", "--seeds", "1..9", "--keep", folder.path, "--", "sh", "-c", script])
      defer { hunt.end() }
      let child = try await hunt.wait(seconds: 20) { folder.text("child").flatMap { pid_t($0.dropLast()) } }
      hunt.signal(SIGINT)
      #expect(try await hunt.wait(seconds: 20) == .exited(1))
      #expect(hunt.errors == "strata: stopped; until then: 0 seeds, none failed\n")
      #expect(kill(child, 0) != 0 || isZombie(child))
    }

    /// Ended, and not yet reaped by whoever has inherited it.
    private func isZombie(_ process: pid_t) -> Bool {
      guard let file = fopen("/proc/\(process)/stat", "r") else { return true }
      defer { fclose(file) }
      var bytes = [UInt8](repeating: 0, count: 400)
      let text = String(decoding: bytes[..<fread(&bytes, 1, 400, file)], as: UTF8.self)
      return text.contains(") Z ") || text.isEmpty
    }

    @Test func outputIsKeptToABound() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      let script = "head -c 5000000 /dev/zero | tr '\\0' x; echo last; exit 1"
      let outcome = try await Strata.run(
        ["hunt", "--seeds", "1", "--keep", folder.path, "--", "sh", "-c", script])
      #expect(outcome.ending == .exited(1))
      let log = try #require(folder.text("1.log"))
      #expect(log.utf8.count < 1_048_576 + 100 && log.hasSuffix("xlast\n") && log.hasPrefix("("))
    }

    @Test func whatIsWrongIsSaid() async throws {
      for (arguments, word) in [
        (["--seeds", "1..2"], "--"), (["--seeds", "2..1", "--", "true"], "--seeds"),
        (["--seeds", "1", "--", "echo", "{port}"], "--to"),
        (["--seeds", "1", "--fault", "up at 1: cut", "--", "true"], "--to"),
        (["--seeds", "1", "--keep", "/nowhere", "--", "true"], "/nowhere"),
        (["--seeds", "1", "--jobs", "0", "--", "true"], "--jobs"),
        (["--seeds", "1", "--seed", "5", "--", "true"], "--seeds"),
        (["--seeds", "1", "--", "/nowhere/program"], "/nowhere/program"),
      ] {
        let outcome = try await Strata.run(["hunt"] + arguments)
        #expect(outcome.ending == .exited(64) && outcome.errorLines.count == 1, "\(outcome)")
        #expect(outcome.errors.contains(word), "\(outcome.errors)")
      }
    }
  }
}
