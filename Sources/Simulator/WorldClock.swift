import StrataBase
import StrataSockets
import StrataStack

/// A world's clock as Swift's `Clock`: a sleep takes virtual time, wakes at its very instant, and ends
/// early with `CancellationError` when its task is cancelled or its host loses its power.
///
/// ```swift
/// let start = net.clock.now
/// try await net.clock.sleep(for: .milliseconds(250))
/// start.duration(to: net.clock.now)   // 0.25 seconds
/// ```
public struct WorldClock: Clock {
  /// A moment of the world, as the time since its start.
  public struct Instant: InstantProtocol {
    public var sinceStart: Duration

    public init(sinceStart: Duration) { self.sinceStart = sinceStart }

    public func advanced(by duration: Duration) -> Instant { Instant(sinceStart: sinceStart + duration) }
    public func duration(to other: Instant) -> Duration { other.sinceStart - sinceStart }
    public static func < (a: Instant, b: Instant) -> Bool { a.sinceStart < b.sinceStart }
  }

  private let sockets: AsyncSockets<SocketTable>

  init(_ sockets: AsyncSockets<SocketTable>) { self.sockets = sockets }

  public var now: Instant { Instant(sinceStart: .nanoseconds(sockets.calls.now.nanoseconds)) }
  public var minimumResolution: Duration { .nanoseconds(1) }

  /// Wakes at the deadline itself, whatever the tolerance.
  public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
    let nanoseconds = Interval(max(deadline.sinceStart, .zero)).nanoseconds
    do {
      try await sockets.sleep(until: StrataBase.Instant(nanoseconds: nanoseconds))
    } catch {
      throw CancellationError()
    }
  }
}
