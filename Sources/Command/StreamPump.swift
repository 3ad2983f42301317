import StrataBase
import StrataSockets

/// Moves standard input to a stream and the stream to standard output, both straight between the ground's
/// buffers and the descriptors. It holds no bytes itself, so who does not take any stops who gives them.
///
/// The end of standard input ends our direction of the stream. It is over when both directions have ended;
/// at a terminal the peer's end is enough.
struct StreamPump {
  /// How long what was written may take to reach the peer when all is over.
  static let farewell = Interval.seconds(30)

  private let descriptor: Descriptor
  private let input: StandardStream
  private let output: StandardStream
  private var inputEnded = false
  private var outputEnded = false
  private(set) var received = 0
  private(set) var sent = 0

  init(_ descriptor: Descriptor, _ input: StandardStream, _ output: StandardStream) {
    self.descriptor = descriptor
    self.input = input
    self.output = output
  }

  /// Runs to the end of both directions. False: it was interrupted.
  mutating func run(on ground: some SocketGround, _ tool: ToolLoop) throws(SocketError) -> Bool {
    let sockets = ground.sockets
    while !tool.isInterrupted {
      while sockets.nextEvent() != nil {}
      // Each call, not only the one that would be next: either may free what the other waits for.
      let isSent = try send(sockets), isReceived = try receive(sockets)
      if outputEnded, inputEnded || input.isTerminal { return farewell(on: ground, tool) }
      if !isSent, !isReceived { ground.turn(until: .never) }
    }
    return false
  }

  /// Standard input to the socket. False: nothing could be done.
  private mutating func send(_ sockets: some SocketCalls) throws(SocketError) -> Bool {
    guard !inputEnded, input.isReady else { return false }
    var isEnd = false
    do throws(SocketError) {
      sent += try sockets.fill(descriptor) { room in
        let count = input.read(into: &room)
        isEnd = count == 0
        return count
      }
    } catch .wouldBlock { return false }
    if isEnd {
      inputEnded = true
      try? sockets.shutdown(descriptor, .write)
    }
    return true
  }

  /// The socket to standard output. False: nothing could be done.
  private mutating func receive(_ sockets: some SocketCalls) throws(SocketError) -> Bool {
    guard !outputEnded, output.isReady else { return false }
    var isEnd = true, isBroken = false
    do throws(SocketError) {
      received += try sockets.drain(descriptor) { bytes in
        isEnd = false
        guard let count = output.write(bytes) else {
          isBroken = true
          return 0
        }
        return count
      }
    } catch .wouldBlock { return false }
    if isBroken { throw .brokenPipe }
    outputEnded = isEnd
    return true
  }

  /// Waits until the peer has what was written.
  private func farewell(on ground: some SocketGround, _ tool: ToolLoop) -> Bool {
    let end = ground.sockets.now + Self.farewell
    while !tool.isInterrupted, ground.sockets.unsent(descriptor) > 0, ground.sockets.now < end {
      while ground.sockets.nextEvent() != nil {}
      ground.turn(until: min(end, ground.sockets.now + .milliseconds(20)))
    }
    return !tool.isInterrupted
  }
}
