import Glibc
import StrataCheckout
import Testing

extension InteropTests {
  /// Ctrl-C: the first lets what is under way finish, the second ends at once.
  @Suite(.serialized, .needs(.tool("curl"))) struct Interrupts {
    /// Interrupts a server in the middle of a download that takes about four seconds.
    private func interrupting(
      on ground: Ground, signal: Int32 = SIGINT, _ body: (Server, Child, WorkFolder) async throws -> Void
    ) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.writeRandom("site/random.bin", count: 16 << 20)
      let server = try await Server(folder, on: ground)
      defer { server.child.end() }
      let curl = try Child(
        "curl",
        Curl.arguments(
          ["--limit-rate", "4M", "--output", folder["random.bin"], server.url + "random.bin"], seconds: 60))
      defer { curl.end() }
      try await curl.wait(seconds: 20) { (folder.size("random.bin") ?? 0) > 1 << 20 ? () : nil }
      server.child.signal(signal)
      try await server.child.wait(seconds: 10) {
        server.child.errors.contains("stopping: 1 connection") ? () : nil
      }
      try await body(server, curl, folder)
    }

    @Test(arguments: Ground.allCases) func theFirstLetsADownloadFinish(on ground: Ground) async throws {
      try await interrupting(on: ground) { server, curl, folder in
        #expect(throws: RawClient.Failure.self, "nobody new is let in") {
          close(try RawClient.connect(port: RawClient.port(of: server.url), seconds: 5))
        }
        #expect(server.child.poll() == nil)
        #expect(try await curl.wait(seconds: 60) == .exited(0), "\(curl.errors)")
        #expect(try await server.child.wait(seconds: 20) == .exited(0), "\(server.child.errors)")
        let digests = try await folder.digests(["site/random.bin", "random.bin"])
        #expect(digests.count == 2 && digests[0] == digests[1])
      }
    }

    @Test(arguments: Ground.allCases) func theSecondEndsAtOnce(on ground: Ground) async throws {
      try await interrupting(on: ground) { server, curl, _ in
        #expect(curl.poll() == nil, "the download is still under way")
        server.child.signal(SIGINT)
        _ = try await server.child.wait(seconds: 5)
        #expect(try await curl.wait(seconds: 20) != .exited(0), "curl sees that the rest does not come")
      }
    }

    @Test func aRequestToTerminateIsTheSame() async throws {
      try await interrupting(on: .cable, signal: SIGTERM) { server, curl, _ in
        let endings = [try await curl.wait(seconds: 60), try await server.child.wait(seconds: 20)]
        #expect(endings == [.exited(0), .exited(0)], "\(curl.errors)\(server.child.errors)")
      }
    }

    @Test func aClientThatStopsInTheMiddleOfItsRequestDoesNotHoldUpTheEnd() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      try await Server.serve(folder, on: .cable) { server in
        let silent = try RawClient.connect(port: RawClient.port(of: server.url), seconds: 10)
        defer { close(silent) }
        #expect(send(silent, "GET / HT", 8, Int32(MSG_NOSIGNAL)) == 8)
        try await Task.sleep(for: .milliseconds(100))
        try await server.stop()
      }
    }

    @Test(arguments: Ground.allCases) func anIdleConnectionDoesNotHoldUpTheEnd(on ground: Ground) async throws
    {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.write("site/a.txt", "first\n")
      try await Server.serve(folder, on: ground) { server in
        let port = RawClient.port(of: server.url)
        let idle = try RawClient.connect(port: port, seconds: 10)
        defer { close(idle) }
        let request = Array("GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
        send(idle, request, request.count, Int32(MSG_NOSIGNAL))
        var answer = [UInt8](repeating: 0, count: 4_096)
        #expect(recv(idle, &answer, answer.count, 0) > 0)
        let started = ContinuousClock.now
        try await server.stop()
        #expect(ContinuousClock.now - started < .seconds(10))
      }
    }
  }
}
