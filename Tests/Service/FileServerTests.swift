import Glibc
import StrataBase
import StrataFiles
import StrataService
import StrataSockets
import StrataTemporary
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

  @Test func anOldClientGetsItsAnswerAndTheClose() throws {
    let text = try answer(to: "GET /a.txt HTTP/1.0\r\n\r\n")
    #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n") && text.hasSuffix("Content-Length: 6\r\n\r\nhello\n"))
    #expect(text.contains("Connection: close\r\n"))
  }

  @Test func aHalfClosedClientGetsItsAnswer() throws {
    var pair = try pair(says: Self.get("/a.txt"))
    pair.b.halfCloses = true
    #expect(ground.run(&pair) { $0.b.ended && $0.a.connectionCount == 0 })
    #expect(pair.b.text.hasSuffix("hello\n"))
  }

  @Test(arguments: [
    ("nonsense\r\n\r\n", 400), ("GET /a.txt HTTP/1.1\r\n\r\n", 400),
    ("GET /a.txt HTTP/3.0\r\nHost: x\r\n\r\n", 505),
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
    let store = CountingStore(folder: try FolderStore(path: folder.path))
    var server = FileServer(store: store, address: .loopback, clock: WallClock(secondsAtStart: 0))
    try server.listen(ground.sockets)
    var client = RawClient(server.localAddress!, says: Self.get("/big"))
    client.appetite = 10
    client.start(ground.sockets)
    var pair = Both(a: server, b: client)
    #expect(ground.run(&pair) { $0.b.input.count == 10 })
    // The server asks for no turn once the system's buffers are full: only for its deadline.
    #expect(ground.run(&pair) { $0.a.nextDeadline == .start + .seconds(30) })
    #expect(pair.a.store.bytesRead < 24 << 20)
    let read = pair.a.store.bytesRead
    ground.run(&pair, seconds: 1) { $0.a.store.bytesRead > read }
    #expect(pair.a.store.bytesRead < 24 << 20 && pair.a.connectionCount == 1)
    // It is given as long as an idle one, and then reset.
    ground.sockets.now = .start + .seconds(30)
    #expect(ground.run(&pair) { $0.a.connectionCount == 0 })
    let record = pair.a.nextRecord()
    #expect(record?.isAborted == true && record?.ended == .start + .seconds(30))
  }

  @Test func oneLookAnswersWhatWasAskedBeforeItAndNothingElse() throws {
    folder.write("a", "x")
    let store = CountingStore(folder: try FolderStore(path: folder.path))
    var server = FileServer(store: store, address: .loopback, clock: WallClock(secondsAtStart: 0))
    try server.listen(ground.sockets)
    // Three ask in one turn of the loop, and one of them once more in the same breath: its second request is
    // read when the first is answered.
    var first = Both(
      a: RawClient(server.localAddress!, says: Self.get("/a")),
      b: RawClient(server.localAddress!, says: Self.get("/a")))
    var second = RawClient(server.localAddress!, says: Self.get("/a") + Self.get("/a"))
    first.start(ground.sockets)
    second.start(ground.sockets)
    var all = Both(a: server, b: Both(a: first, b: second))
    #expect(ground.run(&all) { $0.a.store.rounds.count == 4 && $0.b.b.input.count > 100 })
    let rounds = all.a.store.rounds
    #expect(rounds == rounds.sorted() && rounds[0] == rounds[1] && Set(rounds).count == 2, "\(rounds)")
  }

  @Test func aClientThatSendsNoRequestIsClosed() throws {
    var pair = try pair(says: "")
    #expect(ground.run(&pair) { $0.a.connectionCount == 1 })
    ground.sockets.now = .start + .seconds(30) - .nanoseconds(1)
    ground.run(&pair, seconds: 1) { $0.b.isOver || $0.a.nextDeadline > ground.sockets.now }
    #expect(pair.a.connectionCount == 1)
    ground.sockets.now = .start + .seconds(30)
    #expect(ground.run(&pair) { $0.b.isOver })
    #expect(pair.b.ended && pair.b.input.isEmpty && pair.a.connectionCount == 0)
  }

  @Test func anIdleConnectionIsClosedAndEachRequestGivesItTime() throws {
    var pair = try pair(says: Self.get("/a.txt"))
    #expect(ground.run(&pair) { $0.b.text.hasSuffix("hello\n") })
    ground.sockets.now = .start + .seconds(29)
    pair.b.input = []
    pair.b.say(Self.get("/a.txt"), ground.sockets)
    #expect(ground.run(&pair) { $0.b.text.hasSuffix("hello\n") })
    ground.sockets.now = .start + .seconds(58)
    #expect(ground.run(&pair) { $0.a.nextDeadline == .start + .seconds(59) })
    #expect(pair.a.connectionCount == 1)
    ground.sockets.now = .start + .seconds(59)
    #expect(ground.run(&pair) { $0.b.ended && $0.a.connectionCount == 0 })
  }

  @Test func aHeadThatNeverEndsIsRefusedEvenIfItGrows() throws {
    var pair = try pair(says: "GET / HTTP/1.1\r\n")
    for second in 0..<10 as Range<Int64> {
      ground.sockets.now = .start + .seconds(second)
      pair.b.say("X: y\r\n", ground.sockets)
      #expect(ground.run(&pair) { $0.a.nextDeadline == .start + .seconds(10) })
    }
    #expect(pair.a.connectionCount == 1)
    ground.sockets.now = .start + .seconds(10)
    #expect(ground.run(&pair) { $0.b.isOver })
    #expect(pair.b.text.hasPrefix("HTTP/1.1 408 Request Timeout\r\n"))
    // The client, which still holds its side open, is listened to no longer than any other.
    ground.sockets.now = .start + .seconds(12)
    #expect(ground.run(&pair) { $0.a.connectionCount == 0 })
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

  @Test func brokenRequestsNeverStopIt() throws {
    var random = Random(seed: 11)
    let request = Array(
      ("GET /a.txt HTTP/1.1\r\nHost: x\r\nRange: bytes=0-3,9-\r\nIf-None-Match: \"a\"\r\n"
        + "Content-Length: 3\r\n\r\nabc").utf8)
    var pair = try pair(says: "")
    for _ in 0..<300 {
      var bytes = request + request
      for _ in 0...random.below(4) {
        bytes[Int(random.below(UInt64(bytes.count)))] = UInt8(truncatingIfNeeded: random.next())
      }
      pair.b = RawClient(pair.a.localAddress!)
      pair.b.output = bytes
      pair.b.halfCloses = true
      pair.b.start(ground.sockets)
      #expect(ground.run(&pair) { $0.b.isOver })
      pair.b.close(ground.sockets)
    }
    pair.b = RawClient(pair.a.localAddress!, says: Self.get("/a.txt"))
    pair.b.start(ground.sockets)
    #expect(ground.run(&pair) { $0.b.text.hasSuffix("hello\n") })
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
    #expect(ground.run(&all) { $0.b.ended && $0.a.b.ended })
    #expect(all.b.input.count > 16 << 20)
    // It listens to the client's end for two seconds more.
    #expect(all.a.a.nextDeadline == .start + .seconds(2))
    all.b.close(ground.sockets)
    #expect(ground.run(&all) { $0.a.a.connectionCount == 0 })
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
      store: try FolderStore(path: folder.path), address: pair.a.localAddress!,
      clock: WallClock(secondsAtStart: 0))
    #expect(throws: SocketError.addressInUse) { try second.listen(ground.sockets) }
    second.start(ground.sockets)
    #expect(second.failure == .addressInUse)
  }
}
