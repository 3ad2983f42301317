import StrataSockets

/// The example of docs/how-accept-waits.md: it says hello to everyone who connects.
struct Greeter: Program {
  let address: SocketAddress
  var listener: Descriptor?

  mutating func start(_ sockets: some SocketCalls) {
    do throws(SocketError) {
      let socket = try sockets.socket(.stream)
      try sockets.bind(socket, to: address)
      try sockets.listen(socket, backlog: 16)
      listener = socket
    } catch {
      print("greeter: \(error)")
    }
  }

  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    guard event.descriptor == listener else { return }
    while let (client, peer) = try? sockets.accept(event.descriptor) {
      print("\(peer) is descriptor \(client.rawValue)")
      _ = try? sockets.write(client, Array("hello\n".utf8).span.bytes)
      sockets.close(client)
    }
  }
}
