import StrataCheckout
import Testing

extension InteropTests {
  /// A server's memory does not depend on the size of files or on the speed of clients, and what has
  /// nothing to do costs no processor time.
  @Suite(.serialized, .needs(.tool("curl"))) struct Costs {
    /// What buffers of a few connections may take; a server that keeps a file takes eight times that.
    static let most = 32 << 20

    private func growth(on ground: Ground, rate: String, readers: Int, seconds: Int) async throws -> Int {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.writeSparse("site/zeros.bin", count: Sizes.sparse)
      folder.write("site/small.txt", "small\n")
      var growth = 0
      try await Server.serve(folder, on: ground) { server in
        // The first request makes what every request needs.
        try await Curl.fetch(server.url + "small.txt", to: "/dev/null")
        let before = server.memory()
        let outcome = try await Curl.run(
          ["--limit-rate", rate, "--parallel", "--parallel-immediate"]
            + (0..<readers).flatMap { _ in ["--output", "/dev/null", server.url + "zeros.bin"] },
          seconds: seconds)
        #expect(
          outcome.ending == .exited(28), "slow readers are cut off by their own limit: \(outcome.errors)")
        growth = server.memory("VmHWM") - before
        #expect(before > 0)
      }
      return growth
    }

    @Test(arguments: Ground.allCases) func aSlowReaderOfABigFileCostsABuffer(on ground: Ground) async throws {
      let growth = try await growth(on: ground, rate: "4M", readers: 1, seconds: 4)
      #expect(growth < Costs.most, "it grew by \(growth >> 20) MiB")
    }

    @Test(arguments: Ground.allCases) func tenSlowReadersCostTenBuffers(on ground: Ground) async throws {
      let growth = try await growth(on: ground, rate: "100k", readers: 10, seconds: 3)
      #expect(growth < Costs.most, "it grew by \(growth >> 20) MiB")
    }

    @Test(arguments: Ground.allCases) func aBigFileCostsNoMoreThanASmallOne(on ground: Ground) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.writeSparse("site/zeros.bin", count: Sizes.sparse)
      folder.write("site/small.txt", "small\n")
      try await Server.serve(folder, on: ground) { server in
        try await Curl.fetch(server.url + "small.txt", to: "/dev/null")
        let before = server.memory()
        let outcome = try await Curl.run(
          ["--output", "/dev/null", "--write-out", "%{size_download}", server.url + "zeros.bin"], seconds: 120
        )
        #expect(outcome.output == "\(Sizes.sparse)", "\(outcome.errors)")
        let growth = server.memory("VmHWM") - before
        #expect(growth < Costs.most, "it grew by \(growth >> 20) MiB")
      }
    }

    @Test(arguments: Ground.allCases) func aServerWithNothingToDoSleeps(on ground: Ground) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.write("site/small.txt", "small\n")
      try await Server.serve(folder, on: ground) { server in
        try await Curl.fetch(server.url + "small.txt", to: "/dev/null")
        try await Task.sleep(for: .milliseconds(500))
        let before = server.processorTime()
        try await Task.sleep(for: .seconds(2))
        let used = server.processorTime() - before
        #expect(before > 0 && used < 0.2, "\(used) s of processor time in 2 s")
      }
    }
  }
}
