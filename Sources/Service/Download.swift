import HTTPTypes
import StrataBase
import StrataFiles
import StrataHTTP
import StrataSockets

/// Fetches one URL into a sink, over any ground.
///
/// A redirect is reported (`redirection`), not followed: it may lead to another host. The content goes from
/// the socket's own buffer into the sink, and its length is checked.
///
/// ```swift
/// let url = WebAddress("http://10.0.0.2/big.iso")!
/// var download = Download(url, at: url.socketAddress!, into: FileSink(path: "big.iso"))
/// download.start(sockets)
/// while let event = sockets.nextEvent() { download.handle(event, sockets) }
/// if case .done = download.state { print(download.received) }
/// ```
public struct Download<Target: Sink>: Program {
  public enum State: Hashable, Sendable {
    case idle
    case connecting
    /// The request is sent or being sent; no response yet.
    case waiting
    case receiving
    case done
    case failed(DownloadError)
  }

  /// Bytes that are read before others have their turn.
  static var turn: Int { 1 << 20 }

  public let url: WebAddress
  /// Where to connect.
  public let address: SocketAddress
  /// Further fields of the request.
  public var fields = HTTPFields()
  /// The first byte that is wanted: above 0 to go on with a part that is there.
  public var offset: UInt64 = 0
  /// The strong entity tag of the content of which the part before `offset` is there, as it stood in ETag:
  /// should the server have other content by now, it sends all of that (If-Range, RFC 9110 §13.1.5).
  public var partTag: String?
  /// Bytes of content a second that are taken at most; nil: as many as come.
  public var rateLimit: UInt64?
  /// How long nothing may happen.
  public var patience = Interval.seconds(30)

  public private(set) var state = State.idle
  public private(set) var response: HTTPResponse?
  /// Bytes of content that were written to the sink.
  public private(set) var received: UInt64 = 0
  /// Bytes of content that the response announced; nil when it did not.
  public private(set) var expected: UInt64?
  /// Where the content that is being received begins: `offset`, or 0 when the server sends all of it.
  public private(set) var receivedFrom: UInt64 = 0
  /// What the server said behind the content.
  public private(set) var trailers = HTTPFields()
  public private(set) var started = Instant.never
  public private(set) var firstByte = Instant.never
  public private(set) var ended = Instant.never
  public private(set) var sink: Target

  private var http = HTTP1Client()
  private var descriptor: Descriptor?
  private var deadline = Instant.never
  private var inputEnded = false

  public init(_ url: WebAddress, at address: SocketAddress, into sink: Target) {
    self.url = url
    self.address = address
    self.sink = sink
  }

  /// It is done or has failed.
  public var isOver: Bool {
    switch state {
    case .done, .failed: true
    default: false
    }
  }

  public var nextDeadline: Instant { deadline }

  public mutating func start(_ sockets: some SocketCalls) {
    started = sockets.now
    do throws(DownloadError) {
      try ask()
      try connect(sockets)
    } catch {
      fail(error, sockets)
    }
  }

  private mutating func ask() throws(DownloadError) {
    var request = HTTPRequest(
      method: .get, scheme: "http", authority: url.authority, path: url.path, headerFields: fields)
    if request.headerFields[.userAgent] == nil { request.headerFields[.userAgent] = "strata" }
    if request.headerFields[.accept] == nil { request.headerFields[.accept] = "*/*" }
    // The bytes of the file, not of a packed form of it: those have no part that could be gone on with.
    if request.headerFields[.acceptEncoding] == nil { request.headerFields[.acceptEncoding] = "identity" }
    request.headerFields[.connection] = "close"
    if offset > 0 {
      request.headerFields[.range] = "bytes=\(offset)-"
      request.headerFields[.ifRange] = partTag
    }
    do throws(HTTPMisuse) {
      try http.send(request, body: .none)
      try http.finish()
    } catch {
      throw .invalidRequest
    }
  }

  private mutating func connect(_ sockets: some SocketCalls) throws(DownloadError) {
    deadline = sockets.now + patience
    do throws(SocketError) {
      let descriptor = try sockets.socket(.stream)
      self.descriptor = descriptor
      state = .connecting
      do throws(SocketError) {
        try sockets.connect(descriptor, to: address)
      } catch .inProgress {
        return
      }
      state = .waiting
    } catch {
      throw .socket(error)
    }
    try run(sockets)
  }

