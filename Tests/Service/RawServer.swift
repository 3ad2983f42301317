import StrataBase
import StrataSockets

/// Takes one connection and does with it as it is told.
struct RawServer: Program {
  var address: SocketAddress?
  var connection: Descriptor?
  var input = 0
  var ended = false
  var error: SocketError?
  var reads = true
  private var listener: Descriptor?

  mutating func start(_ sockets: some SocketCalls) {
    listener = try! sockets.socket(.stream)
    try! sockets.bind(listener!, to: .loopback)
    try! sockets.listen(listener!, backlog: 10)
    address = try! sockets.localAddress(listener!)
  }
  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    if event.descriptor == listener, connection == nil {
      connection = try? sockets.accept(listener!).descriptor
    }
    if event.descriptor == connection { read(sockets) }
  }
  mutating func read(_ sockets: some SocketCalls) {
    guard reads, let connection else { return }
    do throws(SocketError) {
      while !ended {
        var saw = false
        input += try sockets.drain(connection) {
          saw = true
          return $0.byteCount
        }
        if !saw { ended = true }
      }
    } catch {
      if error != .wouldBlock { self.error = error }
    }
  }
  mutating func write(_ text: String, _ sockets: some SocketCalls) {
    _ = try? sockets.write(connection!, Array(text.utf8).span.bytes)
  }
}
