import Glibc
import StrataBase
import StrataFiles
import StrataService
import StrataSockets
import Testing

/// The file server, byte by byte.
@Suite struct FileServerTests {
  typealias Pair = Both<FileServer<FolderStore>, RawClient>
  let folder = TemporaryFolder()
  let ground = KernelGround()

  func pair(_ limits: ServerLimits = .init(), says text: String) throws -> Pair {
    folder.write("a.txt", "hello\n")
    var server = FileServer(
      store: try FolderStore(path: folder.path), address: .loopback,
      clock: WallClock(secondsAtStart: 0), limits: limits)
    try server.listen(ground.sockets)
    var client = RawClient(server.localAddress!, says: text)
    client.start(ground.sockets)
    return Both(a: server, b: client)
  }

  func answer(to text: String) throws -> String {
    var pair = try pair(says: text)
    #expect(ground.run(&pair) { $0.b.isOver })
    return pair.b.text
  }

  static func get(_ path: String, _ more: String = "") -> String {
    "GET \(path) HTTP/1.1\r\nHost: x\r\n\(more)\r\n"
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() throws {
    let text = try answer(
      to: Self.get("/a.txt") + "HEAD /a.txt HTTP/1.1\r\nHost: x\r\n\r\n" + Self.get("/none")
        + Self.get("/a.txt", "Connection: close\r\n"))
    let statuses = text.split(separator: "HTTP/1.1 ").map { $0.prefix(3) }
    #expect(statuses == ["200", "200", "404", "200"])
    #expect(text.hasSuffix("Connection: close\r\nContent-Length: 6\r\n\r\nhello\n"))
  }

  @Test func aHalfClosedClientGetsItsAnswer() throws {
    var pair = try pair(says: Self.get("/a.txt"))
    pair.b.halfCloses = true
    #expect(ground.run(&pair) { $0.b.ended && $0.a.connectionCount == 0 })
    #expect(pair.b.text.hasSuffix("hello\n"))
  }

  @Test(arguments: [
    ("nonsense\r\n\r\n", 400), ("GET /a.txt HTTP/1.1\r\n\r\n", 400), ("GET /a.txt HTTP/3.0\r\nHost: x\r\n\r\n", 505),
    ("GET /\(String(repeating: "a", count: 9_000)) HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    ("GET / HTTP/1.1\r\nHost: x\r\nX: \(String(repeating: "a", count: 17_000))\r\n\r\n", 431),
    ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n", 413),
    ("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    ("GET /../x HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 400),
  ]) func whatIsRefusedSaysWhyAndCloses(_ request: String, _ status: Int) throws {
    let text = try answer(to: request)
    #expect(text.hasPrefix("HTTP/1.1 \(status) "), "\(text.prefix(40))")
    #expect(text.contains("Connection: close\r\n"))
  }

  @Test func contentOfARequestIsReadAndThrownAway() throws {
    let body = String(repeating: "GET /evil HTTP/1.1\r\n\r\n", count: 5_000)
    let text = try answer(
      to: "POST /a.txt HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\r\n" + body
        + Self.get("/a.txt", "Connection: close\r\n"))
    #expect(text.split(separator: "HTTP/1.1 ").map { $0.prefix(3) } == ["405", "200"])
  }

  @Test func aFileThatShrinksBreaksTheConnection() throws {
    folder.write(bytes: Array("big".utf8), content: randomBytes(32 << 20))
    var pair = try pair(says: Self.get("/big"))
    pair.b.appetite = 100_000
    #expect(ground.run(&pair) { $0.b.input.count >= 100_000 })
    truncate(folder.path + "/big", 100_000)
    pair.b.appetite = .max
    pair.b.move(ground.sockets)
    #expect(ground.run(&pair) { $0.b.isOver && $0.a.connectionCount == 0 })
    #expect(pair.b.error == .connectionReset && pair.b.input.count < 32 << 20)
    let taken = pair.a.nextRecord()
    let record = try #require(taken)
    #expect(record.isAborted && record.status == 200 && record.bytes < 32 << 20)
    #expect(pair.a.store.openDescriptors == 0)
  }

  @Test func aSlowReaderCostsNoMemory() throws {
    folder.write(bytes: Array("big".utf8), content: randomBytes(64 << 20))
    var pair = try pair(says: Self.get("/big"))
    pair.b.appetite = 10
    #expect(ground.run(&pair) { $0.b.input.count == 10 })
    // All that the server could send lies in the two socket buffers now, and no turn is asked for.
    let before = residentBytes()
    ground.run(&pair, seconds: 1) { $0.a.nextDeadline > ground.loop.now + .seconds(5) }
    let progress = pair.a.nextDeadline
    #expect(progress > ground.loop.now + .seconds(5))
    #expect(residentBytes() - before < 8 << 20)
    #expect(pair.a.connectionCount == 1)
  }

  @Test func aClientThatSendsNoRequestIsClosed() throws {
    var limits = ServerLimits()
    limits.idle = .milliseconds(50)
    var pair = try pair(limits, says: "")
    #expect(ground.run(&pair) { $0.b.isOver })
    #expect(pair.b.ended && pair.b.input.isEmpty && pair.a.connectionCount == 0)
  }

  @Test func aHeadThatNeverEndsIsClosedEvenIfItGrows() throws {
    var limits = ServerLimits()
    limits.head = .milliseconds(100)
    var pair = try pair(limits, says: "GET / HTTP/1.1\r\n")
    #expect(
      ground.run(&pair) {
        if !$0.b.isOver { $0.b.say("X: y\r\n", ground.sockets) }
        return $0.b.isOver
      })
    #expect(pair.a.connectionCount == 0)
  }

  @Test func oneConnectionTooManyIsTurnedAway() throws {
    var limits = ServerLimits()
    limits.connections = 1
    let pair = try pair(limits, says: Self.get("/a.txt"))
    var second = RawClient(pair.a.localAddress!, says: "")
    var all = Both(a: pair, b: second)
    #expect(ground.run(&all) { $0.a.b.text.hasSuffix("hello\n") })
    second.start(ground.sockets)
    all.b = second
    #expect(ground.run(&all) { $0.b.isOver })
    #expect(all.b.text.hasPrefix("HTTP/1.1 503 ") && all.a.a.refusals == 1 && all.a.a.connectionCount == 1)
  }

  @Test func stopClosesWhatIsIdleAndFinishesTheRest() throws {
    folder.write(bytes: Array("big".utf8), content: randomBytes(16 << 20))
    let pair = try pair(says: Self.get("/a.txt"))
    var busy = RawClient(pair.a.localAddress!, says: Self.get("/big"))
    busy.appetite = 1_000
    busy.start(ground.sockets)
    var all = Both(a: pair, b: busy)
    #expect(ground.run(&all) { $0.a.b.text.hasSuffix("hello\n") && $0.b.input.count == 1_000 })
    all.a.a.stop(ground.sockets)
    #expect(all.a.a.connectionCount == 1)
    all.b.appetite = .max
    all.b.move(ground.sockets)
    #expect(ground.run(&all) { $0.b.ended && $0.a.b.ended && $0.a.a.connectionCount == 0 })
    #expect(all.b.input.count > 16 << 20)
  }

  @Test func recordsAreBoundedAndTheOldestGo() throws {
    var limits = ServerLimits()
    limits.records = 3
    var pair = try pair(
      limits,
      says: (0..<5).map { Self.get("/\($0)") }.joined() + Self.get("/last", "Connection: close\r\n"))
    #expect(ground.run(&pair) { $0.b.isOver })
    var targets: [String] = []
    while let record = pair.a.nextRecord() { targets.append(record.target) }
    #expect(targets == ["/3", "/4", "/last"] && pair.a.lostRecords == 3)
  }

  @Test func pagesBeyondTheBoundAnswer503() throws {
    var limits = ServerLimits()
    limits.pageBytes = 100
    var pair = try pair(limits, says: Self.get("/", "Connection: close\r\n"))
    #expect(ground.run(&pair) { $0.b.isOver })
    #expect(pair.b.text.hasPrefix("HTTP/1.1 503 ") && pair.b.text.contains("Retry-After: 1\r\n"))
  }

  @Test func aBusyAddressIsAnError() throws {
    let pair = try pair(says: "")
    var second = FileServer(
      store: try FolderStore(path: folder.path), address: pair.a.localAddress!, clock: WallClock(secondsAtStart: 0))
    #expect(throws: SocketError.addressInUse) { try second.listen(ground.sockets) }
    second.start(ground.sockets)
    #expect(second.failure == .addressInUse)
  }

  /// What this process holds in memory.
  func residentBytes() -> Int {
    let words = String(decoding: contents("/proc/self/statm"), as: UTF8.self).split(separator: " ")
    return Int(words[1])! * 4_096
  }
}
