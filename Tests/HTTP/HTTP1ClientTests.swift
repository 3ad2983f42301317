import HTTPTypes
import StrataBase
import StrataHTTP
import Testing

@Suite struct HTTP1ClientTests {
  static let length2: HTTPFields = [.contentLength: "2"]
  static let chunked: HTTPFields = [.transferEncoding: "chunked"]

  struct Vector: Sendable {
    var asked: [HTTPRequest.Method]
    var input: String
    var ends = false
    var seen: [Seen]
    var reuses: Bool
  }
  static let vectors: [Vector] = [
    Vector(
      asked: [.get], input: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
      seen: [.response(200, length2, .count(2)), .body("hi"), .end([:])], reuses: true),
    Vector(
      asked: [.get], input: "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
      seen: [.response(200, [.contentLength: "0"], .none), .end([:])], reuses: true),
    Vector(
      asked: [.get],
      input: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX: y\r\n\r\n",
      seen: [.response(200, chunked, .chunked), .body("hi"), .end([.init("x")!: "y"])], reuses: true),
    Vector(
      asked: [.head], input: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
      seen: [.response(200, length2, .none), .end([:])], reuses: true),
    Vector(
      asked: [.head], input: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
      seen: [.response(200, chunked, .none), .end([:])], reuses: true),
    Vector(
      asked: [.get], input: "HTTP/1.1 204 No Content\r\n\r\n",
      seen: [.response(204, [:], .none), .end([:])], reuses: true),
    Vector(
      asked: [.get], input: "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n",
      seen: [.response(304, length2, .none), .end([:])], reuses: true),
    Vector(
      asked: [.get],
      input: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nX: y\r\n\r\nHTTP/1.1 204 x\r\n\r\n",
      seen: [.informational(100), .informational(103), .response(204, [:], .none), .end([:])], reuses: true),
    Vector(
      asked: [.get], input: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
      seen: [
        .response(200, [.connection: "close", .contentLength: "2"], .count(2)), .body("hi"), .end([:]),
      ],
      reuses: false),
    Vector(
      asked: [.get], input: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
      seen: [.response(200, length2, .count(2)), .body("hi"), .end([:])], reuses: false),
    Vector(
      asked: [.get], input: "HTTP/1.1 200 OK\r\n\r\nall the rest", ends: true,
      seen: [.response(200, [:], .untilClose), .body("all the rest"), .end([:])], reuses: false),
    Vector(
      asked: [.get], input: "HTTP/1.1 200 OK\r\n\r\n", ends: true,
      seen: [.response(200, [:], .untilClose), .end([:])], reuses: false),
    Vector(
      asked: [.get, .head, .get],
      input: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi" + "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
        + "HTTP/1.1 204 x\r\n\r\n",
      seen: [
        .response(200, length2, .count(2)), .body("hi"), .end([:]), .response(200, length2, .none), .end([:]),
        .response(204, [:], .none), .end([:]),
      ], reuses: true),
    Vector(
      asked: [.get, .get], input: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
      seen: [
        .response(200, [.connection: "close", .contentLength: "2"], .count(2)), .body("hi"), .end([:]),
        .failed(.cutShort),
      ], reuses: false),
    Vector(
      asked: [.get], input: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nh", ends: true,
      seen: [.response(200, length2, .count(2)), .body("h"), .failed(.cutShort)], reuses: false),
    Vector(
      asked: [.get],
      input: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n", ends: true,
      seen: [.response(200, chunked, .chunked), .body("hi"), .failed(.cutShort)], reuses: false),
    Vector(asked: [.get], input: "HTTP/1.1 20", ends: true, seen: [.failed(.cutShort)], reuses: false),
    Vector(asked: [.get], input: "", ends: true, seen: [.failed(.cutShort)], reuses: false),
    Vector(asked: [], input: "", ends: true, seen: [], reuses: false),
  ]

  @Test(arguments: vectors.indices) func aResponseIsTheSameHoweverItIsCut(_ index: Int) throws {
    let vector = Self.vectors[index]
    for pieces in cuts(vector.input) {
      let script = try ClientScript.run(pieces, vector.asked, end: vector.ends)
      #expect(script.seen == vector.seen, "\(pieces.map { text($0) })")
      #expect(script.client.canReuse == vector.reuses)
      #expect(script.client.shouldClose == !vector.reuses)
    }
  }

