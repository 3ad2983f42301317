import Glibc
import StrataCheckout
import Testing

extension InteropTests {
  /// `strata get` as the client.
  @Suite(.serialized) struct Fetching {
    @Test(arguments: Ground.allCases, Ground.allCases)
    func whatIsFetchedIsWhatIsServed(from server: Ground, on client: Ground) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.writeRandom("site/random.bin", count: 8 << 20)
      try await Server.serve(folder, on: server) { server in
        let outcome = try await Strata.run(
          ["get", server.url + "random.bin", "-o", folder["random.bin"], "--on", client.rawValue])
        #expect(outcome.isSuccess, "\(outcome.errors)")
        #expect(outcome.output == "", "standard output carries results only")
        let digests = try await folder.digests(["site/random.bin", "random.bin"])
        #expect(digests.count == 2 && digests[0] == digests[1])
      }
    }

    @Test(.needs(.tool("python3"))) func aServerThatOthersWroteIsRead() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.writeRandom("site/random.bin", count: 1 << 20)
      let python = try Child(
        "python3", ["-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", folder.site])
      defer { python.end() }
      let port = try await python.wait(seconds: 20) { () -> Substring? in
        // "Serving HTTP on 127.0.0.1 port 40123 (http://127.0.0.1:40123/) ..."
        let words = python.output.split(separator: " ")
        return words.firstIndex(of: "port").flatMap { $0 + 2 < words.count ? words[$0 + 1] : nil }
      }
      for ground in Ground.allCases {
        let target = "http://127.0.0.1:\(port)/random.bin"
        let outcome = try await Strata.run(["get", target, "-o", folder["got"], "--on", ground.rawValue])
        #expect(outcome.isSuccess, "\(outcome.errors)")
        #expect(folder.bytes("got") == folder.bytes("site/random.bin"))
      }
    }

    @Test(arguments: Ground.allCases) func aRedirectIsFollowed(on ground: Ground) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.write("site/a b/index.html", "behind a redirect\n")
      try await Server.serve(folder) { server in
        let outcome = try await Strata.run(
          ["get", server.url + "a%20b", "-o", folder["got"], "--on", ground.rawValue])
        #expect(outcome.isSuccess && folder.text("got") == "behind a redirect\n", "\(outcome.errors)")
      }
    }

    @Test(.needs(.tool("python3"))) func redirectsWithoutEndAndToOtherSchemesFail() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.write(
        "redirect.py",
        """
        import http.server
        class Redirect(http.server.BaseHTTPRequestHandler):
          def do_GET(self):
            self.send_response(302)
            self.send_header("Location", "https://127.0.0.1/" if self.path == "/tls" else "/again")
            self.send_header("Content-Length", "0")
            self.end_headers()
        server = http.server.HTTPServer(("127.0.0.1", 0), Redirect)
        print(server.server_port, flush=True)
        server.serve_forever()
        """)
      let python = try Child("python3", ["-u", folder["redirect.py"]])
      defer { python.end() }
      let port = try await python.wait(seconds: 20) { () -> Int? in
        python.output.split(separator: "\n").first.flatMap { Int($0) }
      }
      for (path, sentence) in [("again", "redirects without end"), ("tls", "no http URL")] {
        let outcome = try await Strata.run(
          ["get", "http://127.0.0.1:\(port)/\(path)", "-o", folder["got"], "--on", "kernel", "-q"])
        #expect(outcome.ending == .exited(1) && outcome.errors.contains(sentence), "\(outcome.errors)")
        #expect(folder.size("got") == nil && folder.size("got.part") == nil)
      }
    }

    @Test func aDashIsStandardOutput() async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.write("site/a.txt", "first\n")
      try await Server.serve(folder) { server in
        let outcome = try await Strata.run(["get", server.url + "a.txt", "-o", "-"])
        #expect(outcome.isSuccess && outcome.output == "first\n", "\(outcome.errors)")
      }
    }

    @Test(arguments: Ground.allCases) func aRefusedPortIsSaidInOneSentence(on ground: Ground) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      let (socket, port) = try RawClient.listen()
      close(socket)
      let outcome = try await Strata.run(
        ["get", "http://127.0.0.1:\(port)/a", "-o", folder["got"], "--on", ground.rawValue])
      #expect(outcome.ending == .exited(1))
      #expect(outcome.errorLines.count == 1 && outcome.errors.hasPrefix("strata: "), "\(outcome.errors)")
      #expect(outcome.errors.contains("nobody listens"), "\(outcome.errors)")
      #expect(folder.size("got") == nil, "no file is left where nothing came")
    }

    @Test(arguments: Ground.allCases) func aMissingFileFails(on ground: Ground) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      try await Server.serve(folder) { server in
        let outcome = try await Strata.run(
          ["get", server.url + "nothing", "-o", folder["got"], "--on", ground.rawValue])
        #expect(outcome.ending == .exited(1))
        #expect(outcome.errorLines.count == 1 && outcome.errors.contains("404"), "\(outcome.errors)")
        #expect(folder.size("got") == nil)
      }
    }
  }
}
