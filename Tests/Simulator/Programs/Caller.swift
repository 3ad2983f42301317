import StrataBase
import StrataSockets

/// Opens one connection, sends a stream on it, takes the other end's, and closes.
struct Caller: Program {
  let peer: SocketAddress
  let count: Int
  private(set) var talk: Talk?
  private(set) var failure: SocketError?
  private(set) var endedAt: Instant?

  /// `sends` bytes; what comes is read to its end.
  init(to peer: String, sends count: Int) {
    self.peer = SocketAddress(peer)!
    self.count = count
  }

  /// Everything went as it should.
  var isDone: Bool {
    guard let talk else { return false }
    return talk.isOver && talk.failure == nil && talk.isRight && talk.sent == count
  }

  mutating func start(_ sockets: some SocketCalls) {
    do throws(SocketError) {
      let socket = try sockets.socket(.stream)
      talk = Talk(socket, sends: count)
      try sockets.connect(socket, to: peer)
    } catch .inProgress {
    } catch {
      failure = error
    }
  }

  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    talk?.turn(sockets)
    if talk?.isOver == true, endedAt == nil { endedAt = sockets.now }
  }
}
