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
  /// The same where the ground sends the file by itself.
  static var fileTurn: Int { 524_288 }
  /// Bytes that are read from a file at a time: they are still in cache when they are sent.
  static var piece: Int { 16_384 }

  let descriptor: Descriptor
  /// When it is closed if nothing happens before.
  private var silenceEnds: Instant
  /// When the rate of a message underway is looked at next.
  private var rateDue = Instant.never
  /// It stands in the queue of those that can go on.
  var isQueued = false

  private let peer: SocketAddress
  private let ordinal: UInt64
  private var http: HTTP1Server
  private var content = FileAnswer.Content.none
  /// Bytes of `content` that were sent.
  private var sent: UInt64 = 0
  /// Bytes that the socket took, and gave.
  private var written: UInt64 = 0
  private var read: UInt64 = 0
  /// Bytes that had moved when the rate was looked at last.
  private var movedBefore: UInt64 = 0
  private var sendsTrailers = false
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
    silenceEnds = now + limits.idle
  }

  var deadline: Instant { min(silenceEnds, rateDue) }

  /// No request is underway: the connection may be closed.
  var isIdle: Bool { http.isIdle && !isResponding && lingering == nil }

  // MARK: turns

  /// Sends and reads what can be sent and read, within a turn's measure. `answers: false` leaves a request
  /// that has come for the next turn: what all clients ask is read before any is answered.
  mutating func turn<S>(
    _ site: inout FileSite<S>, _ sockets: some SocketCalls, answers: Bool = true
  ) -> Outcome {
    do throws(SocketError) {
      if lingering != nil { return try linger(&site, sockets) }
      var outRoom = Self.turn
      var inRoom = Self.turn
      var progressed = false
      while true {
        let read = try receive(&site, sockets, room: &inRoom, answers: answers)
        if !answers, http.hasRequest { return .more }
        let wrote = try send(&site, sockets, room: &outRoom)
        if read || wrote { progressed = true }
        if !isResponding && http.output.pendingCount == 0 {
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
    let isMoving = isResponding || http.awaitsBody
    if isMoving || http.isIdle {
      if progressed { silenceEnds = now + limits.idle }
      headStarted = nil
    } else if headStarted == nil {
      headStarted = now
      silenceEnds = now + limits.head
    }
    if !isMoving {
      rateDue = .never
    } else if rateDue == .never {
      rateDue = now + limits.rateGrace + limits.rateWindow
      movedBefore = 0
      (written, read) = (0, 0)
    }
  }

  /// A deadline came. Whether it ended the connection: a message that is too slow or stands still is reset,
  /// an idle connection is closed in order, and the beginning of a request is answered.
  mutating func expire<S>(_ site: inout FileSite<S>, _ sockets: some SocketCalls) -> Bool {
    let now = sockets.now
    if silenceEnds > now {
      let moved = read + written - min(written, UInt64(sockets.unsent(descriptor)))
      let seconds = UInt64(site.limits.rateWindow.nanoseconds) / 1_000_000_000
      if moved - min(moved, movedBefore) >= site.limits.leastRate * seconds {
        movedBefore = moved
        rateDue = now + site.limits.rateWindow
        return false
      }
    }
    if !isResponding, lingering == nil, http.refuseSlowHead() {
      if case .closed = turn(&site, sockets) { return true }
      return false
    }
    end(&site, sockets, aborts: isResponding)
    return true
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

  // MARK: in

  /// Reads until there is nothing more, or the response underway comes first.
  private mutating func receive<S>(
    _ site: inout FileSite<S>, _ sockets: some SocketCalls, room: inout Int, answers: Bool
  ) throws(SocketError) -> Bool {
    var progressed = false
    while room > 0 {
      if !answers, http.hasRequest { break }
      var told = false
      while let event = http.takeEvent() {
        told = true
        handle(event, &site, sockets)
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
      site.round &+= 1
      room -= used
      read += UInt64(used)
      if used > 0 { progressed = true } else { break }
    }
    return progressed
  }

  private mutating func handle<S>(
    _ event: HTTP1Server.Event, _ site: inout FileSite<S>, _ sockets: some SocketCalls
  ) {
    let now = sockets.now
    switch event {
    case .request(let request, _):
      var record = RequestRecord(
        peer: peer, connection: ordinal, method: request.method.rawValue,
        target: request.path ?? request.authority ?? "-", status: 0, started: now)
      record.isHTTP10 = http.isHTTP10
      if site.recordsClients {
        record.agent = request.headerFields[.userAgent]
        record.referrer = request.headerFields[.referer]
      }
      self.record = record
      if http.isAbsoluteForm {
        let local = try? sockets.localAddress(descriptor)
        guard let local, site.isOwn(request, at: local) else {
          let refusal = FileAnswer(.misdirectedRequest, "This server is not the one that the target names.")
          return respond(refusal, &site, now)
        }
      }
      let answer = site.answer(request, at: now)
      // A client that waits sends its content sooner or later, and then the connection lives on. What a
      // method not served would send is not worth waiting for, nor what was expected in vain.
      if http.expectsContinue, FileAnswer.isServed(request.method), answer.status != .expectationFailed {
        try? http.sendContinue()
      }
      respond(answer, &site, now)
    case .failed(let error):
      if !http.canRespond {
        closesNext = true
        return
      }
      if record == nil {
        record = RequestRecord(
          peer: peer, connection: ordinal, method: "-", target: "-", status: 0, started: now)
      }
      respond(FileAnswer(error), &site, now)
    case .body, .end: break
    }
  }

  private mutating func respond<S>(_ answer: FileAnswer, _ site: inout FileSite<S>, _ now: Instant) {
    do throws(HTTPMisuse) {
      site.sign(at: now)
      var fields = answer.fields
      if site.isStopping { fields[.connection] = "close" }
      try http.respond(
        answer.status, fields, lines: answer.lines, signature: site.signature, body: answer.length)
    } catch {
      site.hold(answer.content)
      site.letGo(answer.content)
      closesNext = true
      return
    }
    isResponding = true
    record?.status = answer.status.code
    sent = 0
    sendsTrailers = answer.fields.contains(.trailer)
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
    while room > 0, isResponding || http.output.pendingCount > 0 {
      var moved = 0
      do throws(SocketError) {
        if let n = try sendFile(&site, sockets) {
          moved = n
          room -= n * Self.turn / Self.fileTurn
        } else {
          var isCut = false
          moved = try sockets.fill(descriptor) { span in fill(&span, &site, isCut: &isCut) }
          // The file is shorter than its head said: nothing but a reset tells the client so.
          if isCut { throw .connectionAborted }
          room -= moved
        }
      } catch .wouldBlock {
        break
      }
      if moved > 0 {
        progressed = true
        written += UInt64(moved)
        if isResponding, record?.firstByte == .never { record?.firstByte = sockets.now }
      }
      if isResponding && isSent {
        try finish(&site, sockets.now)
        return true
      }
      if moved == 0 { break }
    }
    return progressed
  }

  /// Lets the ground send what is left of a file by itself, when it can and that is more than a piece:
  /// less goes out with its head in one segment. Nil: `fill` has to.
  private mutating func sendFile<S>(
    _ site: inout FileSite<S>, _ sockets: some SocketCalls
  ) throws(SocketError) -> Int? {
    guard case .file(let file, let part) = content, !site.fillsOnly,
      sent > 0 || http.output.bodyRoom > Self.piece,
      http.output.pendingCount == 0, http.output.bodyRoom > 0, let source = site.store.descriptor(of: file)
    else { return nil }
    let n: Int
    do throws(SocketError) {
      n = try sockets.sendFile(
        descriptor, from: source, at: part.lowerBound + sent, count: min(http.output.bodyRoom, Self.fileTurn))
    } catch .notSupported {
      site.fillsOnly = true
      return nil
    }
    if n == 0 { throw .connectionAborted }
    count(content: n)
    return n
  }

  private mutating func count(content n: Int) {
    sent += UInt64(n)
    record?.bytes += UInt64(n)
    try? http.output.wroteBody(n)
  }

  /// Control bytes, and behind them as much content as fits: a small response is one segment.
  private mutating func fill<S>(
    _ span: inout MutableRawSpan, _ site: inout FileSite<S>, isCut: inout Bool
  ) -> Int {
    let head = http.output.drain(into: &span)
    if http.output.pendingCount > 0 { return head }
    if case .packed(let file, var packed) = content {
      content = .none
      defer { content = .packed(file, packed) }
      if !packed.refill(file, &site.store, site.codings) { isCut = true }
      if isCut || packed.isSent { return head }
      return head + fill(&span, from: head, &packed)
    }
    let count = min(http.output.bodyRoom, span.byteCount - head, Self.piece)
    if count <= 0 { return head }
    var target = span._mutatingExtracting(head..<(head + count))
    var filled = 0
    switch content {
    case .none, .packed: break
    case .page(let page):
      let from = Int(sent)
      filled = min(count, page.count - from)
      target.set(page.span.bytes.extracting(from..<(from + filled)), at: 0)
    case .file(let file, let part):
      filled = site.store.read(file, at: part.lowerBound + sent, into: &target)
    case .parts(let file, var parts):
      filled = parts.take(into: &target, file, &site.store)
      content = .parts(file, parts)
    }
    if filled == 0 { isCut = true }
    self.count(content: filled)
    return head + filled
  }

  /// One chunk of packed content or a part of it, with what HTTP puts around it.
  private mutating func fill(
    _ span: inout MutableRawSpan, from start: Int, _ packed: inout PackedFile
  ) -> Int {
    var done = start
    if http.output.bodyRoom == 0 { try? http.output.beginBody(count: packed.count) }
    drain(into: &span, at: &done)
    if http.output.pendingCount > 0 { return done - start }
    var target = span._mutatingExtracting(done..<(done + min(http.output.bodyRoom, span.byteCount - done)))
    let taken = packed.take(into: &target)
    done += taken
    count(content: taken)
    drain(into: &span, at: &done)
    return done - start
  }
  private mutating func drain(into span: inout MutableRawSpan, at done: inout Int) {
    var rest = span._mutatingExtracting(done..<span.byteCount)
    done += http.output.drain(into: &rest)
  }

  private var isSent: Bool {
    if http.output.pendingCount > 0 { return false }
    if case .packed(_, let packed) = content { return packed.isSent }
    return !http.sendsBody || http.output.bodyRoom == 0
  }

  private mutating func finish<S>(_ site: inout FileSite<S>, _ now: Instant) throws(SocketError) {
    var trailers = HTTPFields()
    if sendsTrailers, let record {
      // Server-Timing (W3C): milliseconds. What a head cannot say yet: how long the content took.
      let milliseconds = (now - record.started).nanoseconds / 1_000_000
      trailers[.serverTiming] = "total;dur=\(milliseconds)"
    }
    do throws(HTTPMisuse) {
      try http.finish(trailers: trailers)
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
    silenceEnds = sockets.now + site.limits.linger
    rateDue = .never
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

extension HTTPField.Name {
  /// How long an answer took (W3C Server Timing).
  static let serverTiming = HTTPField.Name("Server-Timing")!
}
