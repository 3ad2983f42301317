import StrataBase
import StrataLink
import StrataSimulator
import StrataSockets
import Testing

@testable import StrataCommand

@Suite struct PacedClockTests {
  private let second = Instant.start + .seconds(1)

  @Test func aRealClockIsTheWalls() {
    var clock = PacedClock(.real)
    #expect(clock.virtual(at: second, World(seed: 1)) == second)
    #expect(clock.wall(of: second, .start) == second)
  }

  @Test func aSlowClockTakesNTimesAsLong() {
    var clock = PacedClock(.slower(1_000))
    #expect(clock.virtual(at: second, World(seed: 1)) == .start + .milliseconds(1))
    #expect(clock.wall(of: .start + .milliseconds(1), .start) == second)
    #expect(clock.wall(of: .never, .start) == .never)
  }

  @Test func aFreeClockSkipsShortWaitsAndNotLongOnes() {
    var clock = PacedClock(.free)
    let world = World(seed: 1)
    world.at(.start + .milliseconds(300)) { _ in }
    world.at(.start + .seconds(100)) { _ in }
    let skipped = clock.virtual(at: .start, world)
    #expect(skipped == .start + .milliseconds(300))
    world.advance(to: skipped)
    // A tenth of a second later the clock is ahead by what it skipped, and the long wait is left to pass.
    #expect(clock.virtual(at: .start + .milliseconds(100), world) == .start + .milliseconds(400))
    #expect(clock.wall(of: .start + .seconds(100), .start) == .start + .milliseconds(99_700))
  }
}
