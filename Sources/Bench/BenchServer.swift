import StrataBase
import StrataSockets

/// What the kernel's programs call on our host: reads and sums all that comes, writes without end, or
/// sends back. Every payload byte is touched.
struct BenchServer<S: SocketCalls> {
  private let sockets: S
  private var listeners: [(descriptor: Descriptor, service: BenchService)] = []
  /// By descriptor.
  private var services: [BenchService?] = []
  /// Where `source` has room.
  private var open: Descriptor?
  private let piece: [UInt8]
  private(set) var received = 0
  private(set) var sent = 0
  private var sum: UInt64 = 0

  /// Bytes that a source copies in at a time, and in one turn.
  private static var pieceCount: Int { 16_384 }
  private static var bytesATurn: Int { 131_072 }

  init(_ sockets: S) throws(SocketError) {
    self.sockets = sockets
    piece = [UInt8](repeating: 7, count: Self.pieceCount)
    for service in BenchService.allCases {
      let listener = try sockets.socket(.stream)
      try sockets.bind(listener, to: SocketAddress("0.0.0.0:\(service.rawValue)")!)
      try sockets.listen(listener, backlog: 1_024)
      listeners.append((listener, service))
    }
  }

  /// Takes all events; true while there is more to do without any.
  mutating func turn() -> Bool {
    while let event = sockets.nextEvent() { handle(event) }
    if let open { fill(open) }
    return open != nil
  }

  private mutating func handle(_ event: SocketEvent) {
    let d = event.descriptor
    if let listener = listeners.first(where: { $0.descriptor == d }) { return accept(listener) }
    let index = Int(d.rawValue)
    guard index < services.count, let service = services[index] else { return }
    switch service {
    case .sink: drain(d)
    case .echo: echo(d, closes: false)
    case .answer: echo(d, closes: true)
    case .source: if event.readiness.contains(.writable) { open = d }
    }
    if event.readiness.contains(.failed) { forget(d) }
  }

  private mutating func accept(_ listener: (descriptor: Descriptor, service: BenchService)) {
    while let (d, _) = try? sockets.accept(listener.descriptor) {
      let index = Int(d.rawValue)
      while services.count <= index { services.append(nil) }
      services[index] = listener.service
      try? sockets.setOption(d, .noDelay(true))
      if listener.service == .source { open = d }
    }
  }

  private mutating func drain(_ d: Descriptor) {
    do throws(SocketError) {
      while try sockets.drain(
        d,
        { bytes in
          sum &+= Checksum.sum(bytes)
          received &+= bytes.byteCount
          return bytes.byteCount
        }) > 0
      {}
      forget(d)
    } catch {
      if error != .wouldBlock { forget(d) }
    }
  }

  private mutating func echo(_ d: Descriptor, closes: Bool) {
    do throws(SocketError) {
      while try sockets.drain(
        d,
        { bytes in
          received &+= bytes.byteCount
          return (try? sockets.write(d, bytes)) ?? 0
        }) > 0
      { if closes { break } }
      forget(d)
    } catch {
      if error != .wouldBlock { forget(d) }
    }
  }

  private mutating func fill(_ d: Descriptor) {
    var left = Self.bytesATurn
    while left > 0 {
      do throws(SocketError) {
        let count = try sockets.write(d, piece.span.bytes)
        sent &+= count
        left &-= count
      } catch {
        open = nil
        if error != .wouldBlock { forget(d) }
        return
      }
    }
  }

  private mutating func forget(_ d: Descriptor) {
    if open == d { open = nil }
    services[Int(d.rawValue)] = nil
    sockets.close(d)
  }
}

/// A service by its port.
enum BenchService: UInt16, CaseIterable {
  case echo = 7
  /// Sends back what comes first, and closes.
  case answer = 8
  case sink = 9
  case source = 19
}
