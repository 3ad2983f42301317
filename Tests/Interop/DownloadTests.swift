import StrataCheckout
import Testing

extension InteropTests {
  /// What curl fetches is what lies in the folder, however much, however many and over whatever cable.
  @Suite(.serialized, .needs(.tool("curl"))) struct Downloads {
    private func download(_ count: Int, on ground: Ground, _ options: [String], seconds: Int) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.writeRandom("site/random.bin", count: count)
      try await Server.serve(folder, on: ground, options) { server in
        try await Curl.fetch(server.url + "random.bin", to: folder["random.bin"], seconds: seconds)
        let digests = try await folder.digests(["site/random.bin", "random.bin"])
        #expect(digests.count == 2 && digests[0] == digests[1])
      }
    }

    @Test(arguments: Ground.allCases) func aLargeRandomFileArrivesWhole(on ground: Ground) async throws {
      try await download(Sizes.large, on: ground, [], seconds: 120)
    }

    @Test func aFileSurvivesOnePercentOfLoss() async throws {
      try await download(Sizes.lossy, on: .cable, ["--loss", "1%", "--delay", "5ms"], seconds: 180)
    }

    @Test func aFileSurvivesEveryFaultOfACableAtOnce() async throws {
      let faults = [
        "--loss", "2%", "--reorder", "2%", "--duplicate", "2%", "--corrupt", "1%", "--jitter", "2ms",
      ]
      try await download(1 << 20, on: .cable, faults + ["--seed", "7"], seconds: 120)
    }

    @Test func superFramesCarryTheSameBytes() async throws {
      try await download(Sizes.large, on: .cable, ["--super-frames"], seconds: 120)
    }

    @Test(arguments: Ground.allCases) func anEmptyFileArrives(on ground: Ground) async throws {
      try await download(0, on: ground, [], seconds: 20)
    }

    @Test(arguments: Ground.allCases) func fiftyDownloadsSideBySideArriveWhole(on ground: Ground) async throws
    {
      let folder = WorkFolder()
      defer { folder.remove() }
      let names = (1...50).map { "\($0).bin" }
      for (seed, name) in zip(UInt64(1)..., names) {
        folder.writeRandom("site/\(name)", count: Sizes.many, seed: seed)
        folder.write("got/\(name)", "")
      }
      try await Server.serve(folder, on: ground) { server in
        let outcome = try await Curl.run(
          [
            "--fail", "--parallel", "--parallel-immediate", "--parallel-max", "50",
            "--write-out", "%{http_code} %{num_connects}\n",
          ] + names.flatMap { ["--output", folder["got/\($0)"], server.url + $0] }, seconds: 180)
        #expect(outcome.isSuccess, "\(outcome.errors)")
        #expect(outcome.outputLines == Array(repeating: "200 1", count: 50), "each has its own connection")
      }
      let wanted = try await folder.digests(names.map { "site/\($0)" })
      #expect(try await folder.digests(names.map { "got/\($0)" }) == wanted)
      #expect(Set(wanted).count == 50)
    }

    @Test(arguments: Ground.allCases) func aBrokenDownloadIsResumed(on ground: Ground) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.writeRandom("site/random.bin", count: 3_000_000)
      folder.write("random.bin", bytes: folder.bytes("site/random.bin", count: 1_234_567)!)
      try await Server.serve(folder, on: ground) { server in
        try await Curl.fetch(server.url + "random.bin", to: folder["random.bin"], ["--continue-at", "-"])
        #expect(folder.bytes("random.bin") == folder.bytes("site/random.bin"))
      }
    }

    @Test(arguments: Ground.allCases) func aClientThatGoesAwayLeavesNothingBehind(on ground: Ground)
      async throws
    {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.writeSparse("site/zeros.bin", count: Sizes.sparse)
      folder.write("site/small.txt", "small\n")
      try await Server.serve(folder, on: ground) { server in
        for _ in 0..<3 {
          let outcome = try await Curl.run(
            ["--limit-rate", "1M", "--output", "/dev/null", server.url + "zeros.bin"], seconds: 1)
          #expect(outcome.ending == .exited(28), "curl gives up after a second: \(outcome.errors)")
        }
        try await Curl.fetch(server.url + "small.txt", to: folder["small.txt"])
        #expect(folder.text("small.txt") == "small\n")
        // A goodbye takes two ways through the cable.
        try await Task.sleep(for: .milliseconds(300))
        try await server.stop()
        #expect(server.child.errors.contains("stopping: 0 connections"), "\(server.child.errors)")
      }
    }
  }
}
