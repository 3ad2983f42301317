import StrataBase
import StrataSockets

/// Sends each message from outside as one request on a connection of its own and keeps what comes back.
struct Requester: Program {
  private struct Call {
    let socket: Descriptor
    var waiting: [UInt8]
    var answer: [UInt8] = []
    var isOver = false
  }

  let peer: SocketAddress
  private var calls: [Call] = []

  init(to peer: SocketAddress) { self.peer = peer }

  var answers: [[UInt8]] { calls.map(\.answer) }
  var isDone: Bool { calls.allSatisfy(\.isOver) }

  mutating func start(_ sockets: some SocketCalls) {}

  mutating func receive(_ input: RawSpan, _ sockets: some SocketCalls) {
    guard let socket = try? sockets.socket(.stream) else { return }
    try? sockets.connect(socket, to: peer)
    calls.append(Call(socket: socket, waiting: input.array))
  }

  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    guard let at = calls.firstIndex(where: { $0.socket == event.descriptor && !$0.isOver }) else { return }
    do throws(SocketError) {
      while !calls[at].waiting.isEmpty {
        let waiting = calls[at].waiting
        calls[at].waiting.removeFirst(try sockets.write(calls[at].socket, waiting.span.bytes))
      }
      var count = 1
      while count > 0 {
        var bytes: [UInt8] = []
        count = try sockets.drain(calls[at].socket) { piece in
          bytes = piece.array
          return piece.byteCount
        }
        calls[at].answer += bytes
      }
    } catch {
      if error == .wouldBlock { return }
    }
    sockets.close(calls[at].socket)
    calls[at].isOver = true
  }
}
