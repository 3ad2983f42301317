import Glibc
import StrataFiles
import StrataService
import StrataSockets
import StrataTemporary
import Testing

/// The file server before a client that is not ours.
@Suite(.enabled(if: Curl.isThere, "curl is not installed")) final class FileServerCurlTests {
  let folder = TemporaryFolder()
  let ground = KernelGround()
  let big = randomBytes(1 << 20)
  var server: FileServer<FolderStore>

  init() throws {
    folder.write(bytes: Array("big.bin".utf8), content: big)
    folder.write("a.txt", "hello\n")
    folder.write("sub/index.html", "<p>index</p>")
    folder.write("dir/one file.txt", "1")
    symlink("/etc/passwd", folder.path + "/out")
    let clock = WallClock(secondsAtStart: 1_700_000_000)
    server = FileServer(store: try FolderStore(path: folder.path), address: .loopback, clock: clock)
    try server.listen(ground.sockets)
  }

  var site: String { "http://\(server.localAddress!)" }

  func curl(_ arguments: String...) -> Curl.Result { Curl.run(arguments, ground, &server) }

  /// Head and body as `curl -i` prints them.
  func get(_ path: String, _ more: String...) -> String {
    Curl.run(["-i", "--path-as-is"] + more + [site + path], ground, &server).output
  }

  @Test func aFileArrivesByteForByte() throws {
    let target = folder.path + "/got"
    let result = curl("-o", target, "\(site)/big.bin")
    #expect(result.status == 0 && contents(target) == big)
    let taken = server.nextRecord()
    let record = try #require(taken)
    #expect(record.method == "GET" && record.target == "/big.bin" && record.status == 200)
    #expect(record.bytes == 1 << 20 && !record.isAborted)
    #expect(record.started <= record.firstByte && record.firstByte <= record.ended)
  }

  @Test func fiftySideBySideAreAllEqual() throws {
    let calls = (0..<50).map { ["-o", "\(folder.path)/got\($0)", "\(site)/big.bin"] }
    let results = Curl.runAll(calls, ground, &server)
    #expect(results.allSatisfy { $0.status == 0 })
    for n in 0..<50 { #expect(contents("\(folder.path)/got\(n)") == big) }
  }

  @Test func aHeadHasTheLengthAndNoBody() throws {
    let result = curl("-I", "\(site)/big.bin")
    #expect(result.output.hasPrefix("HTTP/1.1 200 OK\r\n"))
    for line in [
      "Content-Length: 1048576\r\n", "Accept-Ranges: bytes\r\n", "Content-Type: application/octet-stream\r\n",
      "Server: strata\r\n", "Date: Tue, 14 Nov 2023 22:13:2", "ETag: \"100000-", "Last-Modified: ",
    ] {
      #expect(result.output.contains(line), "\(line)")
    }
    #expect(result.output.hasSuffix("\r\n\r\n"))
  }

  @Test func aRangeIsAPartOfTheFile() throws {
    let target = folder.path + "/got"
    let url = "\(site)/big.bin"
    _ = curl("-r", "1000-70999", "-o", target, url)
    #expect(contents(target) == Array(big[1_000..<71_000]))
    _ = curl("-r", "-500", "-o", target, url)
    #expect(contents(target) == Array(big[(1 << 20 - 500)...]))
    let head = get("/a.txt", "-r", "1-3")
    #expect(head.contains("206 Partial Content") && head.contains("Content-Range: bytes 1-3/6\r\n"))
    #expect(head.hasSuffix("\r\n\r\nell"))
    let beyond = get("/a.txt", "-r", "6-")
    #expect(beyond.hasPrefix("HTTP/1.1 416 ") && beyond.contains("Content-Range: bytes */6\r\n"))
  }

  @Test func ifRangeDecidesWhetherAPartIsSent() throws {
    let head = get("/a.txt", "-I")
    let tag = try #require(head.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }).dropFirst(6)
    let same = get("/a.txt", "-H", "Range: bytes=0-1", "-H", "If-Range: \(tag)")
    #expect(same.hasPrefix("HTTP/1.1 206"))
    let other = get("/a.txt", "-H", "Range: bytes=0-1", "-H", "If-Range: \"x\"")
    #expect(other.hasPrefix("HTTP/1.1 200") && other.hasSuffix("hello\n"))
  }

  @Test func whatTheClientHasIsNotSentAgain() throws {
    let lines = get("/a.txt", "-I").split(separator: "\r\n")
    let tag = try #require(lines.first { $0.hasPrefix("ETag: ") }).dropFirst(6)
    let date = try #require(lines.first { $0.hasPrefix("Last-Modified: ") }).dropFirst(15)
    let byTag = get("/a.txt", "-H", "If-None-Match: \(tag)")
    #expect(byTag.hasPrefix("HTTP/1.1 304 ") && byTag.hasSuffix("\r\n\r\n"))
    #expect(get("/a.txt", "-H", "If-Modified-Since: \(date)").hasPrefix("HTTP/1.1 304 "))
    #expect(get("/a.txt", "-H", "If-Match: \"x\"").hasPrefix("HTTP/1.1 412 "))
    #expect(get("/a.txt", "-H", "If-None-Match: \"x\"").hasPrefix("HTTP/1.1 200 "))
  }

  @Test func nothingLeadsOutOfTheFolder() throws {
    for path in [
      "/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc/passwd", "/out",
      "/sub/../../etc/passwd", "/a.txt%00.html", "/%c0%ae%c0%ae/etc/passwd", "/.%2e/etc/passwd",
      "//etc/passwd", "/%zz", "/%",
    ] {
      let answer = get(path)
      #expect(!answer.contains("root:"), "\(path)")
      #expect(
        ["400", "403", "404"].contains { answer.hasPrefix("HTTP/1.1 \($0) ") },
        "\(path) \(answer.prefix(20))")
    }
  }

  @Test func foldersAreListedOrShowTheirIndex() throws {
    let listing = get("/dir/")
    #expect(listing.hasPrefix("HTTP/1.1 200 "))
    #expect(listing.contains("<a href=\"./one%20file.txt\">one file.txt</a>"))
    #expect(get("/dir/one%20file.txt").hasSuffix("\r\n\r\n1"))
    #expect(get("/sub/").hasSuffix("<p>index</p>"))
    let moved = get("/dir?x=1")
    #expect(moved.hasPrefix("HTTP/1.1 301 ") && moved.contains("Location: /dir/?x=1\r\n"))
    #expect(get("/a.txt/").hasPrefix("HTTP/1.1 404 "))
    #expect(get("/none").hasPrefix("HTTP/1.1 404 "))
  }

  @Test func otherMethodsAreNotAllowed() throws {
    let put = get("/a.txt", "-T", folder.path + "/big.bin", "-H", "Expect: 100-continue")
    #expect(put.hasPrefix("HTTP/1.1 405 ") && put.contains("Allow: GET, HEAD, OPTIONS\r\n"))
    let options = get("/a.txt", "-X", "OPTIONS")
    #expect(options.hasPrefix("HTTP/1.1 204 ") && options.contains("Allow: GET, HEAD, OPTIONS\r\n"))
    let body = get("/a.txt", "-X", "GET", "-d", "some content", "-H", "Expect: 100-continue")
    #expect(body.hasPrefix("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n") && body.hasSuffix("hello\n"))
  }

  @Test func oneConnectionServesTwoRequests() throws {
    let url = "\(site)/a.txt"
    let result = curl(url, url, "-w", "%{num_connects} ")
    #expect(result.output == "hello\n1 hello\n0 ")
  }
}
