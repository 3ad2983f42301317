import HTTPTypes
import StrataBase

/// The server's end of one HTTP/1.1 connection (RFC 9112), without the connection: bytes go in and
/// events come out; responses go in and bytes come out. Content passes by it, uncopied.
///
/// ```swift
/// var server = HTTP1Server()
/// let used = server.receive(bytes)                 // call again with the rest while it uses or tells
/// while let event = server.takeEvent() {
///   if case .request(let request, _) = event {
///     try server.respond(HTTPResponse(status: .ok), body: .count(5))
///   }
/// }
/// transport.write(server.output.pending)           // and then server.output.drop(count)
/// if server.output.bodyRoom >= 5 { transport.write("hello"); try server.output.wroteBody(5) }
/// if server.output.bodyRoom == 0 { try server.finish() }
/// if server.shouldClose { transport.close() }
/// ```
///
/// Requests are answered in their order. `receive` uses no byte of the next request before the response
/// to this one is finished, so pipelined requests wait with the caller, who thereby bounds them.
public struct HTTP1Server: Sendable {
  public enum Event: Sendable, Equatable {
    /// A request's head. Its content follows in `.body` events and then, in every case, `.end`.
    case request(HTTPRequest, body: HTTPBody.Length)
    /// The last `count` bytes that `receive` used are content.
    case body(count: Int)
    /// The request is complete.
    case end(trailers: HTTPFields)
    /// The client broke the protocol. Respond with `error.status`, if `canRespond`, and then close.
    case failed(HTTPError)
  }

  /// How far the response is.
  private enum Reply: Sendable { case none, due, underway, done }

  public let limits: HTTPLimits
  private let scheme: String
  private var reader: MessageReader
  /// What goes to the transport.
  public var output = MessageOutput()
  private var events = EventQueue<Event>()
  private var reply = Reply.none
  private var persists = true
  /// The client speaks HTTP/1.0: no interim responses, no chunks.
  public private(set) var isHTTP10 = false
  private var isHEAD = false
  private var isCONNECT = false
  private var inputEnded = false
  /// The request wants to hear `100 Continue` before it sends its content: call `sendContinue` when
  /// the content is to be read, or respond.
  public private(set) var expectsContinue = false
  /// The target of the request was a whole URI (RFC 9112 §3.2.2): a proxy's form, which a server has to
  /// take too. Its authority may be another's.
  public private(set) var isAbsoluteForm = false

  /// `scheme` is what requests get that do not name one: "https" behind TLS.
  public init(limits: HTTPLimits = .init(), scheme: String = "http") {
    self.limits = limits
    self.scheme = scheme
    reader = MessageReader(limits: limits, skipsEmptyLine: true)
  }

  // MARK: in

