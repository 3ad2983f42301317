import Strata

/// The example of the README: two hosts on a bad cable, and an echo between them.
public func echo() throws -> Instant {
  let answered = Answered()
  let world = World(seed: 7)
  let client = world.host("client", "10.0.0.1/24"), server = world.host("server", "10.0.0.2/24")
  world.cable(client, server, CableSettings(delay: .milliseconds(5), loss: 0.2))
  world.spawn(on: server) { net in
    let socket = try await net.listen(SocketAddress("10.0.0.2:7")!, backlog: 16).accept()
    try await socket.write(socket.read(atMost: 100))
  }
  world.spawn(on: client) { net in
    let socket = try await net.connect(to: SocketAddress("10.0.0.2:7")!)
    try await socket.write(Array("hello".utf8))
    answered.at = try await socket.read(atMost: 100) == Array("hello".utf8) ? net.calls.now : .never
  }
  try world.run(for: .seconds(60))
  return answered.at
}

/// When the echo came back; `never` if it did not.
private final class Answered: @unchecked Sendable {
  var at = Instant.never
}
