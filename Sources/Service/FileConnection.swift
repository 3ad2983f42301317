import HTTPTypes
import StrataBase
import StrataFiles
import StrataHTTP
import StrataSockets

/// One connection of a file server.
///
/// It keeps no content: bytes of a file are read into the socket's own buffer when there is room in it,
/// however big the file and slow the client.
struct FileConnection {
  enum Outcome {
    /// Until the next event, or its deadline.
    case waiting
    /// It could go on at once, but others come first.
    case more
    case closed
  }

  /// Bytes that a connection sends, or reads, before others have their turn.
  static var turn: Int { 65_536 }
  /// Bytes that are read from a file at a time: they are still in cache when they are sent.
  static var piece: Int { 16_384 }

  let descriptor: Descriptor
  /// When it is closed if nothing happens before.
  private(set) var deadline: Instant
  /// It stands in the queue of those that can go on.
  var isQueued = false

  private let peer: SocketAddress
  private let ordinal: UInt64
  private var http: HTTP1Server
  private var content = FileAnswer.Content.none
  /// Bytes of `content` that were sent.
  private var sent: UInt64 = 0
  private var record: RequestRecord?
  private var isResponding = false
  private var inputEnded = false
  /// When the first byte of the head that is being read came.
  private var headStarted: Instant?
  private var closesNext = false
  /// Our side has ended; bytes that the client may still send.
  private var lingering: Int?

  init(
    _ descriptor: Descriptor, peer: SocketAddress, ordinal: UInt64, limits: ServerLimits, now: Instant
  ) {
    self.descriptor = descriptor
    self.peer = peer
    self.ordinal = ordinal
    http = HTTP1Server(limits: limits.http)
    deadline = now + limits.idle
  }

  /// No request is underway: the connection may be closed.
  var isIdle: Bool { http.isIdle && !isResponding && lingering == nil }

  // MARK: turns

  /// Sends and reads what can be sent and read, within a turn's measure.
  mutating func turn<S>(_ site: inout FileSite<S>, _ sockets: some SocketCalls) -> Outcome {
    do throws(SocketError) {
      if lingering != nil { return try linger(&site, sockets) }
      var outRoom = Self.turn
      var inRoom = Self.turn
      var progressed = false
      while true {
        let read = try receive(&site, sockets, room: &inRoom)
        let wrote = try send(&site, sockets, room: &outRoom)
        if read || wrote { progressed = true }
        if !isResponding && http.pendingCount == 0 {
          if closesNext || http.shouldClose || site.isStopping && http.isIdle {
            return try beginLinger(&site, sockets)
          }
        }
        if outRoom <= 0 || inRoom <= 0 {
          setDeadline(site.limits, sockets.now, progressed: progressed)
          return .more
        }
        if !read && !wrote { break }
      }
      setDeadline(site.limits, sockets.now, progressed: progressed)
      return .waiting
    } catch {
      end(&site, sockets, aborts: true)
      return .closed
    }
  }

  private mutating func setDeadline(_ limits: ServerLimits, _ now: Instant, progressed: Bool) {
    if isResponding || http.awaitsBody || http.isIdle {
      if progressed { deadline = now + limits.idle }
      headStarted = nil
    } else if headStarted == nil {
      headStarted = now
      deadline = now + limits.head
    }
  }

  /// Gives up all that it holds. `aborts`: with a reset.
  mutating func end<S>(_ site: inout FileSite<S>, _ sockets: some SocketCalls, aborts: Bool) {
    site.letGo(content)
    content = .none
    if var record {
      record.isAborted = true
      record.ended = sockets.now
      site.records.append(record)
    }
    record = nil
    if aborts { sockets.abort(descriptor) } else { sockets.close(descriptor) }
  }

  /// The deadline came. A response that nobody reads is reset; else the close is an orderly one.
  mutating func timeOut<S>(_ site: inout FileSite<S>, _ sockets: some SocketCalls) {
    end(&site, sockets, aborts: isResponding)
  }

  // MARK: in

  /// Reads until there is nothing more, or the response underway comes first.
  private mutating func receive<S>(
    _ site: inout FileSite<S>, _ sockets: some SocketCalls, room: inout Int
  ) throws(SocketError) -> Bool {
    var progressed = false
    while room > 0 {
      var told = false
      while let event = http.takeEvent() {
        told = true
        handle(event, &site, sockets.now)
      }
      if told { progressed = true }
      if inputEnded { break }
      var sawBytes = false
      var used = 0
      do throws(SocketError) {
        used = try sockets.drain(descriptor) { bytes in
          sawBytes = true
          return http.receive(bytes)
        }
      } catch .wouldBlock {
        break
      }
      if !sawBytes {
        inputEnded = true
        http.endOfInput()
        continue
      }
      room -= used
      if used > 0 { progressed = true } else { break }
    }
    return progressed
  }

