import Glibc
import HTTPTypes
import StrataBase
import StrataFiles
import StrataHTTP
import StrataService
import StrataSockets
import StrataTemporary
import Testing

@Suite struct DownloadTests {
  let folder = TemporaryFolder()
  let ground = KernelGround()

  func server() throws -> FileServer<FolderStore> {
    var server = FileServer(
      store: try FolderStore(path: folder.path), address: .loopback, clock: WallClock(secondsAtStart: 0))
    try server.listen(ground.sockets)
    return server
  }

  func download<T: Sink>(_ path: String, at address: SocketAddress, into sink: T) -> Download<T> {
    let url = WebAddress("http://\(address)\(path)")!
    return Download(url, at: url.socketAddress!, into: sink)
  }

  /// What a peer that answers `text` and closes makes of a download.
  func outcome(of text: String, closes: Bool = true, offset: UInt64 = 0) throws -> Download<MemorySink> {
    var server = RawServer()
    server.start(ground.sockets)
    var download = download("/", at: server.address!, into: MemorySink())
    download.offset = offset
    download.start(ground.sockets)
    var both = Both(a: server, b: download)
    #expect(ground.run(&both) { $0.a.input > 0 || $0.b.isOver })
    both.a.write(text, ground.sockets)
    if closes { try ground.sockets.shutdown(both.a.connection!, .write) }
    if !closes {
      // All has arrived by then; what is missing does not come.
      #expect(ground.run(&both) { $0.b.isOver || $0.b.received > 0 || $0.b.firstByte != .never })
      ground.sockets.now = .start + .seconds(30)
    }
    #expect(ground.run(&both) { $0.b.isOver })
    return both.b
  }

  @Test func aFileIsFetchedUnderItsName() throws {
    let big = randomBytes(5 << 20)
    folder.write(bytes: Array("big.bin".utf8), content: big)
    let server = try server()
    let target = folder.path + "/got"
    let sink = FileSink(path: target)
    var both = Both(a: server, b: download("/big.bin", at: server.localAddress!, into: sink))
    both.b.start(ground.sockets)
    #expect(ground.run(&both) { $0.b.isOver })
    #expect(both.b.state == .done && both.b.received == 5 << 20 && both.b.expected == 5 << 20)
    #expect(contents(target) == big && access(target + ".part", F_OK) != 0)
    #expect(both.b.started <= both.b.firstByte && both.b.firstByte <= both.b.ended)
    #expect(both.b.nextDeadline == .never)
  }

  @Test func itGoesOnWhereAnEarlierOneStopped() throws {
    let big = randomBytes(1 << 20)
    folder.write(bytes: Array("big.bin".utf8), content: big)
    folder.write(bytes: Array("got.part".utf8), content: Array(big[..<700_000]))
    let server = try server()
    let sink = FileSink(path: folder.path + "/got", resumes: true)
    var both = Both(a: server, b: download("/big.bin", at: server.localAddress!, into: sink))
    both.b.offset = sink.partSize
    #expect(both.b.offset == 700_000)
    both.b.start(ground.sockets)
    #expect(ground.run(&both) { $0.b.isOver })
    #expect(both.b.state == .done && both.b.received == 1 << 20 - 700_000)
    #expect(contents(folder.path + "/got") == big)
  }

  @Test func aPartOfOtherContentIsThrownAway() throws {
    let old = randomBytes(1 << 20)
    let new = randomBytes(1 << 20, seed: 2)
    folder.write(bytes: Array("big.bin".utf8), content: old)
    let sink = FileSink(path: folder.path + "/got", resumes: true)
    let first = try server()
    // The first attempt is broken off, and leaves a part and its tag.
    var both = Both(a: first, b: download("/big.bin", at: first.localAddress!, into: sink))
    both.b.rateLimit = 1_000_000
    both.b.start(ground.sockets)
    #expect(ground.run(&both) { $0.b.received > 50_000 })
    #expect(both.b.received < 200_000)
    ground.sockets.now = .start + .seconds(100)
    both.a.stop(ground.sockets)
    let tag = try #require(sink.partTag)
    #expect(sink.partSize == both.b.received && tag.hasPrefix("\"100000-"))

    for content in [old, new] {
      if content == new { folder.write(bytes: Array("big.bin".utf8), content: new) }
      folder.write(bytes: Array("got.part".utf8), content: Array(old[..<50_000]))
      let next = try server()
      var again = Both(a: next, b: download("/big.bin", at: next.localAddress!, into: sink))
      again.b.offset = sink.partSize
      again.b.partTag = tag
      again.b.start(ground.sockets)
      #expect(ground.run(&again) { $0.b.isOver })
      #expect(again.b.state == .done && again.b.receivedFrom == (content == old ? 50_000 : 0))
      #expect(contents(folder.path + "/got") == content && sink.partTag == nil)
    }
  }

