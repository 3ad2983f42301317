import StrataBase
import StrataSockets
import StrataWire

/// Finds the routers on the way to a host: probes that may take one hop, two, and so on; who ends a probe
/// says so (RFC 1122 §3.2.2.4). A few probes a hop go out together.
struct Tracer: Program {
  enum Method {
    /// Datagrams to ports where nobody listens, from `firstPort` on; the host says that of itself.
    case udp
    /// Echo requests, which the host answers.
    case icmp
  }

  struct Settings {
    let address: Address
    var method = Method.udp
    var mostHops = 30
    var queries = 3
    /// How long an answer may take.
    var timeout = Interval.seconds(1)
  }

  /// What came of one probe.
  struct Answer: Equatable {
    let from: Address
    let time: Interval
    /// Nil: the host itself answered.
    let cause: NetworkError.Cause?
  }

  /// What came of the probes with one time to live; nil for silence.
  struct Hop: Equatable {
    let number: Int
    var answers: [Answer?]
  }

  static var firstPort: UInt16 { 33_434 }

  let settings: Settings
  /// Why it cannot go on.
  private(set) var failure: SocketError?
  /// The host itself has answered.
  private(set) var isReached = false
  private(set) var isOver = false
  private(set) var nextDeadline = Instant.start
  private var socket: Descriptor?
  private var hop = Hop(number: 0, answers: [])
  private var sentAt = Instant.start
  private var finished: [Hop] = []

  init(_ settings: Settings) { self.settings = settings }

  mutating func nextHop() -> Hop? { finished.isEmpty ? nil : finished.removeFirst() }

  mutating func start(_ sockets: some SocketCalls) {
    do throws(SocketError) {
      let d = try sockets.socket(settings.method == .udp ? .datagram : .echo)
      socket = d
      try sockets.bind(d, to: SocketAddress(address: settings.address.isV4 ? .anyV4 : .any, port: 0))
      try sockets.setOption(d, .receiveErrors(true))
      try probe(d, sockets)
    } catch { fail(error) }
  }

  mutating func expire(_ sockets: some SocketCalls) {
    guard let socket, !isOver else { return }
    endHop(socket, sockets)
  }

  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    guard let socket, event.descriptor == socket, !isOver else { return }
    var room = [UInt8](repeating: 0, count: 2_048)
    var span = room.mutableSpan
    var target = span.mutableBytes
    takeErrors(socket, sockets)
    while let got = try? sockets.receiveDatagram(socket, into: &target) {
      let message = target.bytes.extracting(first: got.count)
      let number =
        settings.method == .udp
        ? Int(got.from.port) - Int(Self.firstPort) : EchoMessage.sequence(message).map(Int.init)
      note(number, Answer(from: got.from.address, time: sockets.now - sentAt, cause: nil))
    }
    if !hop.answers.contains(nil) { endHop(socket, sockets) }
  }

  /// Notes what the network has said; false when that was nothing.
  @discardableResult
  private mutating func takeErrors(_ d: Descriptor, _ sockets: some SocketCalls) -> Bool {
    var isAny = sockets.takeError(d) != nil
    while let error = sockets.takeNetworkError(d) {
      isAny = true
      note(
        number(of: error), Answer(from: error.reporter, time: sockets.now - sentAt, cause: error.cause))
    }
    return isAny
  }

  /// The number of the probe that an error is about, from 0.
  private func number(of error: NetworkError) -> Int? {
    switch settings.method {
    case .udp: Int(error.destination.port) - Int(Self.firstPort)
    case .icmp: EchoMessage.sequence(error.payload.span.bytes).map(Int.init)
    }
  }

  private var firstNumber: Int { (hop.number - 1) * settings.queries }

  private mutating func note(_ number: Int?, _ answer: Answer) {
    guard let number, hop.answers.indices.contains(number - firstNumber),
      hop.answers[number - firstNumber] == nil
    else { return }
    hop.answers[number - firstNumber] = answer
  }

  private mutating func endHop(_ d: Descriptor, _ sockets: some SocketCalls) {
    finished.append(hop)
    let answers = hop.answers.compactMap { $0 }
    isReached = answers.contains {
      $0.from == settings.address && ($0.cause == nil || $0.cause == .portUnreachable)
    }
    // Beyond who cannot pass it on, and beyond the host itself, there is nobody to find.
    if answers.contains(where: { $0.cause != .timeExceeded }) || hop.number == settings.mostHops {
      return end()
    }
    do throws(SocketError) { try probe(d, sockets) } catch { fail(error) }
  }

  /// Sends the probes of the next hop.
  private mutating func probe(_ d: Descriptor, _ sockets: some SocketCalls) throws(SocketError) {
    hop = Hop(number: hop.number + 1, answers: Array(repeating: nil, count: settings.queries))
    try sockets.setOption(d, .timeToLive(hop.number))
    sentAt = sockets.now
    nextDeadline = sentAt + settings.timeout
    for number in firstNumber..<(firstNumber + settings.queries) { try send(number, d, sockets) }
  }

  private mutating func send(_ number: Int, _ d: Descriptor, _ sockets: some SocketCalls) throws(SocketError)
  {
    let data = (0..<32).map { UInt8(truncatingIfNeeded: $0) }
    let message =
      settings.method == .udp
      ? data : EchoMessage.request(sequence: UInt16(number), data: data, to: settings.address)
    let port = settings.method == .udp ? Self.firstPort + UInt16(number) : 0
    let peer = SocketAddress(address: settings.address, port: port)
    takeErrors(d, sockets)
    do throws(SocketError) {
      try sockets.send(d, message.span.bytes, to: peer)
    } catch {
      // Perhaps that was said of one before, meanwhile.
      guard takeErrors(d, sockets) else { throw error }
      try sockets.send(d, message.span.bytes, to: peer)
    }
  }

  private mutating func fail(_ error: SocketError) {
    failure = error
    end()
  }

  private mutating func end() {
    isOver = true
    nextDeadline = .never
  }
}
