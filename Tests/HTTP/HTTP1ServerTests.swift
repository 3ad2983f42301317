import HTTPTypes
import StrataBase
import StrataHTTP
import Testing

@Suite struct HTTP1ServerTests {
  static let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

  /// Requests, and what is told of them.
  static let vectors: [(String, [Seen])] = [
    (get, [.request(request(), .none), .end([:])]),
    ("\r\n" + get, [.request(request(), .none), .end([:])]),
    (get + get, [.request(request(), .none), .end([:]), .request(request(), .none), .end([:])]),
    (
      "GET /a/b?c=d|e HTTP/1.1\r\nHost: h:80\r\nAccept:\t*/* \r\nX-Own: a\tb\r\nx-empty:\r\n\r\n",
      [
        .request(
          request(
            .get, "/a/b?c=d|e", authority: "h:80",
            [.accept: "*/*", .init("x-own")!: "a\tb", .init("x-empty")!: ""]), .none), .end([:]),
      ]
    ),
    (
      "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello" + get,
      [
        .request(request(.post, "/p", [.contentLength: "5"]), .count(5)), .body("hello"), .end([:]),
        .request(request(), .none), .end([:]),
      ]
    ),
    (
      "PUT /p HTTP/1.1\r\nHost: h\r\ncontent-length: 000\r\n\r\n",
      [.request(request(.put, "/p", [.contentLength: "000"]), .none), .end([:])]
    ),
    (
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
        + "5\r\nhello\r\nA ;x=\"y z\"\r\n, world!!!\r\n000\r\nX-Sum: 15\r\n\r\n" + get,
      [
        .request(request(.post, "/", [.transferEncoding: "Chunked"]), .chunked), .body("hello, world!!!"),
        .end([.init("x-sum")!: "15"]), .request(request(), .none), .end([:]),
      ]
    ),
    (
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      [.request(request(.post, "/", [.transferEncoding: "chunked"]), .chunked), .end([:])]
    ),
    ("GET / HTTP/1.0\r\n\r\n", [.request(request(authority: nil), .none), .end([:])]),
    ("OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", [.request(request(.options, "*"), .none), .end([:])]),
    (
      "OPTIONS http://a HTTP/1.1\r\nHost: h\r\n\r\n",
      [.request(request(.options, "*", authority: "a"), .none), .end([:])]
    ),
    (
      "GET HTTPS://a:1?q HTTP/1.1\r\nHost: h\r\n\r\n",
      [.request(request(.get, "/?q", authority: "a:1", scheme: "https"), .none), .end([:])]
    ),
    (
      "GET http://[::1]:8/x HTTP/1.1\r\nHost: \r\n\r\n",
      [.request(request(.get, "/x", authority: "[::1]:8"), .none), .end([:])]
    ),
    (
      "CONNECT a:443 HTTP/1.1\r\nHost: h\r\n\r\n",
      [.request(request(.connect, nil, authority: "a:443", scheme: nil), .none), .end([:])]
    ),
    (
      "BREW /\u{7c} HTTP/1.1\r\nhOST: h\r\nX: caf\u{e9}\r\n\r\n",
      [.request(request(.init("BREW")!, "/|", [.init("x")!: "caf\u{e9}"]), .none), .end([:])]
    ),
  ]

  @Test(arguments: vectors.indices) func aRequestIsTheSameHoweverItIsCut(_ index: Int) {
    let (input, expected) = Self.vectors[index]
    for pieces in cuts(input) {
      let script = ServerScript.run(pieces)
      #expect(script.seen == expected, "\(pieces.map { text($0) })")
      #expect(script.inbox.isEmpty)
    }
  }

