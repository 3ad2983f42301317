import StrataBase
import StrataSockets

/// Accepts connections, and on each sends a stream and takes the other end's. It stops listening when
/// as many have come as it waits for.
struct Answerer: Program {
  let address: SocketAddress
  let count: Int
  let connections: Int
  private(set) var listener: Descriptor?
  private(set) var talks: [Talk] = []
  private(set) var failure: SocketError?
  /// When the last of them was over.
  private(set) var endedAt: Instant?

  init(_ address: String, sends count: Int, connections: Int = 1) {
    self.address = SocketAddress(address)!
    self.count = count
    self.connections = connections
  }

  var isDone: Bool {
    talks.count == connections
      && talks.allSatisfy { $0.isOver && $0.failure == nil && $0.isRight && $0.sent == count }
  }

  mutating func start(_ sockets: some SocketCalls) {
    do throws(SocketError) {
      let socket = try sockets.socket(.stream)
      try sockets.bind(socket, to: address)
      try sockets.listen(socket, backlog: 128)
      listener = socket
    } catch {
      failure = error
    }
  }

  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    guard event.descriptor == listener else {
      if let index = talks.firstIndex(where: { $0.socket == event.descriptor && !$0.isOver }) {
        talks[index].turn(sockets)
        if talks[index].isOver { endedAt = sockets.now }
      }
      return
    }
    while talks.count < connections, let (socket, _) = try? sockets.accept(event.descriptor) {
      talks.append(Talk(socket, sends: count))
      talks[talks.count - 1].turn(sockets)
    }
    if talks.count == connections { stop(sockets) }
  }

  private mutating func stop(_ sockets: some SocketCalls) {
    if let listener { sockets.close(listener) }
    listener = nil
  }
}
