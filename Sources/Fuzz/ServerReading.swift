import HTTPTypes
import StrataBase
import StrataHTTP

extension [Told] {
  mutating func note(_ told: Told) {
    if case .body(let more) = told, case .body(let text)? = last {
      self[count - 1] = .body(text + more)
    } else {
      append(told)
    }
  }

  /// Nothing is told behind a failure, and a body only between a head and an end.
  func checkOrder() throws {
    var isOpen = false
    for (index, told) in enumerated() {
      switch told {
      case .request, .response:
        try check(!isOpen, "a message begins inside another: \(self)")
        isOpen = true
      case .informational: try check(!isOpen, "an interim response inside a message: \(self)")
      case .body: try check(isOpen, "content outside a message: \(self)")
      case .end:
        try check(isOpen, "an end without a beginning: \(self)")
        isOpen = false
      case .failed: try check(index == count - 1, "something follows a failure: \(self)")
      }
    }
  }
}

/// A server that answers every request at its end, in a way that follows from the request alone.
struct ServerReading {
  var server = HTTP1Server()
  var told: [Told] = []
  var output: [UInt8] = []
  private var inbox: [UInt8] = []
  private var answers: Random

  init(answers: Random) { self.answers = answers }

  mutating func receive(_ piece: [UInt8]) throws {
    inbox += piece
    while true {
      let waiting = inbox
      let used = server.receive(waiting.span.bytes)
      try check(used >= 0 && used <= inbox.count, "the server used \(used) of \(inbox.count) bytes")
      let last = Array(waiting[..<used])
      inbox.removeFirst(used)
      if try !takeEvents(last), used == 0 { return }
    }
  }

  private mutating func takeEvents(_ used: [UInt8]) throws -> Bool {
    var any = false
    while let event = server.takeEvent() {
      any = true
      switch event {
      case .request(let request, let length): told.note(.request(request, length))
      case .body(let count):
        try check(count > 0 && count <= used.count, "\(count) bytes of content in \(used.count)")
        told.note(.body(Array(used.suffix(count))))
      case .end(let trailers):
        told.note(.end(trailers))
        try answer(200 + answers.number(300))
      case .failed(let error):
        told.note(.failed(error))
        if server.canRespond { try answer(error.status.code) }
      }
    }
    return any
  }

  private mutating func answer(_ code: Int) throws {
    let length = answers.one(of: [HTTPBody.Length.none, .count(0), .count(3_000), .chunked, .untilClose])
    var fields: HTTPFields = [:]
    if answers.once(in: 3) { fields[.contentType] = "text/plain" }
    if answers.once(in: 10) { fields[.connection] = "close" }
    try server.respond(HTTPResponse(status: .init(code: code), headerFields: fields), body: length)
    drain()
    var left = 3_000
    while server.sendsBody, left > 0 {
      let count = min(left, 1 + answers.number(900))
      try server.output.beginBody(count: count)
      drain()
      try check(
        server.output.bodyRoom >= count,
        "there is room for \(server.output.bodyRoom) of \(count) bytes of content")
      for at in 0..<count { output.append(ServerReading.byte(3_000 - left + at)) }
      try server.output.wroteBody(count)
      left -= count
      if case .count(0) = length { break }
    }
    try server.finish(trailers: answers.coin() ? [.init("X-Last")!: "1"] : [:])
    drain()
  }

  static func byte(_ offset: Int) -> UInt8 { UInt8(truncatingIfNeeded: offset &* 31) }

  private mutating func drain() {
    output += server.output.pending.array
    server.output.drop(server.output.pendingCount)
  }
}

/// A client that has asked, and reads what comes.
struct ClientReading {
  var client = HTTP1Client()
  var told: [Told] = []
  private var inbox: [UInt8] = []

  mutating func ask(_ request: HTTPRequest) throws {
    try client.send(request, body: .none)
    try client.finish()
  }

  mutating func receive(_ piece: [UInt8]) throws {
    inbox += piece
    while true {
      let waiting = inbox
      let used = client.receive(waiting.span.bytes)
      try check(used >= 0 && used <= inbox.count, "the client used \(used) of \(inbox.count) bytes")
      let last = Array(waiting[..<used])
      inbox.removeFirst(used)
      if try !takeEvents(last), used == 0 { return }
    }
  }

  mutating func end() throws {
    client.endOfInput()
    _ = try takeEvents([])
  }

  private mutating func takeEvents(_ used: [UInt8]) throws -> Bool {
    var any = false
    while let event = client.takeEvent() {
      any = true
      switch event {
      case .informational(let head): told.note(.informational(head))
      case .response(let head, let length): told.note(.response(head, length))
      case .body(let count):
        try check(count > 0 && count <= used.count, "\(count) bytes of content in \(used.count)")
        told.note(.body(Array(used.suffix(count))))
      case .end(let trailers): told.note(.end(trailers))
      case .failed(let error): told.note(.failed(error))
      }
    }
    return any
  }
}
