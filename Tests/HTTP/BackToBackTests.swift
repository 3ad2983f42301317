import HTTPTypes
import StrataBase
import StrataHTTP
import Testing

/// A client and a server, and nothing between them but bytes cut at random.
@Suite struct BackToBackTests {
  struct Exchange {
    var method: HTTPRequest.Method
    var upload: HTTPBody.Length
    var download: HTTPBody.Length
  }

  /// What one side still has to write: control bytes, then content, piece by piece.
  static func content(_ random: inout Random, _ length: HTTPBody.Length) -> [UInt8] {
    let count =
      switch length {
      case .count(let count): Int(count)
      case .none: 0
      case .chunked, .untilClose: Int(random.below(5_000))
      }
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  @Test(arguments: 0..<40) func whatIsSentArrives(_ seed: UInt64) throws {
    var random = Random(seed: seed)
    let lengths: [HTTPBody.Length] = [.none, .count(0), .count(1), .count(3_000), .chunked]
    let methods: [HTTPRequest.Method] = [.get, .head, .post, .put]
    var client = HTTP1Client()
    var server = ServerScript()
    server.answers = false
    var seen: [Seen] = []
    for number in 0..<10 {
      let exchange = Exchange(
        method: methods[Int(random.below(4))], upload: lengths[Int(random.below(5))],
        download: lengths[Int(random.below(5))])
      let path = "/\(number)"
      let up = Self.content(&random, exchange.upload)
      let down = Self.content(&random, exchange.download)

      var wire = try Self.upload(&client, &random, exchange, path, up)
      server.seen = []
      while !wire.isEmpty { server.receive(Self.cut(&wire, &random)) }
      try Self.checkRequest(server.seen, exchange, path, up)

      server.output = []
      try server.server.respond(HTTPResponse(status: .ok), body: exchange.download)
      if server.server.sendsBody { try Self.download(&server, &random, down) }
      try server.server.finish(trailers: [.init("X-Last")!: "1"])
      server.drain()

      seen = []
      var back = server.output
      while !back.isEmpty { Self.receive(&client, Self.cut(&back, &random), &seen) }
      let arrived = seen.compactMap { if case .body(let text) = $0 { text } else { nil } }.joined()
      #expect(arrived == (exchange.method == .head ? "" : Self.hex(down)))
      guard case .end(let trailers)? = seen.last else {
        Issue.record("no end: \(seen)")
        return
      }
      #expect(trailers.isEmpty == (exchange.download != .chunked || exchange.method == .head))
      #expect(client.canReuse)
      #expect(server.server.isIdle)
    }
  }

  static func cut(_ wire: inout [UInt8], _ random: inout Random) -> [UInt8] {
    let n = min(wire.count, 1 + Int(random.below(random.below(4) == 0 ? 3 : 2_000)))
    defer { wire.removeFirst(n) }
    return Array(wire[..<n])
  }
  static func hex(_ bytes: [UInt8]) -> String { bytes.map { String($0, radix: 16) + "." }.joined() }

  static func upload(
    _ client: inout HTTP1Client, _ random: inout Random, _ exchange: Exchange, _ path: String,
    _ content: [UInt8]
  ) throws -> [UInt8] {
    var wire: [UInt8] = []
    try client.send(request(exchange.method, path), body: exchange.upload)
    var rest = content
    while !rest.isEmpty {
      let piece = cut(&rest, &random)
      try client.output.beginBody(count: piece.count)
      wire += client.output.pending.array
      client.output.drop(client.output.pendingCount)
      #expect(client.output.bodyRoom >= piece.count)
      wire += piece
      try client.output.wroteBody(piece.count)
    }
    try client.finish()
    wire += client.output.pending.array
    client.output.drop(client.output.pendingCount)
    return wire
  }
  static func download(_ server: inout ServerScript, _ random: inout Random, _ content: [UInt8]) throws {
    var rest = content
    while !rest.isEmpty {
      let piece = cut(&rest, &random)
      try server.server.output.beginBody(count: piece.count)
      server.drain()
      #expect(server.server.output.bodyRoom >= piece.count)
      server.output += piece
      try server.server.output.wroteBody(piece.count)
    }
  }

  static func checkRequest(_ seen: [Seen], _ exchange: Exchange, _ path: String, _ content: [UInt8]) throws {
    guard case .request(let head, _)? = seen.first else {
      Issue.record("no request: \(seen)")
      return
    }
    #expect(head.method == exchange.method)
    #expect(head.path == path)
    #expect(head.authority == "h")
    let arrived = seen.compactMap { if case .body(let text) = $0 { text } else { nil } }.joined()
    #expect(arrived == text(content))
    #expect(seen.last == .end([:]))
  }

  static func receive(_ client: inout HTTP1Client, _ piece: [UInt8], _ seen: inout [Seen]) {
    var rest = piece
    while true {
      let used = client.receive(rest.span.bytes)
      let last = Array(rest[..<used])
      rest.removeFirst(used)
      var any = false
      while let event = client.takeEvent() {
        any = true
        switch event {
        case .body(let count): seen.append(.body(hex(Array(last.suffix(count)))))
        case .end(let trailers): seen.append(.end(trailers))
        case .failed(let error): seen.append(.failed(error))
        case .response(let head, let length):
          seen.append(.response(head.status.code, head.headerFields, length))
        case .informational(let head): seen.append(.informational(head.status.code))
        }
      }
      if !any && used == 0 { return }
    }
  }
}
