import StrataBase
import StrataLink
import StrataSockets
import StrataWire
import Testing

@testable import StrataSimulator

/// What starts and ends on hosts of a world.
@Suite struct PowerTests {
  typealias Notes = NetworkTests.Notes

  @Test func aHostThatCrashesStartsItsCodeAgain() throws {
    let world = World(seed: 1)
    let notes = Notes()
    world.host("server") { net in
      notes.all.append("boot \(net.boot) at \(net.clock.now.sinceStart)")
      let listener = try net.listen(port: 7)
      while true { try await listener.accept().write([1]) }
    }
    world.host("client", boot: NetworkTests.asker("10.0.0.1:7", notes))
    world.at(.milliseconds(1_900)) { $0.crash("server", restartAfter: .seconds(1)) }
    try world.run(for: .milliseconds(3_900))
    #expect(
      notes.all == [
        "boot 1 at 0.0 seconds", "1 [1]", "2 silence", "boot 2 at 2.9 seconds", "3 [1]",
      ])
    #expect(world.hosts[0].boot == 2 && world.hosts[0].isUp && world.framesCut(.hostDown) > 0)
  }

  @Test func aCrashIsSilentAndItsTasksAreCancelled() throws {
    let world = World(seed: 1)
    let notes = Notes()
    world.host("server") { net in
      let socket = try await net.listen(port: 7).accept()
      do {
        _ = try await socket.read(atMost: 1)
      } catch {
        notes.all.append("server: \(error as? SocketError == .cancelled)")
        throw error
      }
    }
    world.host("client") { net in
      let socket = try await net.connect(to: "server", port: 7)
      let until = net.calls.now + .seconds(5)
      await #expect(throws: SocketError.timedOut) { _ = try await socket.read(atMost: 1, until: until) }
      // The fresh host knows nothing of the connection.
      try await socket.write([1])
      await #expect(throws: SocketError.connectionReset) { _ = try await socket.read(atMost: 1) }
      notes.all.append("client: reset")
    }
    world.at(.seconds(1)) { $0.crash("server", restartAfter: .seconds(2)) }
    try world.run(for: .seconds(20))
    #expect(notes.all == ["server: true", "client: reset"])
  }

  @Test func aStopTellsThePeers() throws {
    let world = World(seed: 1)
    let notes = Notes()
    world.host("server") { net in
      let socket = try await net.listen(port: 7).accept()
      _ = try await socket.read(atMost: 1)
    }
    world.host("client") { net in
      let socket = try await net.connect(to: "server", port: 7)
      let end = try await socket.read(atMost: 1)
      notes.all.append("\(end) at \(net.clock.now.sinceStart)")
    }
    world.at(.seconds(1)) { $0.stop("server") }
    try world.run(for: .seconds(3))
    #expect(notes.all == ["[] at 1.002 seconds"])
  }

  @Test func aRestartIsAFreshHostAtOnce() throws {
    let world = World(seed: 1)
    let notes = Notes()
    let host = world.host("a") { net in notes.all.append("\(net.boot)") }
    world.every(.seconds(1)) { $0.restart("a") }
    try world.run(for: .milliseconds(2_500))
    #expect(notes.all == ["1", "2", "3"] && host.boot == 3)
  }

  @Test func aProgramIsMadeAnewWithEveryBoot() throws {
    let world = World(seed: 1)
    var boots: [Int] = []
    let echo = world.program(on: world.host("server")) { boot in
      boots.append(boot.number)
      return EchoServer(port: 7)
    }
    world.at(.seconds(1)) { $0.crash("server", restartAfter: .seconds(1)) }
    try world.run(for: .seconds(3))
    #expect(boots == [1, 2] && echo.node.programs.count == 1)
  }

  @Test func anErrorThatNobodyCaughtFailsTheRunByName() throws {
    let world = World(seed: 1)
    world.host("b")
    world.host("a") { net in
      try await net.clock.sleep(for: .milliseconds(3_200))
      _ = try net.address(of: "nobody")
    }
    let failure = #expect(throws: CheckFailure.self) { try world.run(for: .seconds(5)) }
    #expect(failure?.description.hasPrefix("a threw a asked for the address of nobody") == true)
    #expect(failure?.description.hasSuffix("at 3.2 s") == true)
  }

  // MARK: clock and random

  @Test func aSleepTakesVirtualTimeAndCanBeCancelled() throws {
    let world = World(seed: 1)
    let notes = Notes()
    world.host("a") { net in
      let start = net.clock.now
      let sleeper = Task {
        do {
          try await net.clock.sleep(for: .seconds(100))
        } catch {
          notes.all.append("\(error is CancellationError) \(start.duration(to: net.clock.now))")
        }
      }
      try await net.clock.sleep(for: .milliseconds(250))
      sleeper.cancel()
      await sleeper.value
      try await net.clock.sleep(until: start.advanced(by: .seconds(-1)))
      notes.all.append("\(start.duration(to: net.clock.now))")
    }
    try world.run(for: .seconds(1))
    #expect(notes.all == ["true 0.25 seconds", "0.25 seconds"])
  }

  private func draws(seed: UInt64, others: Int = 0) throws -> [UInt64] {
    final class Draws: @unchecked Sendable { var all: [UInt64] = [] }
    let draws = Draws()
    let world = World(seed: seed)
    for number in 0..<others { world.host("other\(number)") { net in _ = net.random.next() } }
    world.host("a") { net in draws.all.append(.random(in: 0 ... .max, using: &net.random)) }
    world.at(.seconds(1)) { $0.restart("a") }
    try world.run(for: .seconds(2))
    return draws.all
  }

  @Test func randomNumbersDependOnSeedNameAndBootAlone() throws {
    let first = try draws(seed: 1)
    #expect(first.count == 2 && first[0] != first[1])
    #expect(try draws(seed: 1, others: 3) == first)
    #expect(try draws(seed: 2)[0] != first[0])
  }

  @Test func anotherHostChangesNothingThatBefallsACable() throws {
    func lost(others: Int) throws -> UInt64 {
      let world = World(seed: 9)
      for number in 0..<others { world.host("other\(number)", "10.7.0.1/24") }
      let a = world.host("a", "10.0.0.1/24"), b = world.host("b", "10.0.0.2/24")
      let cable = world.cable(a, b, CableSettings(loss: 0.5))
      for _ in 0..<64 { world.inject([UInt8](repeating: 0xff, count: 60).span.bytes, onto: cable, from: 0) }
      try world.run(for: .seconds(1))
      return world.withCable(cable) { $0.counters(from: 0)[.drawn] }
    }
    let few = try lost(others: 0)
    #expect(try lost(others: 3) == few && few > 10 && few < 54)
  }
}
