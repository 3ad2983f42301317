import HTTPTypes
import StrataBase

/// The client's end of one HTTP/1.1 connection (RFC 9112), without the connection: requests go in and
/// bytes come out; bytes go in and events come out. Content passes by it, uncopied.
///
/// ```swift
/// var client = HTTP1Client()
/// try client.send(
///   HTTPRequest(method: .get, scheme: "http", authority: "10.0.0.1", path: "/"), body: .none)
/// try client.finish()
/// transport.write(client.output.pending)           // and then client.output.drop(count)
/// let used = client.receive(bytes)                 // call again with the rest while it uses or tells
/// while let event = client.takeEvent() { ... }
/// ```
///
/// Requests may be sent before the answers to earlier ones have come (pipelining); answers come in the
/// order of the requests. With `Expect: 100-continue`, wait for `.informational` or `.response` before
/// the content is written.
public struct HTTP1Client: Sendable {
  public enum Event: Sendable, Equatable {
    /// An interim response (1xx); another will follow.
    case informational(HTTPResponse)
    /// The final response's head. Its content follows in `.body` events and then, in every case, `.end`.
    case response(HTTPResponse, body: HTTPBody.Length)
    /// The last `count` bytes that `receive` used are content.
    case body(count: Int)
    /// The response is complete.
    case end(trailers: HTTPFields)
    /// The server broke the protocol, or cut a response short. Close the connection.
    case failed(HTTPError)
  }

  /// What a response depends on in its request.
  private struct Asked: Sendable {
    var isHEAD: Bool
    var isCONNECT: Bool
  }

  public let limits: HTTPLimits
  private var reader: MessageReader
  /// What goes to the transport.
  public var output = MessageOutput()
  private var events = EventQueue<Event>()
  /// Requests whose responses are not complete, oldest first; at most `limits.pipelinedRequests`.
  private var asked: [Asked] = []
  private var informationalCount = 0
  /// No response follows the one that is being read.
  private var isLastResponse = false
  private var persists = true
  private var inputEnded = false

  public init(limits: HTTPLimits = .init()) {
    self.limits = limits
    reader = MessageReader(limits: limits, skipsEmptyLine: false)
  }

  // MARK: out

  /// Queues a request's head. Every request ends with `finish`.
  ///
  /// Host is the request's authority. The machine writes it, Content-Length and Transfer-Encoding.
  /// `Connection: close` among the fields makes this the connection's last request.
  public mutating func send(_ request: HTTPRequest, body: HTTPBody.Length) throws(HTTPMisuse) {
    if output.place != .idle { throw .requestUnderway }
    if !persists || inputEnded || reader.place == .closed || reader.place == .upgraded {
      throw .connectionClosing
    }
    if asked.count >= limits.pipelinedRequests { throw .tooManyRequests }
    // Behind a request that may change the protocol nothing can follow.
    if asked.last?.isCONNECT == true { throw .connectionClosing }
    let isCONNECT = request.method == .connect
    let target = try Self.target(of: request)
    if body == .untilClose { throw .invalidRequest }

    output.append(request.method.rawValue)
    output.append(" ")
    output.append(target)
    output.append(" HTTP/1.1\r\n")
    if let authority = request.authority {
      output.append("Host: ")
      output.append(authority)
      output.appendLineEnd()
    } else if !request.headerFields.contains(where: { Self.isHost($0) }) {
      // RFC 9110 §7.2: without an authority "a user agent MUST send [...] an empty field value".
      output.append("Host: \r\n")
    }
    for field in request.headerFields where !MessageOutput.isFraming(field.name) {
      if Self.isHost(field), request.authority != nil { continue }
      if field.name == .connection, Framing.says("close", field) { persists = false }
      output.append(field)
    }
    output.endHead(appendFraming(body, method: request.method))
    asked.append(Asked(isHEAD: request.method == .head, isCONNECT: isCONNECT))
  }

  private static func isHost(_ field: HTTPField) -> Bool { field.name.canonicalName == "host" }

  private static func target(of request: HTTPRequest) throws(HTTPMisuse) -> String {
    if let authority = request.authority {
      let bytes = Array(authority.utf8)
      let isValid = Authority.isValid(
        bytes.span.bytes, 0..<bytes.count, needsPort: request.method == .connect)
      if !isValid { throw .invalidRequest }
      if request.method == .connect { return authority }
    } else if request.method == .connect {
      throw .invalidRequest
    }
    guard let path = request.path, !path.isEmpty else { return "/" }
    if path == "*" {
      if request.method != .options { throw .invalidRequest }
      return path
    }
    if path.utf8.first != 0x2f { throw .invalidRequest }
    var inQuery = false
    for byte in path.utf8 {
      if byte == 0x3f { inQuery = true }
      let allowed = inQuery ? ByteClass.query.contains(byte) : ByteClass.path.contains(byte)
      if !allowed { throw .invalidRequest }
    }
    return path
  }

