import Glibc
import StrataBase
import StrataFiles
import StrataHTTP
import StrataService
import StrataSockets
import StrataTemporary
import Testing

/// What RFC 9110 lets clients ask of a file server, and how it says no.
@Suite struct FileServerSemanticsTests {
  typealias Pair = Both<FileServer<FolderStore>, RawClient>
  let folder = TemporaryFolder()
  let ground = KernelGround()
  static let text = (0..<4_000).map { "line \($0) of the same text\n" }.joined()

  init() {
    folder.write("a.txt", "hello\n")
    folder.write("long.txt", Self.text)
    folder.write(bytes: Array("long.bin".utf8), content: randomBytes(100_000))
  }

  func pair(_ limits: ServerLimits = .init(), names: [String] = [], says text: String) throws -> Pair {
    var server = FileServer(
      store: try FolderStore(path: folder.path), address: .loopback,
      clock: WallClock(secondsAtStart: 2_000_000_000),
      limits: limits, codings: .system, names: names)
    try server.listen(ground.sockets)
    var client = RawClient(server.localAddress!, says: text)
    client.start(ground.sockets)
    return Both(a: server, b: client)
  }

  /// The whole answer to one request, which closes the connection.
  func answer(_ path: String, _ more: String = "", method: String = "GET") throws -> String {
    var pair = try pair(
      says: "\(method) \(path) HTTP/1.1\r\nHost: x\r\n\(more)Connection: close\r\n\r\n")
    #expect(ground.run(&pair) { $0.b.isOver })
    return pair.b.text
  }

  static func field(_ name: String, _ answer: String) -> String? {
    let head = answer.split(separator: "\r\n\r\n")[0]
    let line = head.split(separator: "\r\n").first { $0.hasPrefix(name + ": ") }
    return line.map { String($0.dropFirst(name.count + 2)) }
  }

  @Test func severalRangesAreSentInParts() throws {
    let text = try answer("/a.txt", "Range: bytes=0-1,4-\r\n")
    #expect(text.hasPrefix("HTTP/1.1 206 Partial Content\r\n"))
    let type = try #require(Self.field("Content-Type", text))
    #expect(Self.field("Content-Range", text) == nil)
    let boundary = try #require(type.split(separator: "boundary=").last)
    let content = """
      --\(boundary)\r
      Content-Type: text/plain; charset=utf-8\r
      Content-Range: bytes 0-1/6\r
      \r
      he\r
      --\(boundary)\r
      Content-Type: text/plain; charset=utf-8\r
      Content-Range: bytes 4-5/6\r
      \r
      o
      \r
      --\(boundary)--\r

      """
    #expect(text.hasSuffix("\r\n\r\n" + content))
    #expect(Self.field("Content-Length", text) == "\(content.utf8.count)")
  }

  @Test func overlappingAndTooManyRangesGetAllOfIt() throws {
    let many = (0..<17).map { "\($0)-\($0)" }.joined(separator: ",")
    for ranges in ["0-3,2-5", many] {
      #expect(try answer("/long.txt", "Range: bytes=\(ranges)\r\n").hasPrefix("HTTP/1.1 200 OK\r\n"))
    }
    let sixteen = (0..<16).map { "\($0 * 10)-\($0 * 10)" }.joined(separator: ",")
    let parts = try answer("/long.txt", "Range: bytes=\(sixteen)\r\n")
    #expect(parts.hasPrefix("HTTP/1.1 206 ") && parts.split(separator: "Content-Range: ").count == 17)
  }

  @Test(arguments: [
    ("POST", 405), ("PUT", 405), ("DELETE", 405), ("PATCH", 405), ("TRACE", 405), ("BREW", 501),
    ("get", 501), ("OPTIONS", 204),
  ]) func methodsAreServedRefusedOrUnknown(_ method: String, _ status: Int) throws {
    let text = try answer("/a.txt", method: method)
    #expect(text.hasPrefix("HTTP/1.1 \(status) ") && Self.field("Allow", text) == "GET, HEAD, OPTIONS")
  }

  @Test func theServerAsAWholeHasOptionsAndNoTunnels() throws {
    #expect(try answer("*", method: "OPTIONS").hasPrefix("HTTP/1.1 204 "))
    #expect(try answer("example.org:443", method: "CONNECT").hasPrefix("HTTP/1.1 405 "))
  }