  @Test func aBodyIsTheLastBytesUsed() {
    var server = HTTP1Server()
    let input = bytes("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
    #expect(server.receive(input.span.bytes) == input.count)
    _ = server.takeEvent()
    // The size line and the chunk go in one step; what is behind them waits.
    let chunk = bytes("3;e\r\nabc\r\n0\r\n\r\n")
    #expect(server.receive(chunk.span.bytes) == 8)
    #expect(server.takeEvent() == .body(count: 3))
    #expect(server.takeEvent() == nil)
  }

  @Test func anEventIsTakenBeforeMoreIsRead() {
    var server = HTTP1Server()
    let input = bytes(Self.get)
    #expect(server.receive(input.span.bytes) == input.count)
    #expect(server.receive(input.span.bytes) == 0)
    #expect(server.takeEvent() != nil)
    #expect(server.takeEvent() == .end(trailers: [:]))
    #expect(server.takeEvent() == nil)
    #expect(server.receive(input.span.bytes) == 0, "the response is not finished")
  }

  @Test func pipelinedRequestsWaitWithTheCallerUntilTheResponseIsFinished() throws {
    var script = ServerScript()
    script.answers = false
    script.receive(Self.get + Self.get + "GE")
    #expect(script.seen.count == 2)
    #expect(text(script.inbox) == Self.get + "GE")
    try script.server.respond(HTTPResponse(status: .ok), body: .count(2))
    script.receive("")
    #expect(script.seen.count == 2)
    script.drain()
    #expect(script.server.output.bodyRoom == 2)
    try script.server.output.wroteBody(2)
    try script.server.finish()
    script.receive("")
    #expect(script.seen.count == 4)
    #expect(text(script.inbox) == "GE")
  }

  @Test func responsesGoOutInTheOrderOfTheRequests() throws {
    var script = ServerScript()
    script.receive(Self.get + "GET /missing HTTP/1.1\r\nHost: h\r\n\r\n")
    let ok = "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"
    #expect(text(script.output) == ok + ok)
  }

  @Test func theConnectionStaysOpenAsTheRequestSays() {
    let cases: [(String, Bool, String?)] = [
      ("GET / HTTP/1.1\r\nHost: h\r\n\r\n", false, nil),
      ("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, CLOSE\r\n\r\n", true, "close"),
      ("GET / HTTP/1.0\r\n\r\n", true, "close"),
      ("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", false, "keep-alive"),
      ("GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", true, "close"),
    ]
    for (input, closes, option) in cases {
      let script = ServerScript.run([bytes(input)])
      #expect(script.server.shouldClose == closes, "\(input)")
      let line = option.map { "Connection: \($0)\r\n" } ?? ""
      #expect(text(script.output) == "HTTP/1.1 200 \r\n\(line)Content-Length: 0\r\n\r\n")
      #expect(script.server.isIdle)
    }
  }

  @Test func nothingIsReadBehindALastRequest() {
    var script = ServerScript()
    script.receive("GET / HTTP/1.0\r\n\r\n" + Self.get)
    #expect(script.seen.count == 2)
    #expect(script.inbox.isEmpty)
    #expect(script.server.shouldClose)
  }

  @Test func theResponseCanClose() throws {
    var script = ServerScript()
    script.answers = false
    script.receive(Self.get)
    try script.server.respond(
      HTTPResponse(status: .ok, headerFields: [.connection: "close"]), body: .count(1))
    #expect(!script.server.shouldClose)
    script.drain()
    try script.server.output.wroteBody(1)
    try script.server.finish()
    #expect(script.server.shouldClose)
    #expect(text(script.output) == "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\n")
  }

  @Test func aResponseIsSentInChunks() throws {
    var script = ServerScript()
    script.answers = false
    script.receive(Self.get)
    try script.server.respond(HTTPResponse(status: .ok, headerFields: [.contentLength: "9"]), body: .chunked)
    #expect(script.server.sendsBody)
    try script.write("hello, chunked world", inChunksOf: 18)
    try script.server.output.beginBody(count: 0)
    try script.server.finish(trailers: [.init("X-Sum")!: "20"])
    script.drain()
    #expect(
      text(script.output) == "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        + "12\r\nhello, chunked wor\r\n2\r\nld\r\n0\r\nX-Sum: 20\r\n\r\n")
    #expect(script.server.isIdle)
  }

  @Test func anHTTP10ClientGetsNoChunks() throws {
    var script = ServerScript()
    script.answers = false
    script.receive("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    try script.server.respond(HTTPResponse(status: .ok), body: .chunked)
    try script.write("hello", inChunksOf: 2)
    try script.server.finish(trailers: [.init("X-Sum")!: "5"])
    #expect(text(script.output) == "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhello")
    #expect(script.server.shouldClose)
  }

  @Test func responsesWithoutContentHaveNone() throws {
    let length = "Content-Length: 5\r\n"
    let cases: [(String, Int, HTTPBody.Length, String)] = [
      ("HEAD", 200, .count(5), length), ("HEAD", 200, .chunked, "Transfer-Encoding: chunked\r\n"),
      ("HEAD", 200, .none, ""), ("HEAD", 200, .untilClose, ""), ("GET", 204, .none, ""),
      ("GET", 204, .count(5), ""), ("GET", 304, .count(5), length), ("GET", 304, .none, ""),
      ("GET", 200, .none, "Content-Length: 0\r\n"), ("GET", 200, .count(0), "Content-Length: 0\r\n"),
    ]
    for (method, code, body, line) in cases {
      var script = ServerScript()
      script.answers = false
      script.receive("\(method) / HTTP/1.1\r\nHost: h\r\n\r\n")
      try script.server.respond(HTTPResponse(status: .init(code: code)), body: body)
      script.drain()
      #expect(!script.server.sendsBody)
      #expect(script.server.output.bodyRoom == 0)
      #expect(throws: HTTPMisuse.bodyTooLong) { try script.server.output.wroteBody(1) }
      try script.server.finish()
      #expect(text(script.output) == "HTTP/1.1 \(code) \r\n\(line)\r\n")
      #expect(script.server.isIdle)
      #expect(!script.server.shouldClose)
    }
  }

  @Test func aClientThatExpectsContinueIsTold() throws {
    var script = ServerScript()
    script.receive("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n")
    #expect(script.server.expectsContinue)
    #expect(script.server.awaitsBody)
    try script.server.sendContinue()
    #expect(!script.server.expectsContinue)
    try script.server.sendContinue()
    script.drain()
    #expect(text(script.output) == "HTTP/1.1 100 Continue\r\n\r\n")
    script.receive("ok")
    #expect(text(script.output).hasSuffix("\r\n\r\nHTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"))
    #expect(script.server.isIdle)
  }

  @Test func anAnswerInPlaceOfContinueCloses() throws {
    var script = ServerScript()
    script.receive("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
    try script.answer(413)
    #expect(script.server.shouldClose)
    #expect(text(script.output).contains("Connection: close\r\n"))
    script.receive("ok" + Self.get)
    #expect(script.seen.count == 1)
  }

  @Test func onlyARequestWithContentInHTTP11ExpectsContinue() {
    for head in [
      "POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n",
    ] {
      var script = ServerScript()
      script.answers = false
      script.receive(head)
      #expect(!script.server.expectsContinue)
    }
  }

  @Test func interimResponsesGoInFront() throws {
    var script = ServerScript()
    script.answers = false
    script.receive(Self.get)
    let hints = HTTPResponse(status: .init(code: 103, reasonPhrase: "Early Hints"))
    try script.server.informational(hints)
    #expect(throws: HTTPMisuse.interimStatusNeeded) {
      try script.server.informational(HTTPResponse(status: .ok))
    }
    #expect(throws: HTTPMisuse.finalStatusNeeded) { try script.server.respond(hints, body: .none) }
    try script.answer(200)
    #expect(throws: HTTPMisuse.noRequest) { try script.server.informational(hints) }
    #expect(
      text(script.output) == "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n")
  }

  @Test func earlyHintsAndUploadProgressGoInFront() throws {
    var script = ServerScript()
    script.answers = false
    script.receive(Self.get)
    try script.server.sendEarlyHints([.init("Link")!: "</a.css>; rel=preload"])
    try script.server.sendUploadProgress(offset: 4_096, location: "/uploads/1")
    try script.answer(200)
    #expect(
      text(script.output) == "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
        + "HTTP/1.1 104 Upload Resumption Supported\r\nUpload-Offset: 4096\r\nLocation: /uploads/1\r\n\r\n"
        + "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n")
  }

