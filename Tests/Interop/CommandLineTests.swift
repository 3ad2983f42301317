import Glibc
import StrataCheckout
import Testing

extension InteropTests {
  /// A command line that is wrong gets one clear sentence and its exit status; one that is right says what
  /// it promises.
  @Suite(.serialized) struct CommandLines {
    private func expectSentence(
      _ arguments: [String], status: Set<Int32>, mentions word: String? = nil,
      sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
      let outcome = try await Strata.run(arguments, seconds: 20)
      let line = arguments.joined(separator: " ")
      #expect(
        status.contains { outcome.ending == .exited($0) }, "strata \(line): \(outcome.ending)",
        sourceLocation: sourceLocation)
      #expect(
        outcome.errorLines.count == 1 && outcome.errors.hasPrefix("strata: ")
          && outcome.errors.hasSuffix("\n"),
        "strata \(line): \(outcome.errors)", sourceLocation: sourceLocation)
      #expect(outcome.output == "", "strata \(line)", sourceLocation: sourceLocation)
      if let word {
        #expect(
          outcome.errors.contains(word), "strata \(line): \(outcome.errors)", sourceLocation: sourceLocation)
      }
    }

    @Test func aFolderThatIsNotThereIsSaid() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.write("file.txt", "text\n")
      for ground in Ground.allCases {
        let options = ["--on", ground.rawValue, "--listen", "127.0.0.1:0"]
        let none = folder["none"]
        try await expectSentence(["serve", none] + options, status: [64], mentions: none)
        let file = folder["file.txt"]
        try await expectSentence(["serve", file] + options, status: [64], mentions: file)
      }
    }

    @Test(arguments: Ground.allCases) func aBusyPortIsSaid(on ground: Ground) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      let (socket, port) = try RawClient.listen()
      defer { close(socket) }
      try await expectSentence(
        ["serve", folder.site, "--on", ground.rawValue, "--listen", "127.0.0.1:\(port)"], status: [1],
        mentions: "127.0.0.1:\(port)")
    }

    @Test(
      arguments: [
        ["--loss", "150%"], ["--loss", "abc"], ["--loss", "1.5"], ["--loss=-1%"], ["--loss", ""],
        ["--loss", "nan"], ["--reorder", "x"], ["--duplicate", "2"], ["--corrupt", "%"], ["--delay", "5"],
        ["--delay", "abc"], ["--delay=-5ms"], ["--delay", "5 parsecs"], ["--jitter", "ms"],
        ["--delay", "999999999999999s"], ["--rate", "10"], ["--rate", "0bit"], ["--rate", "fast"],
        ["--seed", "-1"], ["--seed", "x"], ["--pace", "1:0"], ["--pace", "quick"], ["--listen", "nowhere"],
        ["--listen", "127.0.0.1:99999"], ["--listen", "127.0.0.1"], ["--on", "moon"], ["--colour"],
        ["--loss"], ["--on", "kernel", "--pcap", "/dev/null"],
      ]
    ) func aWrongOptionIsSaid(_ options: [String]) async throws {
      // Its name, as a person would look for it.
      let name = options[0].split(separator: "=")[0]
      try await expectSentence(
        ["serve", "/tmp"] + options, status: [64], mentions: options.count > 2 ? "--pcap" : String(name))
    }

    @Test func aGroundThatIsNotBuiltYetIsSaid() async throws {
      for ground in ["nic"] {
        try await expectSentence(["serve", "/tmp", "--on", ground], status: [64, 69])
      }
    }

    @Test func whatIsNoCommandIsSaid() async throws {
      try await expectSentence(["fly"], status: [64], mentions: "fly")
      try await expectSentence(["--wings"], status: [64], mentions: "--wings")
      try await expectSentence(["serve", "/tmp", "/var"], status: [64], mentions: "/var")
      try await expectSentence(["get"], status: [64])
      for url in [
        "ftp://127.0.0.1/a", "https://127.0.0.1/a", "http://", "http://127.0.0.1:99999/",
      ] {
        try await expectSentence(["get", url, "-o", "/dev/null"], status: [64])
      }
      try await expectSentence(["replay"], status: [64])
    }

    @Test func helpAndVersionAreResults() async throws {
      for arguments in [
        ["--help"], ["serve", "--help"], ["get", "--help"], ["replay", "--help"], ["between", "--help"],
        ["hunt", "--help"],
      ] {
        let help = try await Strata.run(arguments, seconds: 20)
        #expect(help.isSuccess && help.output.contains("USAGE: strata"), "\(help.errors)")
        #expect(help.errors == "")
      }
      let version = try await Strata.run(["version"], seconds: 20)
      #expect(version.isSuccess && version.output.hasPrefix("strata "))
      let json = try await Strata.run(["version", "--json"], seconds: 20)
      #expect(json.isSuccess && json.output.hasPrefix("{\"format\": 1"))
    }

    @Test func theFirstScreenSaysWhereAndHow() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.write("site/a.txt", "first\n")
      let cable = ["--loss", "1%", "--delay", "5ms"]
      try await Server.serve(folder, cable) { server in
        #expect(server.child.output == "  open   \(server.url)\n", "the address alone on standard output")
        let screen = server.child.errors
        #expect(screen.contains("Serving \(folder.site) (1 file"))
        #expect(screen.contains("══ cable, 5 ms, 1% loss ══ 10.0.0.2:80 server"), "\(screen)")
        #expect(screen.contains("└ ARP, IP, TCP, HTTP: Strata at both ends, no root ┘"))
        #expect(screen.contains("stop: Ctrl-C"))
      }
    }

    @Test(.needs(.tool("curl"))) func theFirstRequestsStoryIsToldOnce() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.write("site/a.txt", "first\n")
      try await Server.serve(folder) { server in
        for _ in 0..<2 { try await Curl.fetch(server.url + "a.txt", to: "/dev/null") }
        try await server.stop()
        let said = server.child.errors.split(separator: "\n")
        #expect(said.count { $0.contains("GET /a.txt ") } == 2, "a line for each: \(server.child.errors)")
        for word in ["ARP ", "handshake ", "request ", "answer ", "no frame was lost"] {
          #expect(said.count { $0.contains("  \(word)") } == 1, "\(word): \(server.child.errors)")
        }
      }
    }

    @Test(.needs(.tool("curl"))) func quietIsQuiet() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.write("site/a.txt", "first\n")
      try await Server.serve(folder, ["--quiet"]) { server in
        try await Curl.fetch(server.url + "a.txt", to: "/dev/null")
        try await server.stop()
        #expect(server.child.errors == "")
      }
    }

    @Test func aDefaultPortThatIsBusyMovesToTheNext() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      let first = try Child(Strata.path, ["serve", folder.site])
      defer { first.end() }
      _ = try await first.wait(seconds: 20) { first.output.hasSuffix("/\n") ? true : nil }
      let second = try Child(Strata.path, ["serve", folder.site])
      defer { second.end() }
      _ = try await second.wait(seconds: 20) { second.output.hasSuffix("/\n") ? true : nil }
      #expect(RawClient.port(of: second.output) > RawClient.port(of: first.output))
    }
  }
}