  private mutating func handle<S>(_ event: HTTP1Server.Event, _ site: inout FileSite<S>, _ now: Instant) {
    switch event {
    case .request(let request, _):
      record = RequestRecord(
        peer: peer, connection: ordinal, method: request.method.rawValue,
        target: request.path ?? request.authority ?? "-", status: 0, started: now)
      // A client that waits sends its content sooner or later, and then the connection lives on. What a
      // method not served would send is not worth waiting for.
      let isServed = request.method == .get || request.method == .head || request.method == .options
      if http.expectsContinue && isServed { try? http.sendContinue() }
      respond(site.answer(request, at: now), &site)
    case .failed(let error):
      if !http.canRespond {
        closesNext = true
        return
      }
      if record == nil {
        record = RequestRecord(
          peer: peer, connection: ordinal, method: "-", target: "-", status: 0, started: now)
      }
      respond(FileAnswer(error, date: site.date(at: now)), &site)
    case .body, .end: break
    }
  }

  private mutating func respond<S>(_ answer: FileAnswer, _ site: inout FileSite<S>) {
    do throws(HTTPMisuse) {
      var head = answer.head
      if site.isStopping { head.headerFields[.connection] = "close" }
      try http.respond(head, body: answer.length)
    } catch {
      site.hold(answer.content)
      site.letGo(answer.content)
      closesNext = true
      return
    }
    isResponding = true
    record?.status = answer.head.status.code
    sent = 0
    // For HEAD the machine sends no content, whatever length it was told.
    site.hold(answer.content)
    content = answer.content
    if !http.sendsBody {
      site.letGo(content)
      content = .none
    }
  }

  // MARK: out

  private mutating func send<S>(
    _ site: inout FileSite<S>, _ sockets: some SocketCalls, room: inout Int
  ) throws(SocketError) -> Bool {
    var progressed = false
    while room > 0, isResponding || http.pendingCount > 0 {
      var filled = 0
      var isCut = false
      do throws(SocketError) {
        filled = try sockets.fill(descriptor) { span in
          fill(&span, &site, isCut: &isCut)
        }
      } catch .wouldBlock {
        break
      }
      // The file is shorter than its head said: nothing but a reset tells the client so.
      if isCut { throw .connectionAborted }
      if filled > 0 {
        progressed = true
        room -= filled
        if isResponding, record?.firstByte == .never { record?.firstByte = sockets.now }
      }
      if isResponding && isSent {
        try finish(&site, sockets.now)
        return true
      }
      if filled == 0 { break }
    }
    return progressed
  }

  /// Control bytes, and behind them as much content as fits: a small response is one segment.
  private mutating func fill<S>(
    _ span: inout MutableRawSpan, _ site: inout FileSite<S>, isCut: inout Bool
  ) -> Int {
    let head = http.drain(into: &span)
    let count = min(http.bodyRoom, span.byteCount - head, Self.piece)
    if count <= 0 { return head }
    var filled = 0
    switch content {
    case .none: break
    case .page(let page):
      let from = Int(sent)
      filled = min(count, page.count - from)
      span.set(page.span.bytes.extracting(from..<(from + filled)), at: head)
    case .file(let file, let part):
      var target = span._mutatingExtracting(head..<(head + count))
      filled = site.store.read(file, at: part.lowerBound + sent, into: &target)
    }
    if filled == 0 { isCut = true }
    sent += UInt64(filled)
    record?.bytes += UInt64(filled)
    try? http.wroteBody(filled)
    return head + filled
  }

  private var isSent: Bool {
    http.pendingCount == 0 && (!http.sendsBody || http.bodyRoom == 0)
  }

  private mutating func finish<S>(_ site: inout FileSite<S>, _ now: Instant) throws(SocketError) {
    do throws(HTTPMisuse) {
      try http.finish()
    } catch {
      throw .connectionAborted
    }
    isResponding = false
    site.letGo(content)
    content = .none
    if var record {
      record.ended = now
      site.records.append(record)
    }
    record = nil
  }

  // MARK: the end

  private mutating func beginLinger<S>(
    _ site: inout FileSite<S>, _ sockets: some SocketCalls
  ) throws(SocketError) -> Outcome {
    // Unread bytes would make a close a reset, which may overtake the response (RFC 9112 §9.6): "the
    // server performs a half-close [...] then continues to read".
    lingering = site.limits.lingerBytes
    deadline = sockets.now + site.limits.linger
    try sockets.shutdown(descriptor, .write)
    return try linger(&site, sockets)
  }

  private mutating func linger<S>(
    _ site: inout FileSite<S>, _ sockets: some SocketCalls
  ) throws(SocketError) -> Outcome {
    var rest = lingering ?? 0
    do throws(SocketError) {
      while rest > 0 {
        let read = try sockets.drain(descriptor) { $0.byteCount }
        if read == 0 { break }
        rest -= read
      }
    } catch .wouldBlock {
      lingering = rest
      return .waiting
    }
    end(&site, sockets, aborts: false)
    return .closed
  }
}
