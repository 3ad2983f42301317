import StrataBase
import StrataLink
import StrataSimulator
import StrataSockets
import StrataStack
import StrataWire
import Testing

/// Asynchronous code on the stack, in a world: in virtual time, and the same again every time.
@Suite struct AsyncWorldTests {
  @Test(arguments: [0.0, 0.02]) func fiftyClientsAreEchoed(loss: Double) throws {
    let first = try run(seed: 11, loss: loss)
    let again = try run(seed: 11, loss: loss)
    let other = try run(seed: 12, loss: loss)
    #expect(first == again, "the same seed gives the same events")
    #expect(first != other)
  }

  /// Fifty clients, each with its own task on one host, five questions each. Gives the hash of all events.
  private func run(seed: UInt64, loss: Double) throws -> UInt64 {
    let world = World(seed: seed)
    let client = world.host("client", AddressPrefix("10.0.0.1/24")!)
    let server = world.host("server", AddressPrefix("10.0.0.2/24")!)
    world.cable(client, server, CableSettings(delay: .milliseconds(3), loss: loss))
    let checker = DeliveryChecker()
    checker.watch(world)
    let serving = world.spawn(on: server) { net in
      let listener = try net.listen(SocketAddress("0.0.0.0:7")!, backlog: 64)
      for _ in 0..<50 {
        let socket = try await listener.accept()
        Task(executorPreference: net.queue) {
          while case let bytes = try await socket.read(atMost: 900), !bytes.isEmpty {
            try await socket.write(bytes)
          }
          socket.close()
        }
      }
    }
    let answered = Count()
    var asking: [Spawned] = []
    for number in 0..<50 {
      asking.append(
        world.spawn(on: client) { net in
          let socket = try await net.connect(to: SocketAddress("10.0.0.2:7")!)
          for round in 0..<5 {
            let question = (0..<2_000).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ number &+ round) }
            try await socket.write(question)
            var answer: [UInt8] = []
            while answer.count < question.count { answer += try await socket.read(atMost: 700) }
            if answer == question { answered.value += 1 }
          }
          try socket.closeWrite()
          if try await socket.read(atMost: 1) == [] { answered.value += 1 }
          socket.close()
        })
    }
    try world.run(for: .seconds(120))
    #expect(serving.isFinished && serving.failure == nil)
    #expect(asking.allSatisfy { $0.isFinished && $0.failure == nil })
    #expect(answered.value == 300)
    #expect(checker.checked == 50 * 5 * 2_000 * 2)
    try world.run(for: .seconds(200))
    #expect(client.host.endpointCount == 0 && server.host.endpointCount == 0)
    #expect(world.pool.outstanding == 0)
    return world.eventHash
  }

  @Test func aDeadlineOfATaskIsVirtualTime() throws {
    let world = World(seed: 5)
    let a = world.host("a", AddressPrefix("10.0.0.1/24")!)
    let b = world.host("b", AddressPrefix("10.0.0.2/24")!)
    world.cable(a, b)
    let waiting = world.spawn(on: b) { net in
      let listener = try net.listen(SocketAddress("0.0.0.0:7")!, backlog: 1)
      let end = net.calls.now + .seconds(3_600)
      let why = await error { () async throws(SocketError) in _ = try await listener.accept(until: end) }
      #expect(why == .timedOut)
      #expect(net.calls.now == end)
    }
    try world.run(for: .seconds(3_599))
    #expect(!waiting.isFinished)
    try world.run(for: .seconds(2))
    #expect(waiting.isFinished && waiting.failure == nil)
  }
}

/// What tasks of one thread count together.
private final class Count: @unchecked Sendable {
  var value = 0
}

/// The error that a call throws; nil when it throws none.
nonisolated(nonsending) private func error(
  _ call: nonisolated(nonsending) () async throws(SocketError) -> Void
) async -> SocketError? {
  do throws(SocketError) {
    try await call()
    return nil
  } catch { return error }
}
