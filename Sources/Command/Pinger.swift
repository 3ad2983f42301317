import StrataBase
import StrataSockets
import StrataWire

/// Sends echo requests to one address at a steady pace, and keeps what came of them.
///
/// ```swift
/// var pinger = Pinger(Pinger.Settings(address: far, count: 3))
/// ground.run(&pinger) { pinger in
///   while let news = pinger.nextNews() { print(news) }
///   return pinger.isOver
/// }
/// ```
struct Pinger: Program {
  struct Settings {
    let address: Address
    /// Nil: without end.
    var count: Int?
    var interval = Interval.seconds(1)
    /// Bytes of data in a request.
    var size = 56
    var timeToLive: Int?
    /// How long the answer to the last request may take.
    var timeout = Interval.seconds(2)
  }

  enum News: Equatable {
    case reply(Reply)
    /// A router or a host says that a request did not arrive.
    case error(sequence: Int?, NetworkError)
    /// A request could not be sent.
    case unsent(sequence: Int, SocketError)
  }

  struct Reply: Equatable {
    let sequence: Int
    /// With the header of eight bytes.
    let bytes: Int
    let from: Address
    let timeToLive: Int?
    let time: Interval
    /// This request was answered before.
    let isDuplicate: Bool
  }

  /// The latest requests, whose answers still count; one that comes later is of nobody.
  static let mostOutstanding = 1_024

  private struct Request {
    let number: Int
    let sent: Instant
    var isAnswered = false
  }

  let settings: Settings
  private(set) var sent = 0
  private(set) var duplicates = 0
  private(set) var errors = 0
  private(set) var times = RoundTrips()
  /// Why it cannot go on.
  private(set) var failure: SocketError?
  private(set) var nextDeadline = Instant.start
  private var socket: Descriptor?
  private var requests: [Request] = []
  private var news: [News] = []

  init(_ settings: Settings) { self.settings = settings }

  var received: Int { times.count }
  private var isAllSent: Bool { settings.count.map { sent >= $0 } ?? false }

  /// All that was to be sent was, and answered or waited for long enough.
  var isOver: Bool { failure != nil || nextDeadline == .never }

  mutating func nextNews() -> News? { news.isEmpty ? nil : news.removeFirst() }

  mutating func start(_ sockets: some SocketCalls) {
    do throws(SocketError) {
      let d = try sockets.socket(.echo)
      socket = d
      try sockets.bind(d, to: SocketAddress(address: settings.address.isV4 ? .anyV4 : .any, port: 0))
      try sockets.setOption(d, .receiveErrors(true))
      if let hops = settings.timeToLive { try sockets.setOption(d, .timeToLive(hops)) }
    } catch { failure = error }
    nextDeadline = sockets.now
  }

  mutating func expire(_ sockets: some SocketCalls) {
    guard !isAllSent, let socket else {
      nextDeadline = .never
      return
    }
    takeErrors(socket, sockets)
    sent += 1
    let data = (0..<settings.size).map { UInt8(truncatingIfNeeded: $0) }
    let message = EchoMessage.request(
      sequence: UInt16(truncatingIfNeeded: sent), data: data, to: settings.address)
    let request = Request(number: sent, sent: sockets.now)
    if requests.count < Self.mostOutstanding {
      requests.append(request)
    } else {
      requests[(sent - 1) % Self.mostOutstanding] = request
    }
    do throws(SocketError) {
      try sockets.send(socket, message.span.bytes, to: SocketAddress(address: settings.address, port: 0))
    } catch { news.append(.unsent(sequence: sent, error)) }
    nextDeadline = sockets.now + (isAllSent ? settings.timeout : settings.interval)
  }

  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    guard event.descriptor == socket else { return }
    takeErrors(event.descriptor, sockets)
    var room = [UInt8](repeating: 0, count: 65_536)
    var span = room.mutableSpan
    var target = span.mutableBytes
    while let got = try? sockets.receiveDatagram(event.descriptor, into: &target) {
      take(got, target.bytes.extracting(first: got.count), at: sockets.now)
    }
    if isAllSent, requests.allSatisfy(\.isAnswered) { nextDeadline = .never }
  }

  private mutating func take(_ got: ReceivedDatagram, _ message: RawSpan, at now: Instant) {
    guard let sequence = EchoMessage.sequence(message), let at = place(of: sequence) else { return }
    let time = now - requests[at].sent, isDuplicate = requests[at].isAnswered
    requests[at].isAnswered = true
    if isDuplicate { duplicates += 1 } else { times.add(time) }
    news.append(
      .reply(
        Reply(
          sequence: requests[at].number, bytes: got.count, from: got.from.address, timeToLive: got.timeToLive,
          time: time, isDuplicate: isDuplicate)))
  }

  private mutating func takeErrors(_ d: Descriptor, _ sockets: some SocketCalls) {
    while let error = sockets.takeNetworkError(d) {
      errors += 1
      let sequence = EchoMessage.sequence(error.payload.span.bytes)
      let at = sequence.flatMap { place(of: $0) }
      news.append(.error(sequence: at.map { requests[$0].number }, error))
    }
    _ = sockets.takeError(d)
  }

  /// Where the request of a sequence is, which comes again after 65,536 requests.
  private func place(of sequence: UInt16) -> Int? {
    let number = sent - Int(UInt16(truncatingIfNeeded: sent) &- sequence)
    guard number > 0 else { return nil }
    let at = (number - 1) % Self.mostOutstanding
    return requests[at].number == number ? at : nil
  }
}

/// What can be said of many round trips without keeping them.
struct RoundTrips {
  private(set) var count = 0
  private(set) var least = Interval.zero
  private(set) var most = Interval.zero
  private var sum = 0.0
  private var squares = 0.0

  mutating func add(_ time: Interval) {
    least = count == 0 ? time : min(least, time)
    most = max(most, time)
    count += 1
    sum += Double(time.nanoseconds)
    squares += Double(time.nanoseconds) * Double(time.nanoseconds)
  }

  var average: Interval { .nanoseconds(count == 0 ? 0 : Int64(sum / Double(count))) }

  /// The standard deviation, which ping calls mdev.
  var deviation: Interval {
    guard count > 0 else { return .zero }
    let mean = sum / Double(count)
    return .nanoseconds(Int64(max(0, squares / Double(count) - mean * mean).squareRoot()))
  }
}