  @Test func aHigherMinorVersionIsReadAsOurs() {
    for version in ["HTTP/1.2", "HTTP/1.9"] {
      let script = ServerScript.run([bytes("GET / \(version)\r\nHost: h\r\n\r\n")])
      #expect(script.seen == [.request(request(), .none), .end([:])] && !script.server.isHTTP10)
      #expect(!script.server.shouldClose)
    }
  }

  @Test func aHeadThatTakesTooLongIsRefused() {
    var script = ServerScript()
    let ofNone = script.server.refuseSlowHead()
    script.receive("GET / HTTP/1.1\r\n")
    let ofAPart = script.server.refuseSlowHead()
    #expect(!ofNone && ofAPart)
    script.takeEvents()
    #expect(script.seen == [.failed(.headTooSlow)] && script.server.shouldClose)
    #expect(text(script.output).hasPrefix("HTTP/1.1 408 \r\nConnection: close\r\n"))
  }

  @Test func aWholeURIAsTargetIsToldApart() {
    for (target, isAbsolute) in [("/a", false), ("http://h/a", true), ("/a?http://h/", false)] {
      var script = ServerScript()
      script.answers = false
      script.receive("GET \(target) HTTP/1.1\r\nHost: h\r\n\r\n")
      #expect(script.server.isAbsoluteForm == isAbsolute)
    }
  }