  static let wrong: [(String, HTTPError)] = [
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n", .lengthAndCoding),
    ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n", .repeatedContentLength),
    ("HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n", .invalidContentLength),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", .invalidTransferCoding),
    ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .unknownTransferCoding),
    ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .invalidTransferCoding),
    ("HTTP/1.1 200 OK\nContent-Length: 2\n\n", .bareLineFeed),
    ("HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n", .obsoleteFolding),
    ("HTTP/1.1 2000 OK\r\n\r\n", .malformedStatusLine), ("HTTP/1.1 20 OK\r\n\r\n", .malformedStatusLine),
    ("HTTP/1.1 099 OK\r\n\r\n", .malformedStatusLine), ("HTTP/1.1  200 OK\r\n\r\n", .malformedStatusLine),
    ("HTTP/1.1 200 O\rK\r\n\r\n", .malformedStatusLine), ("HTTP/1.1\r\n\r\n", .malformedStatusLine),
    ("HTTP/1.1 200 O\u{0}K\r\n\r\n", .malformedStatusLine), ("ICY 200 OK\r\n\r\n", .malformedStatusLine),
    ("\r\nHTTP/1.1 200 OK\r\n\r\n", .malformedRequestLine), ("HTTP/2.0 200 OK\r\n\r\n", .unsupportedVersion),
  ]

  @Test(arguments: wrong.indices) func aDoubtfulResponseIsRefused(_ index: Int) throws {
    let (input, error) = Self.wrong[index]
    for pieces in cuts(input) {
      var script = try ClientScript.run(pieces)
      #expect(script.seen == [.failed(error)], "\(input)")
      #expect(script.client.shouldClose)
      #expect(!script.client.canReuse)
      script.receive("HTTP/1.1 204 x\r\n\r\n")
      #expect(script.seen.count == 1)
    }
  }

  @Test func aResponseToNothingIsRefused() throws {
    var script = try ClientScript([])
    script.receive("HTTP/1.1 204 x\r\n\r\n")
    #expect(script.seen == [.failed(.unexpectedResponse)])
    #expect(script.client.shouldClose)
  }

  @Test func aRequestIsWritten() throws {
    var client = HTTP1Client()
    try client.send(request(.get, "/a?b", authority: "h:80", [.accept: "*/*"]), body: .none)
    try client.finish()
    #expect(text(client.output.pending.array) == "GET /a?b HTTP/1.1\r\nHost: h:80\r\nAccept: */*\r\n\r\n")
    client.output.drop(client.output.pendingCount)
    try client.send(request(.post, nil), body: .none)
    try client.finish()
    #expect(text(client.output.pending.array) == "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
    client.output.drop(client.output.pendingCount)
    try client.send(request(.connect, nil, authority: "a:443"), body: .none)
    #expect(text(client.output.pending.array) == "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")
  }

  @Test func aRequestHasContent() throws {
    var client = HTTP1Client()
    try client.send(request(.put, "/"), body: .count(3))
    #expect(client.output.bodyRoom == 0)
    #expect(text(client.output.pending.array) == "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n")
    client.output.drop(client.output.pendingCount)
    #expect(client.output.bodyRoom == 3)
    try client.output.wroteBody(2)
    #expect(throws: HTTPMisuse.bodyTooShort) { try client.finish() }
    #expect(throws: HTTPMisuse.requestUnderway) { try client.send(request(), body: .none) }
    try client.output.wroteBody(1)
    try client.finish()
    #expect(!client.canReuse)
  }

  @Test func aRequestThatIsNoneIsNotSent() throws {
    var client = HTTP1Client()
    for path in ["a", "/a b", "/a\r\nX: y", "/caf\u{e9}", "*", "/a#b", "http://a/"] {
      #expect(throws: HTTPMisuse.invalidRequest) { try client.send(request(.get, path), body: .none) }
    }
    for authority in ["a b", "a/b", "a\r\nX: y", "u@a", ""] {
      #expect(throws: HTTPMisuse.invalidRequest) {
        try client.send(request(authority: authority), body: .none)
      }
    }
    #expect(throws: HTTPMisuse.invalidRequest) {
      try client.send(request(.connect, nil, authority: "a"), body: .none)
    }
    #expect(throws: HTTPMisuse.invalidRequest) { try client.send(request(), body: .untilClose) }
    #expect(client.output.pendingCount == 0)
    #expect(client.unanswered == 0)
  }

  @Test func pipelinedRequestsAreBounded() throws {
    var limits = HTTPLimits()
    limits.pipelinedRequests = 2
    var script = try ClientScript([.get, .get], limits: limits)
    #expect(throws: HTTPMisuse.tooManyRequests) { try script.ask(.get) }
    script.receive("HTTP/1.1 204 x\r\n\r\n")
    try script.ask(.get)
    #expect(script.client.unanswered == 2)
  }

  @Test func aRequestThatClosesIsTheLast() throws {
    var script = try ClientScript([.get])
    try script.ask(.get, [.connection: "close"])
    #expect(throws: HTTPMisuse.connectionClosing) { try script.ask(.get) }
    script.receive("HTTP/1.1 204 x\r\n\r\n")
    #expect(!script.client.shouldClose)
    script.receive("HTTP/1.1 204 x\r\n\r\n")
    #expect(script.client.shouldClose)
    #expect(script.seen.count == 4)
  }

  @Test func interimResponsesAreBounded() throws {
    var script = try ClientScript()
    for _ in 0..<16 { script.receive("HTTP/1.1 100 x\r\n\r\n") }
    #expect(script.seen.count == 16)
    script.receive("HTTP/1.1 100 x\r\n\r\n")
    #expect(script.seen.last == .failed(.tooManyInformational))
  }

  @Test func anUpgradeLeavesTheBytesBehindIt() throws {
    for (method, head) in [
      (HTTPRequest.Method.get, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"),
      (.connect, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n"),
    ] {
      var script = try ClientScript([method])
      script.receive(head + "rest")
      #expect(script.client.isUpgraded)
      #expect(!script.client.canReuse)
      #expect(text(script.inbox) == "rest")
      #expect(throws: HTTPMisuse.connectionClosing) { try script.ask(.get) }
    }
  }

  @Test func contentUntilCloseIsCountedToo() throws {
    var limits = HTTPLimits()
    limits.body = 4
    var script = try ClientScript(limits: limits)
    script.receive("HTTP/1.1 200 OK\r\n\r\n")
    script.receive("1234")
    #expect(script.seen.last == .body("1234"))
    script.receive("5")
    #expect(script.seen.last == .failed(.bodyTooLarge))
  }
}