  @Test func anUnknownExpectationFails() throws {
    #expect(try answer("/a.txt", "Expect: tea\r\n").hasPrefix("HTTP/1.1 417 "))
    #expect(try answer("/a.txt", "Expect: 100-continue\r\n").hasPrefix("HTTP/1.1 200 "))
  }

  @Test func anOfferedUpgradeIsNotTaken() throws {
    let text = try answer("/a.txt", "Upgrade: h2c, websocket\r\nConnection: Upgrade, HTTP2-Settings\r\n")
    #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && text.hasSuffix("\r\n\r\nhello\n"))
  }

  @Test func aWholeURIIsServedIfItIsOurs() throws {
    var pair = try pair(names: ["www.Example.org"], says: "")
    let port = pair.a.localAddress!.port
    for (authority, status) in [
      ("127.0.0.1:\(port)", 200), ("localhost:\(port)", 200), ("www.example.ORG", 200),
      ("example.com", 421), ("127.0.0.1", 421), ("127.0.0.1:\(port &+ 1)", 421),
    ] {
      pair.b.input = []
      pair.b.say("GET http://\(authority)/a.txt HTTP/1.1\r\nHost: x\r\n\r\n", ground.sockets)
      #expect(ground.run(&pair) { $0.a.nextRecord() != nil })
      #expect(ground.run(&pair) { !$0.b.input.isEmpty })
      #expect(pair.b.text.hasPrefix("HTTP/1.1 \(status) "), "\(authority) \(pair.b.text.prefix(20))")
    }
  }

  @Test func packedContentHasATagOfItsOwn() throws {
    try #require(GzipCompressor() != nil, "libz.so.1 is not here")
    let plain = try answer("/long.txt")
    let packed = try answer("/long.txt", "Accept-Encoding: gzip\r\n")
    let tag = try #require(Self.field("ETag", packed))
    #expect(tag.hasSuffix("-gzip\"") && tag != Self.field("ETag", plain))
    #expect(Self.field("Content-Encoding", packed) == "gzip")
    #expect(Self.field("Vary", packed) == "Accept-Encoding" && Self.field("Vary", plain) == "Accept-Encoding")
    #expect(Self.field("Content-Length", packed) == nil && packed.utf8.count < plain.utf8.count / 3)
    let same = try answer("/long.txt", "Accept-Encoding: gzip\r\nIf-None-Match: \(tag)\r\n")
    #expect(same.hasPrefix("HTTP/1.1 304 ") && Self.field("Vary", same) == "Accept-Encoding")
    // Who has the packed bytes has not the plain ones.
    #expect(try answer("/long.txt", "If-None-Match: \(tag)\r\n").hasPrefix("HTTP/1.1 200 "))
    let part = try answer("/long.txt", "Accept-Encoding: gzip\r\nRange: bytes=0-3\r\n")
    #expect(part.hasPrefix("HTTP/1.1 206 ") && part.hasSuffix("\r\n\r\nline"))
    let head = try answer("/long.txt", "Accept-Encoding: gzip\r\n", method: "HEAD")
    #expect(Self.field("Content-Encoding", head) == "gzip" && head.hasSuffix("\r\n\r\n"))
  }

  @Test func whatDoesNotShrinkIsSentAsItIs() throws {
    for path in ["/a.txt", "/long.bin"] {
      let text = try answer(path, "Accept-Encoding: gzip, zstd\r\n")
      #expect(Self.field("Content-Encoding", text) == nil && Self.field("Vary", text) == nil)
      #expect(try answer(path, "Accept-Encoding: identity;q=0\r\n").hasPrefix("HTTP/1.1 406 "))
    }
  }