  @Test func linesMadeBeforehandAreWrittenBehindTheOthers() throws {
    var script = ServerScript()
    script.answers = false
    script.receive(Self.get)
    let lines = FieldLines([.server: "s", .contentLength: "9", .connection: "close", .vary: "a"])
    try script.server.respond(
      .ok, [.age: "1"], lines: lines, signature: FieldLines([.date: "now"]), body: .none)
    try script.server.finish()
    script.drain()
    let head = "HTTP/1.1 200 OK\r\nAge: 1\r\nServer: s\r\nVary: a\r\nDate: now\r\nContent-Length: 0\r\n\r\n"
    #expect(text(script.output) == head)
  }

  @Test func anEarlyAnswerLetsTheRestOfTheRequestPass() throws {
    var script = ServerScript()
    script.answers = false
    script.receive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\nab")
    try script.answer(200)
    #expect(!script.server.isIdle)
    #expect(script.server.awaitsBody)
    script.receive("cd" + Self.get)
    #expect(script.seen.count == 5)
    #expect(script.seen[1] == .body("abcd"))
    try script.answer(200)
    #expect(script.server.isIdle)
  }

  @Test func theEndOfInputCompletesOrFailsWhatIsOpen() throws {
    var idle = ServerScript()
    idle.server.endOfInput()
    #expect(idle.server.shouldClose)
    #expect(idle.server.takeEvent() == nil)

    for input in ["GET / HT", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na"] {
      var script = ServerScript.run([bytes(input)])
      script.server.endOfInput()
      script.takeEvents()
      #expect(script.seen.last == .failed(.cutShort))
      #expect(script.server.shouldClose)
    }

    var open = ServerScript()
    open.answers = false
    open.receive(Self.get)
    open.server.endOfInput()
    #expect(!open.server.shouldClose)
    try open.answer(200)
    #expect(text(open.output).contains("Connection: close"))
    #expect(open.server.shouldClose)
  }