  private mutating func appendFraming(
    _ body: HTTPBody.Length, method: HTTPRequest.Method
  ) -> MessageOutput.Place {
    switch body {
    case .count(let count) where count > 0:
      output.append("Content-Length: ")
      output.append(decimal: count)
      output.appendLineEnd()
      return .counted(count)
    case .chunked:
      output.append("Transfer-Encoding: chunked\r\n")
      return .chunked
    case .none, .count, .untilClose:
      // RFC 9110 §8.6: a user agent "SHOULD send Content-Length in a request when the method defines a
      // meaning for enclosed content", even if it is 0.
      if method == .post || method == .put || method == .patch { output.append("Content-Length: 0\r\n") }
      return .withoutBody
    }
  }

  /// Ends the request. Trailers go out if it is chunked, and are left out else.
  public mutating func finish(trailers: HTTPFields = [:]) throws(HTTPMisuse) {
    try output.finish(trailers: trailers)
  }

  // MARK: in

  /// Reads until one event is complete or the bytes are used. The count of bytes used: 0 while an event
  /// has not been taken and after `isUpgraded`. After a failure all are thrown away.
  public mutating func receive(_ bytes: RawSpan) -> Int {
    if !events.isEmpty { return 0 }
    var used = 0
    do throws(HTTPError) {
      switch reader.place {
      case .head: if bytes.byteCount > 0 { try receiveHead(bytes, used: &used) }
      case .closed: return bytes.byteCount
      case .ended, .upgraded: return 0
      default: try receiveBody(bytes, used: &used)
      }
    } catch {
      fail(error)
      return bytes.byteCount
    }
    return used
  }

  /// The next event, in order.
  public mutating func takeEvent() -> Event? {
    events.pop()
  }

  private mutating func receiveHead(_ bytes: RawSpan, used: inout Int) throws(HTTPError) {
    guard let asked = asked.first else { throw .unexpectedResponse }
    let (count, isWhole) = try reader.gather(bytes, from: 0)
    used = count
    if !isWhole { return }
    let head: ResponseHead
    if reader.keptCount == 0 {
      head = try ResponseHead(bytes.extracting(0..<count), limits: limits)
    } else {
      let kept = reader.takeKept()
      head = try ResponseHead(kept.span.bytes, limits: limits)
    }
    let code = head.response.status.code
    let length = try head.length(toHEAD: asked.isHEAD, limit: limits.body)
    if code == 101 || asked.isCONNECT && code / 100 == 2 {
      events.push(.response(head.response, body: .none))
      events.push(.end(trailers: [:]))
      self.asked.removeFirst()
      reader.upgrade()
      persists = false
    } else if code < 200 {
      informationalCount += 1
      if informationalCount > limits.informationalResponses { throw .tooManyInformational }
      events.push(.informational(head.response))
      reader.nextMessage()
    } else {
      begin(head, length)
    }
  }

  private mutating func begin(_ head: ResponseHead, _ length: HTTPBody.Length) {
    isLastResponse = length == .untilClose || !head.framing.persists(isHTTP10: head.isHTTP10)
    if isLastResponse { persists = false }
    events.push(.response(head.response, body: length))
    reader.begin(length)
    if reader.place == .ended {
      events.push(.end(trailers: [:]))
      complete()
    }
  }

  private mutating func receiveBody(_ bytes: RawSpan, used: inout Int) throws(HTTPError) {
    switch try reader.readBody(bytes, used: &used) {
    case .nothing: break
    case .body(let count, let isLast):
      events.push(.body(count: count))
      if isLast { events.push(.end(trailers: [:])) }
    case .end(let trailers): events.push(.end(trailers: trailers))
    }
    if reader.place == .ended { complete() }
  }

  /// The response is complete: the next bytes are the next response's.
  private mutating func complete() {
    asked.removeFirst()
    informationalCount = 0
    if isLastResponse || inputEnded || !persists && asked.isEmpty {
      loseUnanswered()
    } else {
      reader.nextMessage()
    }
  }

  private mutating func fail(_ error: HTTPError) {
    events.push(.failed(error))
    reader.close()
    persists = false
    asked = []
  }

  /// The server has sent its last byte. Call it when `receive` has used all bytes that came before.
  /// Content without a length ends here; other content is cut short by it.
  public mutating func endOfInput() {
    if inputEnded { return }
    inputEnded = true
    persists = false
    switch reader.place {
    case .untilClose:
      events.push(.end(trailers: [:]))
      complete()
    case .head: loseUnanswered()
    case .closed, .ended, .upgraded: break
    default: loseUnanswered()
    }
  }
  /// What has not been answered will not be.
  private mutating func loseUnanswered() {
    if !asked.isEmpty { events.push(.failed(.cutShort)) }
    reader.close()
    asked = []
  }

  // MARK: state

  /// Another request may be sent when this is true: all before are answered, and both sides let the
  /// connection live on.
  public var canReuse: Bool {
    persists && asked.isEmpty && output.place == .idle && reader.place == .head && !reader.hasPartialHead
      && events.isEmpty
  }
  /// Requests whose responses are not complete.
  public var unanswered: Int { asked.count }
  /// Nothing more comes or may be asked on this connection.
  public var shouldClose: Bool { reader.place == .closed && events.isEmpty }
  /// The connection belongs to another protocol: bytes that `receive` does not use are its first ones.
  public var isUpgraded: Bool { reader.place == .upgraded && events.isEmpty }
}
