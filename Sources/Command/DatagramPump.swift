import StrataBase
import StrataSockets

/// Moves standard input to a peer as datagrams, and the peer's datagrams to standard output. It holds one of
/// either direction at most.
///
/// A socket without a peer takes the first who sends.
struct DatagramPump {
  /// Bytes of standard input in one datagram: what fits every usual path uncut.
  static let mostBytes = 1_400

  private let descriptor: Descriptor
  private let input: StandardStream
  private let output: StandardStream
  /// How long silence lasts, behind the end of standard input, before it is over; nil: for ever.
  private let patience: Interval?
  private var hasPeer: Bool
  private var inputEnded = false
  /// A datagram that found no room.
  private var held: [UInt8] = []
  /// What of a datagram is still to be written.
  private var unwritten: ArraySlice<UInt8> = []
  private var lastMoved = Instant.start

  init(
    _ descriptor: Descriptor, hasPeer: Bool, patience: Interval?, _ input: StandardStream,
    _ output: StandardStream
  ) {
    self.descriptor = descriptor
    self.hasPeer = hasPeer
    self.patience = patience
    self.input = input
    self.output = output
  }

  /// Runs until silence, or until it is interrupted.
  mutating func run(on ground: some SocketGround, _ tool: ToolLoop) throws(SocketError) {
    let sockets = ground.sockets
    lastMoved = sockets.now
    while !tool.isInterrupted {
      while sockets.nextEvent() != nil {}
      let isSent = try send(sockets), isReceived = try receive(sockets)
      if isSent || isReceived {
        lastMoved = sockets.now
        continue
      }
      let isDone = inputEnded && held.isEmpty && unwritten.isEmpty
      let end = isDone ? patience.map { lastMoved + $0 } ?? .never : .never
      if end <= sockets.now { return }
      ground.turn(until: end)
    }
  }

  private mutating func send(_ sockets: some SocketCalls) throws(SocketError) -> Bool {
    guard hasPeer else { return false }
    if held.isEmpty {
      guard !inputEnded, input.isReady else { return false }
      var room = [UInt8](repeating: 0, count: Self.mostBytes)
      var span = room.mutableSpan
      var target = span.mutableBytes
      let count = input.read(into: &target)
      inputEnded = count == 0
      held = Array(room.prefix(count))
      if held.isEmpty { return true }
    }
    do throws(SocketError) { try sockets.send(descriptor, held.span.bytes, to: nil) } catch .wouldBlock {
      return false
    }
    held = []
    return true
  }

  private mutating func receive(_ sockets: some SocketCalls) throws(SocketError) -> Bool {
    if unwritten.isEmpty {
      var room = [UInt8](repeating: 0, count: 65_536)
      var span = room.mutableSpan
      var target = span.mutableBytes
      let got: ReceivedDatagram
      do throws(SocketError) {
        got = try sockets.receiveDatagram(descriptor, into: &target)
      } catch .wouldBlock {
        return false
      }
      if !hasPeer { try sockets.connect(descriptor, to: got.from) }
      hasPeer = true
      unwritten = room[..<got.count]
    }
    guard output.isReady else { return false }
    let bytes = Array(unwritten)
    guard let count = output.write(bytes.span.bytes) else { throw .brokenPipe }
    unwritten = unwritten.dropFirst(count)
    return true
  }
}