  public mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    guard event.descriptor == descriptor, !isOver else { return }
    do throws(DownloadError) {
      if event.readiness.contains(.failed) {
        let error = sockets.takeError(event.descriptor)
        if let error { throw .socket(error) }
        if state == .connecting { throw .socket(.connectionRefused) }
      }
      if state == .connecting {
        if !event.readiness.contains(.writable) { return }
        state = .waiting
      }
      try run(sockets)
    } catch {
      fail(error, sockets)
    }
  }

  public mutating func expire(_ sockets: some SocketCalls) {
    guard deadline <= sockets.now, !isOver else { return }
    do throws(DownloadError) {
      if !hasMore { throw .timedOut }
      try run(sockets)
    } catch {
      fail(error, sockets)
    }
  }

  /// A turn ended before the socket was empty.
  private var hasMore = false

  private mutating func run(_ sockets: some SocketCalls) throws(DownloadError) {
    guard let descriptor else { return }
    do throws(SocketError) {
      while http.output.pendingCount > 0 {
        http.output.drop(try sockets.write(descriptor, http.output.pending))
        deadline = sockets.now + patience
      }
    } catch .wouldBlock {
    } catch {
      throw .socket(error)
    }
    try read(descriptor, sockets)
  }

  private mutating func read(
    _ descriptor: Descriptor, _ sockets: some SocketCalls
  ) throws(DownloadError) {
    // The deadline of a turn that was cut is over, and the socket may have nothing: it is patience again.
    if hasMore { deadline = sockets.now + patience }
    hasMore = false
    var room = Self.turn
    if rateLimit != nil {
      room = min(room, allowance(at: sockets.now))
      if room <= 0 { return pause(sockets.now) }
    }
    while !isOver {
      var sawBytes = false
      var used = 0
      var failure: DownloadError?
      do throws(SocketError) {
        used = try sockets.drain(descriptor) { bytes in
          sawBytes = true
          // What a limit holds back stays with the socket, whose window then closes.
          let used = http.receive(bytes.extracting(0..<min(bytes.byteCount, room)))
          do throws(DownloadError) { try takeEvents(bytes.extracting(0..<used)) } catch { failure = error }
          return used
        }
      } catch .wouldBlock {
        return
      } catch {
        throw .socket(error)
      }
      if let failure { throw failure }
      if sawBytes {
        deadline = sockets.now + patience
        if firstByte == .never { firstByte = sockets.now }
      } else {
        // The response machine knows whether this is an end or a cut.
        http.endOfInput()
        try takeEvents(RawSpan())
        if !isOver && !isComplete { throw .http(.cutShort) }
      }
      if isComplete { return finish(descriptor, sockets) }
      room -= used
      if room <= 0, rateLimit != nil { return pause(sockets.now) }
      if room <= 0 {
        hasMore = true
        deadline = sockets.now
        return
      }
    }
  }

  /// Bytes that the limit allows now. Its measure starts with the content, so a server that was slow gives
  /// no right to a burst later but the one of a tenth of a second.
  private mutating func allowance(at now: Instant) -> Int {
    guard let rateLimit else { return .max }
    let burst = max(Double(rateLimit) / 10, 1_024)
    let span = measured == .never ? 0 : Double((now - measured).nanoseconds)
    tokens = min(burst, measured == .never ? burst : tokens + span * Double(rateLimit) / 1e9)
    measured = now
    return Int(tokens)
  }
  private var tokens = 0.0
  private var measured = Instant.never

  /// Waits until the limit allows some more.
  private mutating func pause(_ now: Instant) {
    hasMore = true
    deadline = now + .milliseconds(20)
  }

  private var isComplete = false

  private mutating func takeEvents(_ used: RawSpan) throws(DownloadError) {
    while let event = http.takeEvent() {
      switch event {
      case .informational: break
      case .response(let head, let length): try begin(head, length)
      case .body(let count):
        let content = used.extracting((used.byteCount - count)..<used.byteCount)
        do throws(SinkError) { try sink.write(content) } catch { throw .sink(error) }
        received += UInt64(count)
        if rateLimit != nil { tokens -= Double(count) }
      case .end(let trailers):
        isComplete = true
        self.trailers = trailers
        do throws(SinkError) { try sink.finish() } catch { throw .sink(error) }
      case .failed(let error): throw .http(error)
      }
    }
  }

  private mutating func begin(_ head: HTTPResponse, _ length: HTTPBody.Length) throws(DownloadError) {
    response = head
    var start: UInt64 = 0
    switch head.status.code {
    case 200: break
    case 206:
      start = offset
      // A part that was asked for by `fields` is the caller's to place.
      if offset > 0, !reachesTheEnd(head.headerFields[.contentRange] ?? "") { throw .wrongPart }
      if offset > 0, let partTag, let tag = head.headerFields[.eTag], tag != partTag { throw .wrongPart }
    case let code: throw .status(code)
    }
    if case .count(let count) = length { expected = count }
    if case .none = length { expected = 0 }
    receivedFrom = start
    state = .receiving
    let tag = head.headerFields[.eTag].flatMap { EntityTag($0) }
    sink.identify(tag?.isWeak == false ? tag?.description : nil)
    do throws(SinkError) { try sink.begin(at: start) } catch { throw .sink(error) }
  }

  /// Whether a Content-Range is that of all bytes from `offset` on. A server may send fewer than were asked
  /// for (RFC 9110 §15.3.7): without the rest they are not the file.
  private func reachesTheEnd(_ contentRange: String) -> Bool {
    let start = "bytes \(offset)-"
    guard contentRange.hasPrefix(start) else { return false }
    let ends = contentRange.dropFirst(start.count).split(separator: "/")
    guard ends.count == 2, let last = UInt64(ends[0]), let size = UInt64(ends[1]) else { return false }
    return last < size && last + 1 == size
  }

  /// The coding in which the content came, although none was asked for; nil: as it is.
  public var contentCoding: String? {
    response?.headerFields[.contentEncoding].flatMap { $0 == "identity" ? nil : $0 }
  }

  /// Where the server says that the content is, when it failed with a redirect that can be followed
  /// (RFC 9110 §15.4).
  public var redirection: WebAddress? {
    guard case .failed(.status(let code)) = state, [301, 302, 303, 307, 308].contains(code) else {
      return nil
    }
    return response?.headerFields[.location].flatMap { url.resolve($0) }
  }

  private mutating func finish(_ descriptor: Descriptor, _ sockets: some SocketCalls) {
    sockets.close(descriptor)
    self.descriptor = nil
    state = .done
    ended = sockets.now
    deadline = .never
  }

  private mutating func fail(_ error: DownloadError, _ sockets: some SocketCalls) {
    if let descriptor { sockets.abort(descriptor) }
    descriptor = nil
    sink.abandon()
    state = .failed(error)
    ended = sockets.now
    deadline = .never
  }
}
