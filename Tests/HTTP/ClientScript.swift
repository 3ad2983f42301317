import HTTPTypes
import StrataHTTP

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
