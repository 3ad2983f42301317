import Glibc
import StrataCheckout
import Testing

extension InteropTests {
  /// `--record`, and `strata replay` of what it wrote.
  @Suite(.serialized, .needs(.tool("curl"))) struct Recordings {
    private func recording(
      _ options: [String], _ body: (WorkFolder) async throws -> Void
    ) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.writeRandom("site/random.bin", count: 2 << 20)
      folder.write("site/a.txt", "first\n")
      try await Server.serve(folder, ["--record", folder["run.strata"]] + options) { server in
        try await Curl.fetch(server.url + "random.bin", to: folder["random.bin"], seconds: 120)
        try await Curl.fetch(server.url, to: folder["list.html"])
        // A file that is gone by the time of the replay.
        try await Curl.fetch(server.url + "a.txt", to: folder["a.txt"])
        unlink(folder["site/a.txt"])
      }
      try await body(folder)
    }

    private func replay(_ path: String) async throws -> Outcome {
      try await Strata.run(["replay", path, "--hash"], seconds: 120)
    }

    private func expectSame(_ options: [String]) async throws {
      try await recording(options) { folder in
        let first = try await replay(folder["run.strata"])
        #expect(first.isSuccess, "the replay differs from the run: \(first.output)\(first.errors)")
        let hash = try #require(first.outputLines.first?.split(separator: " ").first)
        #expect(hash.count == 16 && hash.allSatisfy(\.isHexDigit))
        let second = try await replay(folder["run.strata"])
        #expect(second.isSuccess && second.output == first.output)
      }
    }

    @Test func aReplayHasTheHashOfItsRun() async throws { try await expectSame([]) }

    @Test func aReplayLosesTheSameFrames() async throws {
      try await expectSame(["--loss", "2%", "--reorder", "1%", "--duplicate", "1%", "--seed", "42"])
    }

    @Test func aReplayOfDownloadsSideBySideHasTheHashOfItsRun() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      let names = (1...8).map { "\($0).bin" }
      for name in names { folder.writeRandom("site/\(name)", count: 256 << 10) }
      try await Server.serve(folder, ["--record", folder["run.strata"]]) { server in
        let outcome = try await Curl.run(
          ["--fail", "--parallel", "--parallel-immediate"]
            + names.flatMap { ["--output", folder[$0], server.url + $0] })
        #expect(outcome.isSuccess, "\(outcome.errors)")
        // A client that is gone in the middle of its answer.
        _ = try await Curl.run(
          ["--limit-rate", "10k", "--output", "/dev/null", server.url + "1.bin"], seconds: 1)
      }
      let replay = try await replay(folder["run.strata"])
      #expect(replay.isSuccess, "the replay differs from the run: \(replay.output)\(replay.errors)")
    }

    @Test func aRunThatWasCutOffIsNotTakenForWhole() async throws {
      try await recording([]) { folder in
        let count = try #require(folder.size("run.strata"))
        for (name, kept) in [("half", count / 2), ("end", count - 1), ("start", 10), ("nothing", 0)] {
          folder.write(name, bytes: folder.bytes("run.strata", count: kept)!)
          let outcome = try await replay(folder[name])
          #expect(outcome.ending == .exited(1), "cut after \(kept) of \(count) bytes: \(outcome.output)")
          #expect(outcome.errorLines.count == 1 && outcome.errors.hasPrefix("strata: "), "\(outcome.errors)")
        }
      }
    }

    @Test func aFlippedBitNeverCrashesAReplay() async throws {
      try await recording([]) { folder in
        let whole = folder.bytes("run.strata")!
        for step in 1...12 {
          var bytes = whole
          bytes[step * whole.count / 13] ^= 0x10
          folder.write("damaged", bytes: bytes)
          let ending = try await replay(folder["damaged"]).ending
          // Exit 0 where the bit means nothing; never a signal.
          #expect(
            ending == .exited(1) || ending == .exited(0), "bit in byte \(step * whole.count / 13): \(ending)")
        }
      }
    }

    @Test func whatIsNoRecordingIsSaid() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.write("text", "not a recording\n")
      for path in [folder["text"], folder["nothing"], folder.site] {
        let outcome = try await replay(path)
        #expect(outcome.ending == .exited(1))
        #expect(outcome.errorLines.count == 1 && outcome.errors.hasPrefix("strata: "), "\(outcome.errors)")
      }
    }
  }
}
