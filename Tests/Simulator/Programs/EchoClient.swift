import StrataBase
import StrataSockets

/// Says one thing, ends its side and takes the answer.
struct EchoClient: Program {
  let peer: SocketAddress
  private var waiting: [UInt8]
  private var socket: Descriptor?
  private(set) var bytes: [UInt8] = []
  private(set) var failure: SocketError?
  private(set) var isOver = false

  init(to peer: String, says text: String) {
    self.peer = SocketAddress(peer)!
    waiting = Array(text.utf8)
  }

  var answer: String { String(decoding: bytes, as: UTF8.self) }

  mutating func start(_ sockets: some SocketCalls) {
    do throws(SocketError) {
      let socket = try sockets.socket(.stream)
      self.socket = socket
      try sockets.connect(socket, to: peer)
    } catch {
      if error != .inProgress { failure = error }
    }
  }

  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    guard let socket, !isOver else { return }
    do throws(SocketError) {
      while !waiting.isEmpty {
        waiting.removeFirst(try sockets.write(socket, waiting.span.bytes))
        if waiting.isEmpty { try sockets.shutdown(socket, .write) }
      }
      var count = 1
      while count > 0 {
        count = try sockets.drain(socket) { piece in
          bytes += piece.array
          return piece.byteCount
        }
      }
    } catch {
      if error == .wouldBlock { return }
      failure = error
    }
    sockets.close(socket)
    isOver = true
  }
}
