import HTTPTypes
import StrataBase
import StrataHTTP

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
/// Each byte as the character of its number, so that nothing is lost however bytes were cut.
func text(_ bytes: some Collection<UInt8>) -> String {
  String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
}
/// Every way to cut a text that tests use: whole, byte by byte, and in two at every place.
func cuts(_ text: String) -> [[[UInt8]]] {
  let all = bytes(text)
  let halves = (0...all.count).map { [Array(all[..<$0]), Array(all[$0...])] }
  return [[all]] + [all.map { [$0] }] + halves
}

/// A server at the end of a script: bytes go in, in pieces, and every request is answered at its end.
struct ServerScript {
  var server: HTTP1Server
  var seen: [Seen] = []
  var output: [UInt8] = []
  /// Bytes that the server has not used.
  var inbox: [UInt8] = []
  var answers = true

  init(limits: HTTPLimits = .init()) { server = HTTP1Server(limits: limits) }

  /// Everything that is told for a text cut in these pieces.
  static func run(_ pieces: [[UInt8]], limits: HTTPLimits = .init()) -> ServerScript {
    var script = ServerScript(limits: limits)
    for piece in pieces { script.receive(piece) }
    return script
  }

  mutating func receive(_ text: String) { receive(bytes(text)) }
  mutating func receive(_ piece: [UInt8]) {
    inbox += piece
    while true {
      let waiting = inbox
      let used = server.receive(waiting.span.bytes)
      let last = Array(waiting[..<used])
      inbox.removeFirst(used)
      if !takeEvents(last) && used == 0 { return }
    }
  }

  /// True if there was any.
  @discardableResult mutating func takeEvents(_ used: [UInt8] = []) -> Bool {
    var any = false
    while let event = server.takeEvent() {
      any = true
      switch event {
      case .request(let request, let length): seen.note(.request(request, length))
      case .body(let count): seen.note(.body(text(used.suffix(count))))
      case .end(let trailers):
        seen.note(.end(trailers))
        if answers { try! answer(200) }
      case .failed(let error):
        seen.note(.failed(error))
        if server.canRespond { try! answer(error.status.code) }
      }
    }
    return any
  }

  mutating func answer(_ code: Int) throws {
    try server.respond(HTTPResponse(status: .init(code: code)), body: .none)
    try server.finish()
    drain()
  }

  /// Takes control bytes in small pieces, as a slow transport would.
  mutating func drain() {
    var room = [UInt8](repeating: 0, count: 7)
    while server.pendingCount > 0 {
      var span = room.mutableSpan
      var target = span.mutableBytes
      let n = server.drain(into: &target)
      output += room[..<n]
    }
  }

  mutating func write(_ text: String, inChunksOf size: Int) throws {
    var rest = bytes(text)
    while !rest.isEmpty {
      let piece = Array(rest.prefix(size))
      rest.removeFirst(piece.count)
      try server.beginBody(count: piece.count)
      drain()
      output += piece
      try server.wroteBody(piece.count)
    }
  }
}

/// A client at the end of a script.
struct ClientScript {
  var client: HTTP1Client
  var seen: [Seen] = []
  var inbox: [UInt8] = []

  init(_ methods: [HTTPRequest.Method] = [.get], limits: HTTPLimits = .init()) throws {
    client = HTTP1Client(limits: limits)
    for method in methods { try ask(method) }
  }
  mutating func ask(_ method: HTTPRequest.Method, _ fields: HTTPFields = [:]) throws {
    let authority = method == .connect ? "host:443" : "host"
    let path = method == .connect ? nil : "/"
    try client.send(
      HTTPRequest(method: method, scheme: "http", authority: authority, path: path, headerFields: fields),
      body: .none)
    try client.finish()
  }

  static func run(
    _ pieces: [[UInt8]], _ methods: [HTTPRequest.Method] = [.get], end: Bool = false,
    limits: HTTPLimits = .init()
  ) throws -> ClientScript {
    var script = try ClientScript(methods, limits: limits)
    for piece in pieces { script.receive(piece) }
    if end { script.endOfInput() }
    return script
  }

  mutating func receive(_ text: String) { receive(bytes(text)) }
  mutating func receive(_ piece: [UInt8]) {
    inbox += piece
    while true {
      let waiting = inbox
      let used = client.receive(waiting.span.bytes)
      let last = Array(waiting[..<used])
      inbox.removeFirst(used)
      if !takeEvents(last) && used == 0 { return }
    }
  }
  mutating func endOfInput() {
    client.endOfInput()
    takeEvents()
  }
  @discardableResult mutating func takeEvents(_ used: [UInt8] = []) -> Bool {
    var any = false
    while let event = client.takeEvent() {
      any = true
      switch event {
      case .informational(let head): seen.note(.informational(head.status.code))
      case .response(let head, let length):
        seen.note(.response(head.status.code, head.headerFields, length))
      case .body(let count): seen.note(.body(text(used.suffix(count))))
      case .end(let trailers): seen.note(.end(trailers))
      case .failed(let error): seen.note(.failed(error))
      }
    }
    return any
  }
}

func request(
  _ method: HTTPRequest.Method = .get, _ path: String? = "/", authority: String? = "h",
  scheme: String? = "http", _ fields: HTTPFields = [:]
) -> HTTPRequest {
  HTTPRequest(method: method, scheme: scheme, authority: authority, path: path, headerFields: fields)
}
