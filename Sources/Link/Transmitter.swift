import StrataBase

/// One direction's sending side: it puts frames on the wire one after the other at a rate, and knows
/// how many wait for that.
public struct Transmitter {
  /// When the last bit of the last frame will be on the wire.
  public private(set) var busyUntil: Instant = .start
  /// When each waiting frame begins, in order; the first `gone` of them have begun.
  private var starts: [Instant] = []
  private var gone = 0
  /// What the division by the rate left over, so that a long row of frames takes exactly its time.
  private var remainder: UInt64 = 0

  public init() {}

  /// The frames that have not begun by `now`.
  public mutating func waiting(at now: Instant) -> Int {
    while gone < starts.count, starts[gone] <= now { gone += 1 }
    if gone == starts.count {
      starts.removeAll(keepingCapacity: true)
      gone = 0
    } else if gone > 64, gone * 2 > starts.count {
      starts.removeFirst(gone)
      gone = 0
    }
    return starts.count - gone
  }

  /// Takes a frame of `count` bytes and says when its last bit is on the wire; nil when `queue` frames
  /// wait already.
  public mutating func send(_ count: Int, rate: UInt64, queue: Int, at now: Instant) -> Instant? {
    let waits = waiting(at: now)
    if busyUntil > now {
      if waits >= queue { return nil }
      starts.append(busyUntil)
    } else {
      busyUntil = now
      remainder = 0
    }
    let rate = max(rate, 1)
    let time = UInt64(count) * 8 * 1_000_000_000 + remainder % rate
    remainder = time % rate
    busyUntil = busyUntil + .nanoseconds(Int64(clamping: time / rate))
    return busyUntil
  }
}