  @Test func aRateLimitHoldsTheContentBack() throws {
    let big = randomBytes(400_000)
    folder.write(bytes: Array("big.bin".utf8), content: big)
    let server = try server()
    var both = Both(a: server, b: download("/big.bin", at: server.localAddress!, into: MemorySink()))
    both.b.rateLimit = 100_000
    both.b.start(ground.sockets)
    for tick in 1...2_000 as ClosedRange<Int64> where !both.b.isOver {
      ground.loop.turn(until: ground.loop.now + .milliseconds(1))
      #expect(ground.run(&both) { $0.b.isOver || $0.b.nextDeadline > ground.sockets.now })
      // A tenth of a second's bytes may come at once, beside the response's head.
      #expect(both.b.received <= UInt64(tick) * 10_000 + 11_000)
      ground.sockets.now = .start + .milliseconds(100 * tick)
    }
    #expect(both.b.state == .done && both.b.sink.bytes == big)
  }

  @Test func trailersAreTold() throws {
    let result = try outcome(
      of: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 7\r\n\r\n",
      closes: false)
    #expect(result.state == .done && result.trailers == [.init("X-Sum")!: "7"])
  }

  @Test(arguments: [
    ("bytes 5-9/10", true), ("bytes 5-7/10", false), ("bytes 4-9/10", false), ("bytes 5-9/*", false),
    ("bytes 5-10/10", false), ("bytes 5-18446744073709551615/0", false), ("", false),
  ]) func onlyAPartUpToTheEndCompletesAnother(_ range: String, _ completes: Bool) throws {
    let head = "HTTP/1.1 206 Partial Content\r\nContent-Range: \(range)\r\n\r\n"
    let ended = try outcome(of: head + "56789", offset: 5)
    #expect(ended.state == (completes ? .done : .failed(.wrongPart)))
  }

  @Test func contentThatWasPackedUnaskedIsTold() throws {
    let ended = try outcome(of: "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nxyz")
    #expect(ended.state == .done && ended.contentCoding == "gzip")
    #expect(try outcome(of: "HTTP/1.1 200 OK\r\n\r\nxyz").contentCoding == nil)
  }

  @Test func aRedirectIsReportedAndNothingWritten() throws {
    folder.write("dir/x", "x")
    let server = try server()
    let target = folder.path + "/got"
    let sink = FileSink(path: target)
    var both = Both(a: server, b: download("/dir", at: server.localAddress!, into: sink))
    both.b.start(ground.sockets)
    #expect(ground.run(&both) { $0.b.isOver })
    #expect(both.b.state == .failed(.status(301)))
    #expect(both.b.redirection?.description == "http://\(server.localAddress!)/dir/")
    #expect(access(target, F_OK) != 0 && access(target + ".part", F_OK) != 0)
  }

  @Test func contentUntilTheCloseIsComplete() throws {
    let result = try outcome(of: "HTTP/1.1 200 OK\r\n\r\nall of it")
    #expect(result.state == .done && result.sink.bytes == Array("all of it".utf8) && result.expected == nil)
  }

  @Test func chunksAreJoined() throws {
    let result = try outcome(
      of: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
      closes: false)
    #expect(result.state == .done && result.sink.bytes == Array("abcde".utf8))
  }

  @Test func aCutIsAnError() throws {
    let result = try outcome(of: "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
    #expect(result.state == .failed(.http(.cutShort)) && result.received == 4)
  }

  @Test func anEarlyCloseIsAnError() throws {
    #expect(try outcome(of: "").state == .failed(.http(.cutShort)))
  }

  @Test func silenceIsAnError() throws {
    #expect(try outcome(of: "HTTP/1.1 200 OK\r\n", closes: false).state == .failed(.timedOut))
  }

  @Test func moreThanTheSinkTakesIsAnError() throws {
    let content = String(repeating: "x", count: 2_000_000)
    let text = "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n" + content
    var server = RawServer()
    server.start(ground.sockets)
    var both = Both(a: server, b: download("/", at: server.address!, into: MemorySink(limit: 1_000)))
    both.b.start(ground.sockets)
    #expect(ground.run(&both) { $0.a.input > 0 })
    both.a.write(text, ground.sockets)
    #expect(ground.run(&both) { $0.b.isOver })
    #expect(both.b.state == .failed(.sink(.full)))
  }

  @Test func aPortWithoutServerIsRefused() throws {
    let listener = try ground.sockets.socket(.stream)
    try ground.sockets.bind(listener, to: .loopback)
    let free = try ground.sockets.localAddress(listener)
    ground.sockets.close(listener)
    var download = download("/", at: free, into: MemorySink())
    download.start(ground.sockets)
    #expect(ground.run(&download) { $0.isOver })
    #expect(download.state == .failed(.socket(.connectionRefused)))
  }

  @Test func aFolderThatIsNotThereIsAnError() throws {
    folder.write("a", "x")
    let server = try server()
    var both = Both(
      a: server, b: download("/a", at: server.localAddress!, into: FileSink(path: folder.path + "/no/a")))
    both.b.start(ground.sockets)
    #expect(ground.run(&both) { $0.b.isOver })
    #expect(both.b.state == .failed(.sink(.noFolder)))
  }
}
