import Glibc
import StrataCheckout
import Testing

extension InteropTests {
  /// What a client may ask for, and what it is told.
  @Suite(.serialized, .needs(.tool("curl"))) struct Requests {
    private func serving(
      on ground: Ground, _ body: (Server, WorkFolder) async throws -> Void
    ) async throws {
      let folder = WorkFolder()
      defer { folder.remove() }
      folder.writeRandom("site/random.bin", count: 300_000)
      folder.write("site/a.txt", "first\n")
      folder.write("site/b.txt", "second\n")
      folder.write("site/deep/c d.txt", "third\n")
      folder.write("secret.txt", "nobody may read this\n")
      folder.link("site/way-out.txt", to: folder["secret.txt"])
      folder.link("site/up", to: "..")
      try await Server.serve(folder, on: ground) { try await body($0, folder) }
    }

    @Test(arguments: Ground.allCases) func aRangeIsExactlyWhatWasAskedFor(on ground: Ground) async throws {
      try await serving(on: ground) { server, folder in
        let url = server.url + "random.bin"
        for (range, part) in [
          ("100000-199999", 100_000..<200_000), ("299999-", 299_999..<300_000), ("-1000", 299_000..<300_000),
          ("250000-999999", 250_000..<300_000),
        ] {
          let outcome = try await Curl.run(
            ["--range", range, "--output", folder["part"], "--dump-header", "-", url])
          let answer = Answer(outcome.output)
          #expect(answer.status == 206)
          #expect(answer["content-range"] == "bytes \(part.lowerBound)-\(part.upperBound - 1)/300000")
          let wanted = folder.bytes("site/random.bin", from: part.lowerBound, count: part.count)
          #expect(folder.bytes("part") == wanted, "range \(range)")
        }
        let beyond = try await Curl.ask(url, ["--range", "300000-"])
        #expect(beyond.status == 416)
        #expect(beyond["content-range"] == "bytes */300000")
      }
    }

    @Test(arguments: Ground.allCases) func aHeadIsTheSameWithoutContent(on ground: Ground) async throws {
      try await serving(on: ground) { server, _ in
        let head = try await Curl.ask(server.url + "random.bin", ["--head"])
        #expect(head.status == 200)
        #expect(head["content-length"] == "300000")
        #expect(head["content-type"] == "application/octet-stream")
        #expect(head["accept-ranges"] == "bytes")
        #expect(head["etag"]?.hasPrefix("\"") == true && head["last-modified"] != nil && head["date"] != nil)
        #expect(head.body == "")
        // The connection is still in step: the next answer is read as its own.
        let outcome = try await Curl.run(
          [
            "--head", server.url + "a.txt", "--next", "--silent", "--write-out", "%{num_connects}",
            server.url + "b.txt",
          ])
        #expect(outcome.output.hasSuffix("second\n0"), "\(outcome.output)")
      }
    }

    @Test(arguments: Ground.allCases) func whatHasNotChangedIsNotSentAgain(on ground: Ground) async throws {
      try await serving(on: ground) { server, folder in
        let url = server.url + "a.txt"
        let first = try await Curl.ask(url)
        #expect(first.status == 200 && first.body == "first\n")
        let tag = try #require(first["etag"])
        let date = try #require(first["last-modified"])
        let again = try await Curl.ask(url, ["--header", "If-None-Match: \(tag)"])
        #expect(again.status == 304 && again.body == "" && again["etag"] == tag)
        #expect(try await Curl.ask(url, ["--header", "If-None-Match: \"x\", \(tag)"]).status == 304)
        #expect(try await Curl.ask(url, ["--header", "If-Modified-Since: \(date)"]).status == 304)
        #expect(try await Curl.ask(url, ["--header", "If-None-Match: \"x\""]).status == 200)
        #expect(try await Curl.ask(url, ["--header", "If-Match: \"x\""]).status == 412)
        let part = ["--header", "Range: bytes=0-1"]
        #expect(try await Curl.ask(url, part + ["--header", "If-Range: \(tag)"]).body == "fi")
        #expect(try await Curl.ask(url, part + ["--header", "If-Range: \"x\""]).body == "first\n")

        folder.write("site/a.txt", "changed\n")
        let changed = try await Curl.ask(url, ["--header", "If-None-Match: \(tag)"])
        #expect(changed.status == 200 && changed.body == "changed\n" && changed["etag"] != tag)
      }
    }

    @Test(arguments: Ground.allCases) func twoRequestsShareAConnection(on ground: Ground) async throws {
      try await serving(on: ground) { server, _ in
        let outcome = try await Curl.run(
          ["--write-out", "%{http_code} %{num_connects}\n", server.url + "a.txt", server.url + "b.txt"])
        #expect(outcome.output == "first\n200 1\nsecond\n200 0\n")
        let closed = try await Curl.run(
          [
            "--write-out", "%{num_connects}\n", "--header", "Connection: close", server.url + "a.txt",
            server.url + "b.txt",
          ])
        #expect(closed.output == "first\n1\nsecond\n1\n")
        let old = try await Curl.ask(server.url + "a.txt", ["--http1.0"])
        #expect(old.status == 200 && old.body == "first\n")
      }
    }

    @Test(arguments: Ground.allCases) func whatIsNotThereIsSaidToBeMissing(on ground: Ground) async throws {
      try await serving(on: ground) { server, _ in
        let missing = try await Curl.ask(server.url + "nothing.txt")
        #expect(missing.status == 404)
        #expect(missing["content-type"]?.hasPrefix("text/html") == true && missing.body.contains("404"))
        #expect(try await Curl.ask(server.url + "a.txt/").status == 404)
        #expect(try await Curl.ask(server.url + "a.txt/b").status == 404)
        let post = try await Curl.ask(server.url + "a.txt", ["--data", "x=1"])
        #expect(post.status == 405 && post["allow"]?.contains("GET") == true)
        #expect(try await Curl.ask(server.url + "a.txt", ["--request", "DELETE"]).status == 405)
        let long = try await Curl.ask(server.url + String(repeating: "x", count: 5_000))
        #expect(long.status == 414 || long.status == 431)
      }
    }

    @Test(arguments: Ground.allCases) func nothingLeadsOutOfTheFolder(on ground: Ground) async throws {
      try await serving(on: ground) { server, _ in
        for path in [
          "../secret.txt", "..%2fsecret.txt", "%2e%2e/secret.txt", "%2e%2e%2fsecret.txt", ".%2e/secret.txt",
          "deep/../../secret.txt", "deep/%2e%2e/%2e%2e/secret.txt", "./../secret.txt", "..%5csecret.txt",
          "%252e%252e/secret.txt", "..;/secret.txt", "a.txt%00/../../secret.txt", "a.txt%00", "up/secret.txt",
          "way-out.txt", "up/", "/../secret.txt", "%c0%ae%c0%ae/secret.txt", "../../../../../../etc/passwd",
        ] {
          let answer = try await Curl.ask(server.url + path)
          #expect([400, 403, 404].contains(answer.status), "\(path) is answered with \(answer.status)")
          #expect(!answer.body.contains("nobody may read this") && !answer.body.contains("root:"), "\(path)")
        }
        #expect(try await Curl.ask(server.url + "a.txt").body == "first\n", "it still serves")
      }
    }

    @Test(arguments: Ground.allCases) func aFolderIsListedWithWorkingLinks(on ground: Ground) async throws {
      try await serving(on: ground) { server, folder in
        let list = try await Curl.ask(server.url)
        #expect(list.status == 200 && list["content-type"]?.hasPrefix("text/html") == true)
        for name in ["a.txt", "b.txt", "deep/", "random.bin"] { #expect(list.body.contains(">\(name)</a>")) }
        #expect(!list.body.contains("way-out") && !list.body.contains("secret"))

        let redirect = try await Curl.ask(server.url + "deep?x=1")
        #expect(
          [301, 308].contains(redirect.status) && redirect["location"]?.hasSuffix("/deep/?x=1") == true)
        let deep = try await Curl.ask(server.url + "deep", ["--location"])
        #expect(deep.status == 301, "curl shows each head; the page follows: \(deep.body.prefix(40))")
        #expect(deep.body.contains("./c%20d.txt"))
        #expect(try await Curl.ask(server.url + "deep/c%20d.txt").body == "third\n")

        folder.write("site/deep/index.html", "<p>my own page\n")
        #expect(try await Curl.ask(server.url + "deep/").body == "<p>my own page\n")
      }
    }

    @Test(arguments: Ground.allCases) func nonsenseIsAnsweredAndClosed(on ground: Ground) async throws {
      try await serving(on: ground) { server, _ in
        for (message, status) in [
          ("NONSENSE\r\n\r\n", "400"), ("GET / HTTP/3.0\r\nHost: a\r\n\r\n", "505"),
          ("GET / HTTP/1.1\r\n\r\n", "400"),
          ("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", "400"),
        ] {
          let answer = try RawClient.exchange(server.url, message)
          #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(message) is answered with \(answer.prefix(40))")
        }
        let two =
          "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\nGET /b.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        let answers = try RawClient.exchange(server.url, two)
        #expect(answers.contains("first\n") && answers.hasSuffix("second\n"), "pipelined: \(answers)")
      }
    }

    @Test(arguments: Ground.allCases) func whoComesAfterARefusedUploadIsServed(on ground: Ground) async throws
    {
      try await serving(on: ground) { server, _ in
        let head = "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "x", count: 200_000) + "\r\n\r\n"
        let next = "GET /a.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        for _ in 0..<3 {
          let refused = try RawClient.exchange(server.url, head)
          #expect(refused.hasPrefix("HTTP/1.1 431 "), "\(refused.prefix(40))")
          // At once, while the rest of what was refused is still on its way through the cable.
          let answer = try RawClient.exchange(server.url, next, seconds: 5)
          #expect(answer.hasSuffix("first\n"), "\(answer)")
        }
      }
    }

    @Test(arguments: Ground.allCases) func aClientThatHasSaidAllIsStillAnswered(on ground: Ground)
      async throws
    {
      try await serving(on: ground) { server, _ in
        let answer = try RawClient.exchange(
          server.url, "GET /a.txt HTTP/1.1\r\nHost: a\r\n\r\n", halfClosing: true)
        #expect(answer.hasSuffix("first\n"), "\(answer)")
      }
    }
  }
}
