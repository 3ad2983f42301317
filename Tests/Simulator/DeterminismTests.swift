import StrataBase
import StrataSockets
import Synchronization
import Testing

@testable import StrataSimulator

/// Asynchronous code of a host either runs in one order, or fails the run with the host's name.
@Suite struct DeterminismTests {
  typealias Notes = NetworkTests.Notes

  @Test func aSleepOnARealClockFailsByName() throws {
    let world = World(seed: 1)
    world.host("a")
    world.host("sleepy") { _ in try await Task.sleep(for: .seconds(3_600)) }
    let failure = #expect(throws: CheckFailure.self) { try world.run(for: .seconds(1)) }
    #expect(failure?.description.hasPrefix("sleepy: its code slept on a real clock") == true)
  }

  @globalActor actor Elsewhere { static let shared = Elsewhere() }

  @Elsewhere static func note(_ line: String, in notes: Notes) { notes.all.append(line) }

  @Test func tasksWithoutAnExecutorAndOtherActorsRunInTheWorld() throws {
    func order() throws -> [String] {
      let world = World(seed: 1)
      let notes = Notes()
      for name in ["a", "b"] {
        world.host(name) { net in
          for round in 0..<3 {
            Task.detached { notes.all.append("\(name) detached \(round)") }
            Task {
              try await net.clock.sleep(for: .milliseconds(Int.random(in: 0..<100, using: &net.random)))
              notes.all.append("\(name) task \(round) at \(net.clock.now.sinceStart)")
            }
            await Self.note("\(name) elsewhere \(round)", in: notes)
          }
        }
      }
      try world.run(for: .seconds(1))
      return notes.all
    }
    let first = try order()
    #expect(first.count == 18)
    for _ in 0..<20 { #expect(try order() == first) }
  }

  @Test func aTaskThatNeverEndsDoesNotHoldUpTheEnd() throws {
    let world = World(seed: 1)
    world.host("stubborn") { net in
      Task { while true { await Task.yield(); try? await net.clock.sleep(for: .seconds(1)) } }
      while true { try? await net.clock.sleep(for: .seconds(1)) }
    }
    world.host("deaf") { net in
      while true { _ = try? await net.connect(to: "stubborn", port: 9) }
    }
    world.at(.seconds(2)) { $0.crash("stubborn") }
    world.at(.seconds(3)) { $0.crash("deaf") }
    try world.run(for: .seconds(5))
  }

  @Test func codeThatTurnsForeverAtOneInstantIsAStandstill() throws {
    let world = World(seed: 1)
    world.mostRoundsAnInstant = 1_000
    world.host("dizzy") { _ in while true { await Task.yield() } }
    let failure = #expect(throws: CheckFailure.self) { try world.run(for: .seconds(1)) }
    #expect(failure?.description.contains("dizzy answers itself") == true)
  }
}