  @Test func anUpgradedConnectionLeavesItsBytes() throws {
    var script = ServerScript()
    script.answers = false
    script.receive("GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nrest")
    try script.server.respond(
      HTTPResponse(
        status: .init(code: 101, reasonPhrase: "Switching Protocols"),
        headerFields: [.connection: "upgrade", .upgrade: "x"]), body: .none)
    #expect(!script.server.isUpgraded)
    try script.server.finish()
    script.drain()
    script.receive("")
    #expect(script.server.isUpgraded)
    #expect(!script.server.shouldClose)
    #expect(text(script.inbox) == "rest")
    #expect(
      text(script.output)
        == "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")
  }

  @Test func theProtocolDoesNotChangeInTheMiddleOfARequest() throws {
    var script = ServerScript()
    script.answers = false
    script.receive("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n")
    let switching = HTTPResponse(status: .init(code: 101))
    #expect(throws: HTTPMisuse.requestIncomplete) { try script.server.respond(switching, body: .none) }
    script.receive("ok")
    try script.server.respond(switching, body: .none)
  }

  @Test func aPartOfAHeadIsNotIdle() {
    var server = HTTP1Server()
    #expect(server.isIdle)
    for byte in bytes(Self.get).dropLast() {
      let piece = [byte]
      #expect(server.receive(piece.span.bytes) == 1)
      #expect(!server.isIdle)
      #expect(server.takeEvent() == nil)
    }
  }

  @Test func aTunnelBeginsBehindCONNECT() throws {
    var script = ServerScript()
    script.receive("CONNECT a:443 HTTP/1.1\r\nHost: h\r\n\r\n\u{16}tls")
    #expect(script.server.isUpgraded)
    #expect(text(script.output) == "HTTP/1.1 200 \r\n\r\n")
    #expect(text(script.inbox) == "\u{16}tls")
  }

  @Test func anErrorAfterAHEADStillHasItsContent() throws {
    var script = ServerScript()
    script.receive("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
    script.answers = false
    let wrong = bytes("nonsense\r\n\r\n")
    #expect(script.server.receive(wrong.span.bytes) == wrong.count)
    #expect(script.server.takeEvent() == .failed(.malformedRequestLine))
    try script.server.respond(HTTPResponse(status: .badRequest), body: .count(3))
    #expect(script.server.sendsBody)
  }

  @Test func aFailureInTheMiddleOfTheResponseEndsTheConnection() throws {
    var script = ServerScript()
    script.answers = false
    script.receive("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
    try script.server.respond(HTTPResponse(status: .ok), body: .count(1))
    script.receive("x")
    #expect(script.seen.last == .failed(.malformedChunk))
    #expect(!script.server.canRespond)
    script.drain()
    try script.server.output.wroteBody(1)
    try script.server.finish()
    #expect(script.server.shouldClose)
  }

  @Test func callsOutOfOrderAreRefusedAndChangeNothing() throws {
    var script = ServerScript()
    script.answers = false
    let ok = HTTPResponse(status: .ok)
    #expect(throws: HTTPMisuse.noRequest) { try script.server.respond(ok, body: .none) }
    #expect(throws: HTTPMisuse.noMessage) { try script.server.finish() }
    #expect(throws: HTTPMisuse.noMessage) { try script.server.output.beginBody(count: 1) }
    script.receive(Self.get)
    try script.server.respond(ok, body: .chunked)
    #expect(throws: HTTPMisuse.responseUnderway) { try script.server.respond(ok, body: .none) }
    #expect(throws: HTTPMisuse.notWritable) { try script.server.output.wroteBody(1) }
    try script.server.output.beginBody(count: 2)
    #expect(throws: HTTPMisuse.chunkOpen) { try script.server.output.beginBody(count: 2) }
    script.drain()
    #expect(throws: HTTPMisuse.bodyTooLong) { try script.server.output.wroteBody(3) }
    try script.server.output.wroteBody(1)
    #expect(throws: HTTPMisuse.bodyTooShort) { try script.server.finish() }
    try script.server.output.wroteBody(1)
    try script.server.finish()
    script.drain()
    #expect(text(script.output).hasSuffix("\r\n\r\n2\r\n\r\n0\r\n\r\n"))
  }

  @Test func aClientThatReadsNothingIsNotServedOn() throws {
    var limits = HTTPLimits()
    limits.pendingOutput = 100
    var script = ServerScript(limits: limits)
    script.answers = false
    for _ in 0..<3 {
      script.receive(Self.get)
      try script.server.respond(HTTPResponse(status: .ok), body: .none)
      try script.server.finish()
      script.receive("")
      if script.server.output.pendingCount > 100 { break }
    }
    // 38 bytes a response: three are over 100.
    #expect(script.server.output.pendingCount == 114)
    script.receive(Self.get)
    #expect(text(script.inbox) == Self.get)
    script.drain()
    script.receive("")
    #expect(script.inbox.isEmpty)
  }
}
