import StrataBase
import StrataSockets

/// Sends back what comes, on any number of connections, until it is stopped.
struct EchoServer: Program {
  /// One connection: what came and did not go back yet.
  private struct Echo {
    let socket: Descriptor
    var waiting: [UInt8] = []
    var hasEnd = false
  }

  let port: UInt16
  private var listener: Descriptor?
  private var echoes: [Echo] = []
  /// Connections that are over.
  private(set) var served = 0

  init(port: UInt16) { self.port = port }

  mutating func start(_ sockets: some SocketCalls) {
    listener = try? sockets.socket(.stream)
    guard let listener else { return }
    try? sockets.bind(listener, to: SocketAddress("0.0.0.0:\(port)")!)
    try? sockets.listen(listener, backlog: 128)
  }

  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    if event.descriptor == listener {
      while let (socket, _) = try? sockets.accept(event.descriptor) { echoes.append(Echo(socket: socket)) }
    }
    for index in echoes.indices.reversed() where !turn(&echoes[index], sockets) {
      sockets.close(echoes[index].socket)
      echoes.remove(at: index)
      served += 1
    }
  }

  /// A message from outside ends it.
  mutating func receive(_ input: RawSpan, _ sockets: some SocketCalls) {
    if let listener { sockets.close(listener) }
    listener = nil
  }

  /// False when the connection is over.
  private func turn(_ echo: inout Echo, _ sockets: some SocketCalls) -> Bool {
    do throws(SocketError) {
      while true {
        while !echo.waiting.isEmpty {
          let n = try sockets.write(echo.socket, echo.waiting.span.bytes)
          echo.waiting.removeFirst(n)
        }
        if echo.hasEnd { return false }
        var bytes: [UInt8] = []
        let count = try sockets.drain(echo.socket) { piece in
          bytes = piece.array
          return piece.byteCount
        }
        if count == 0 { echo.hasEnd = true }
        echo.waiting = bytes
      }
    } catch {
      return error == .wouldBlock
    }
  }
}
