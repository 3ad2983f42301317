import HTTPTypes
import StrataHTTP

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
    while server.output.pendingCount > 0 {
      var span = room.mutableSpan
      var target = span.mutableBytes
      let n = server.output.drain(into: &target)
      output += room[..<n]
    }
  }

  mutating func write(_ text: String, inChunksOf size: Int) throws {
    var rest = bytes(text)
    while !rest.isEmpty {
      let piece = Array(rest.prefix(size))
      rest.removeFirst(piece.count)
      try server.output.beginBody(count: piece.count)
      drain()
      output += piece
      try server.output.wroteBody(piece.count)
    }
  }
}
