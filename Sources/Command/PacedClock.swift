import StrataBase
import StrataSimulator

/// How a world's clock follows the wall's.
struct PacedClock {
  private let pace: Pace
  /// By how much waits that were skipped put the world's clock ahead.
  private var ahead = Interval.zero

  /// A free clock skips waits shorter than this; longer ones are timeouts that nothing has to wait for.
  private static let longestSkip = Interval.milliseconds(500)

  init(_ pace: Pace) { self.pace = pace }

  /// What a clock that skips nothing says now.
  func present(at wall: Instant) -> Instant {
    if case .slower(let times) = pace { return Instant(nanoseconds: wall.nanoseconds / Int64(times)) }
    return wall
  }

  /// What the world's clock should say now.
  mutating func virtual(at wall: Instant, _ world: World) -> Instant {
    switch pace {
    case .real, .slower: return present(at: wall)
    case .free:
      let now = wall + ahead
      let next = world.nextDeadline
      guard next > now, next <= now + Self.longestSkip else { return now }
      ahead = ahead + (next - now)
      return next
    }
  }

  /// When, on the wall, the world has to move next.
  func wall(of virtual: Instant, _ now: Instant) -> Instant {
    if virtual == .never { return .never }
    switch pace {
    case .real: return virtual
    case .slower(let times):
      let (wall, overflow) = virtual.nanoseconds.multipliedReportingOverflow(by: Int64(times))
      return overflow ? .never : Instant(nanoseconds: wall)
    case .free:
      let wall = virtual - ahead
      return wall <= now + Self.longestSkip ? now : wall
    }
  }
}