  /// Reads until one event is complete or the bytes are used. The count of bytes used: 0 while an event
  /// has not been taken, while the response to the request before is not finished (or more than
  /// `limits.pendingOutput` of it waits), and after `isUpgraded`. After a failure all are thrown away.
  public mutating func receive(_ bytes: RawSpan) -> Int {
    if !events.isEmpty { return 0 }
    var used = 0
    do throws(HTTPError) {
      switch reader.place {
      case .head: try receiveHead(bytes, used: &used)
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
  /// The next event is a request, or a failure that is to be answered.
  public var hasRequest: Bool { reply == .due && !events.isEmpty }

  private mutating func receiveHead(_ bytes: RawSpan, used: inout Int) throws(HTTPError) {
    if reply != .none || output.pendingCount > limits.pendingOutput { return }
    let (count, isWhole) = try reader.gather(bytes, from: 0)
    used = count
    if !isWhole { return }
    let head: RequestHead
    if reader.keptCount == 0 {
      head = try RequestHead(bytes.extracting(0..<count), limits: limits, scheme: scheme)
    } else {
      let kept = reader.takeKept()
      head = try RequestHead(kept.span.bytes, limits: limits, scheme: scheme)
    }
    reply = .due
    persists = head.persists
    isHTTP10 = head.isHTTP10
    isHEAD = head.request.method == .head
    isCONNECT = head.request.method == .connect
    expectsContinue = head.expectsContinue
    isAbsoluteForm = head.isAbsolute
    reader.begin(head.length)
    events.push(.request(head.request, body: head.length))
    if head.length == .none { events.push(.end(trailers: [:])) }
  }

  private mutating func receiveBody(_ bytes: RawSpan, used: inout Int) throws(HTTPError) {
    switch try reader.readBody(bytes, used: &used) {
    case .nothing: break
    case .body(let count, let isLast):
      events.push(.body(count: count))
      if isLast { events.push(.end(trailers: [:])) }
    case .end(let trailers): events.push(.end(trailers: trailers))
    }
    // The client did not wait for it.
    if used > 0 { expectsContinue = false }
    if reader.place == .ended { settle() }
  }

  private mutating func fail(_ error: HTTPError) {
    events.push(.failed(error))
    reader.close()
    persists = false
    expectsContinue = false
    if reply == .none {
      // What was answered before has no say in how this is answered.
      (isHTTP10, isHEAD, isCONNECT) = (false, false, false)
      reply = .due
    } else if reply == .done {
      reply = .none
    }
  }

  /// The time for a head is over. Whether there is a part of one, which is refused now (408,
  /// RFC 9110 §15.5.9); a connection on which nothing has come may simply be closed.
  public mutating func refuseSlowHead() -> Bool {
    if !reader.hasPartialHead || reply != .none { return false }
    fail(.headTooSlow)
    return true
  }

  /// The client has sent its last byte. Call it when `receive` has used all bytes that came before.
  public mutating func endOfInput() {
    if inputEnded { return }
    inputEnded = true
    persists = false
    switch reader.place {
    case .head:
      if reader.hasPartialHead { fail(.cutShort) } else { reader.close() }
    case .ended, .closed, .upgraded: break
    default: fail(.cutShort)
    }
  }

  // MARK: out

  /// A response can be given: a request waits for it, or a failure, and none has begun.
  public var canRespond: Bool { reply == .due }

  /// Queues the head of the final response. `body` may be any length; what the client cannot take is
  /// sent in another way, or not at all (see `sendsBody`). Every response ends with `finish`.
  ///
  /// The machine writes Content-Length, Transfer-Encoding and, as due, Connection. `Connection: close`
  /// among the fields closes after this response. 101, and 2xx to CONNECT, hand the connection over.
  ///
  public mutating func respond(_ head: HTTPResponse, body: HTTPBody.Length) throws(HTTPMisuse) {
    try respond(head.status, head.headerFields, body: body)
  }

  /// The same, with lines that were made beforehand: what the response says of its content, and what all
  /// responses of this moment say.
  public mutating func respond(
    _ status: HTTPResponse.Status, _ fields: HTTPFields = [:], lines: FieldLines? = nil,
    signature: FieldLines? = nil, body: HTTPBody.Length
  ) throws(HTTPMisuse) {
    if reply == .none { throw .noRequest }
    if reply != .due { throw .responseUnderway }
    let code = status.code
    if code < 200 && code != 101 || code > 999 { throw .finalStatusNeeded }
    let switches = code == 101 || isCONNECT && code / 100 == 2
    if switches && reader.place != .ended { throw .requestIncomplete }
    // The content that the client still holds back may or may not come: nobody knows where the next
    // request would begin.
    if expectsContinue { persists = false }
    expectsContinue = false
    let isBodiless = isHEAD || switches || code == 204 || code == 304
    let isUnbounded = body == .untilClose || body == .chunked && isHTTP10
    if isUnbounded && !isBodiless { persists = false }
    if Framing.says("close", fields) { persists = false }

    appendStatusLine(status)
    output.append(fields)
    if let lines { output.append(lines) }
    if let signature { output.append(signature) }
    if !switches { appendConnection(fields) }
    if !switches && code != 204 { appendFraming(body, code: code) }
    output.endHead(place(of: body, isBodiless: isBodiless))
    if switches { reader.upgrade() }
    reply = .underway
  }

  private mutating func appendStatusLine(_ status: HTTPResponse.Status) {
    output.append("HTTP/1.1 ")
    output.append(decimal: UInt64(status.code))
    output.append(" ")
    output.append(status.reasonPhrase)
    output.appendLineEnd()
  }
  private mutating func appendConnection(_ fields: HTTPFields) {
    if !persists {
      // RFC 9112 §9.6: "A server that does not support persistent connections MUST send the "close"
      // connection option in every response message"; and one that is about to close should.
      if !Framing.says("close", fields) { output.append("Connection: close\r\n") }
    } else if isHTTP10, !Framing.says("keep-alive", fields) {
      output.append("Connection: keep-alive\r\n")
    }
  }
  private mutating func appendFraming(_ body: HTTPBody.Length, code: Int) {
    switch body {
    case .none:
      // RFC 9110 §8.6: a length in an answer to HEAD or in a 304 is that of the content of a GET, which
      // nobody told us.
      if !isHEAD && code != 304 { output.append("Content-Length: 0\r\n") }
    case .count(let count):
      output.append("Content-Length: ")
      output.append(decimal: count)
      output.appendLineEnd()
    case .chunked: if !isHTTP10 { output.append("Transfer-Encoding: chunked\r\n") }
    case .untilClose: break
    }
  }
  private func place(of body: HTTPBody.Length, isBodiless: Bool) -> MessageOutput.Place {
    if isBodiless { return .withoutBody }
    switch body {
    case .none, .count(0): return .withoutBody
    case .count(let count): return .counted(count)
    case .chunked: return isHTTP10 ? .untilClose : .chunked
    case .untilClose: return .untilClose
    }
  }

  /// Queues an interim response (1xx but 101) in front of the final one. Not sent to HTTP/1.0 clients.
  public mutating func informational(_ head: HTTPResponse) throws(HTTPMisuse) {
    if reply == .none { throw .noRequest }
    if reply != .due { throw .responseUnderway }
    if head.status.kind != .informational || head.status.code == 101 { throw .interimStatusNeeded }
    // RFC 9110 §15.2: "a server MUST NOT send a 1xx response to an HTTP/1.0 client."
    if isHTTP10 { return }
    appendStatusLine(head.status)
    output.append(head.headerFields)
    output.appendLineEnd()
  }

  /// Queues `100 Continue`, if the client waits for it.
  public mutating func sendContinue() throws(HTTPMisuse) {
    if !expectsContinue { return }
    try informational(HTTPResponse(status: .init(code: 100, reasonPhrase: "Continue")))
    expectsContinue = false
  }

  /// Queues `103 Early Hints` (RFC 8297): fields, Link above all, that the final response is likely to
  /// have. A client may use them while we still look for the answer.
  public mutating func sendEarlyHints(_ fields: HTTPFields) throws(HTTPMisuse) {
    try informational(HTTPResponse(status: .earlyHints, headerFields: fields))
  }

  /// Queues `104 Upload Resumption Supported` (draft-ietf-httpbis-resumable-upload): how many bytes of
  /// the request's content are safe, and where an upload that breaks may be taken up again.
  public mutating func sendUploadProgress(offset: UInt64, location: String? = nil) throws(HTTPMisuse) {
    var head = HTTPResponse(status: .init(code: 104, reasonPhrase: "Upload Resumption Supported"))
    head.headerFields[.uploadOffset] = String(offset)
    head.headerFields[.location] = location
    try informational(head)
  }

  /// The response underway has content that is to be written: not so for HEAD, 204 and the like.
  public var sendsBody: Bool { output.place != .idle && output.place != .withoutBody }

  /// Ends the response. Trailers go out if it is chunked, and are left out else.
  public mutating func finish(trailers: HTTPFields = [:]) throws(HTTPMisuse) {
    try output.finish(trailers: trailers)
    reply = .done
    settle()
  }

  // MARK: state

  /// Turns to the next request when both request and response are complete.
  private mutating func settle() {
    guard reply == .done else { return }
    switch reader.place {
    case .ended where persists: reader.nextMessage()
    case .closed, .upgraded: break
    default:
      // The rest of a request whose connection goes on is read to its end.
      if persists { return }
      reader.close()
    }
    reply = .none
  }

  /// All is sent, and the connection is to be closed: as the client or the response asked, after a
  /// failure, or because the client closed its side. Close the sending side first and let `receive` throw
  /// away what still comes: closing at once could reset the connection under a response that the client
  /// has not read (RFC 9112 §9.6).
  public var shouldClose: Bool {
    reader.place == .closed && output.pendingCount == 0 && output.place == .idle && reply == .none
      && events.isEmpty
  }
  /// No request is underway, nor part of one, and nothing waits to be sent.
  public var isIdle: Bool {
    reply == .none && !reader.hasPartialHead && output.pendingCount == 0 && events.isEmpty
  }
  /// The connection belongs to another protocol: bytes that `receive` does not use are its first ones.
  public var isUpgraded: Bool { reader.place == .upgraded && reply == .none }
  /// The request underway has content that has not come yet. Who does not want it may close.
  public var awaitsBody: Bool {
    switch reader.place {
    case .head, .ended, .closed, .upgraded: false
    default: true
    }
  }
}

extension HTTPField.Name {
  /// Bytes of an upload that are safe (draft-ietf-httpbis-resumable-upload).
  static var uploadOffset: HTTPField.Name { HTTPField.Name("Upload-Offset")! }
}