  @Test func trailersGoToThoseWhoReadThem() throws {
    try #require(GzipCompressor() != nil, "libz.so.1 is not here")
    let told = try answer("/long.txt", "Accept-Encoding: gzip\r\nTE: trailers\r\nConnection: TE\r\n")
    #expect(
      Self.field("Trailer", told) == "Server-Timing"
        && told.hasSuffix("\r\nServer-Timing: total;dur=0\r\n\r\n"))
    let untold = try answer("/long.txt", "Accept-Encoding: gzip\r\nTE: trailers\r\n")
    #expect(Self.field("Trailer", untold) == nil && untold.hasSuffix("\r\n0\r\n\r\n"))
  }

  @Test func aReaderBelowTheLeastRateIsReset() throws {
    folder.write(bytes: Array("big".utf8), content: randomBytes(32 << 20))
    var pair = try pair(says: "GET /big HTTP/1.1\r\nHost: x\r\n\r\n")
    pair.b.appetite = 10
    #expect(ground.run(&pair) { $0.b.input.count == 10 && $0.a.nextDeadline == .start + .seconds(30) })
    // It takes something just before it would count as silent, and much: that is rate enough.
    ground.sockets.now = .start + .seconds(29)
    pair.b.appetite = 8 << 20
    pair.b.move(ground.sockets)
    #expect(ground.run(&pair) { $0.b.input.count == 8 << 20 })
    ground.sockets.now = .start + .seconds(30)
    #expect(ground.run(&pair) { $0.a.nextDeadline == .start + .seconds(40) })
    #expect(pair.a.connectionCount == 1)
    // Now nothing, although it was not silent for thirty seconds. What the client's system still took by
    // itself may count for the first ten of them.
    for second in [40, 50] as [Int64] where pair.a.connectionCount > 0 {
      ground.sockets.now = .start + .seconds(second)
      let next = ground.sockets.now + .seconds(10)
      #expect(ground.run(&pair) { $0.a.connectionCount == 0 || $0.a.nextDeadline == next })
    }
    #expect(pair.a.connectionCount == 0)
    #expect(pair.a.nextRecord()?.isAborted == true)
  }

  @Test func contentBelowTheLeastRateIsNotWaitedFor() throws {
    var pair = try pair(says: "POST /a.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
    #expect(ground.run(&pair) { $0.a.nextRecord() != nil })
    for second in 1...29 as ClosedRange<Int64> {
      #expect(ground.run(&pair) { _ in true })
      ground.sockets.now = .start + .seconds(second)
      pair.b.say("x", ground.sockets)
    }
    #expect(ground.run(&pair) { $0.a.nextDeadline == .start + .seconds(30) })
    #expect(pair.a.connectionCount == 1)
    ground.sockets.now = .start + .seconds(30)
    #expect(ground.run(&pair) { $0.a.connectionCount == 0 })
  }

  @Test func aStoppingServerSaysClose() throws {
    var pair = try pair(says: "GET /a.txt HTTP/1.1\r\nHo")
    #expect(ground.run(&pair) { $0.a.connectionCount == 1 && $0.a.nextDeadline == .start + .seconds(10) })
    pair.a.stop(ground.sockets)
    pair.b.say("st: x\r\n\r\n", ground.sockets)
    #expect(ground.run(&pair) { $0.b.isOver })
    #expect(Self.field("Connection", pair.b.text) == "close" && pair.b.text.hasSuffix("\r\n\r\nhello\n"))
  }
}

/// The codings before a decoder that is not ours.
@Suite(.enabled(if: Curl.isThere, "curl is not installed")) struct CodingsCurlTests {
  let folder = TemporaryFolder()
  let ground = KernelGround()

  @Test(arguments: [1_024, 65_535, 65_536, 65_537, 1_000_000])
  func curlUnpacksWhatWasPacked(_ size: Int) throws {
    try #require(GzipCompressor() != nil, "libz.so.1 is not here")
    let line = Array("what repeats itself is worth packing, \(size)\n".utf8)
    let content = (0..<size).map { $0 % 7_919 == 0 ? 0x2a : line[$0 % line.count] }
    folder.write(bytes: Array("a.txt".utf8), content: content)
    var server = FileServer(
      store: try FolderStore(path: folder.path), address: .loopback, clock: WallClock(secondsAtStart: 0),
      codings: .system)
    try server.listen(ground.sockets)
    let target = folder.path + "/got"
    let url = "http://\(server.localAddress!)/a.txt"
    for arguments in [["--compressed"], ["--compressed", "--http1.0"]] {
      let result = Curl.run(arguments + ["-o", target, url], ground, &server)
      #expect(result.status == 0 && contents(target) == content)
      let record = server.nextRecord()
      #expect((record?.bytes ?? .max) < UInt64(size))
    }
  }
}
