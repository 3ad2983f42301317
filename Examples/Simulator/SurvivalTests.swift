import StrataSimulator
import Testing

/// The example of docs/simulator.md: two nodes that a partition and a crash must not stop.
@Suite struct SurvivalTests {
  @Test(arguments: 1...50 as ClosedRange<UInt64>)
  func survives(seed: UInt64) throws {
    let world = World(seed: seed)
    world.host("a") { net in try await Node(net, clock: net.clock, random: net.random).run() }
    world.host("b") { net in try await Node(net, clock: net.clock, random: net.random).run() }
    world.at(.seconds(2)) { $0.change("a") { $0.loss = 0.2 } }
    world.at(.seconds(3)) { $0.partition("a", "b") }
    world.at(.seconds(5)) { $0.crash("a", restartAfter: .seconds(1)) }
    world.at(.seconds(8)) { $0.heal("a", "b") }
    world.at(.seconds(40)) { $0.change("a") { $0.loss = 0 } }
    world.host("watcher") { net in
      try await net.clock.sleep(for: .seconds(50))
      for name in ["a", "b"] {
        let socket = try await net.connect(to: name, port: 7)
        #expect(try await socket.read(atMost: 1) == [1])
      }
    }
    try world.run(for: .seconds(60))
  }
}

/// A server that greets whoever connects, and calls the other one again and again.
private final class Node<C: Clock<Duration>, R: RandomNumberGenerator> {
  let net: HostNetwork
  let clock: C
  var random: R

  init(_ net: HostNetwork, clock: C, random: R) {
    self.net = net
    self.clock = clock
    self.random = random
  }

  func run() async throws {
    let listener = try net.listen(port: 7)
    Task {
      while true { try await listener.accept().write([1]) }
    }
    while true {
      try await clock.sleep(for: .milliseconds(Int.random(in: 100...500, using: &random)))
      let other = net.host == "a" ? "b" : "a"
      let until = net.deadline(after: .seconds(2))
      _ = try? await net.connect(to: other, port: 7, until: until).read(atMost: 1, until: until)
    }
  }
}
