import StrataBase
import StrataLink
import Testing

/// A cable with a pool and a log of its own.
struct Bench: ~Copyable {
  let pool = FramePool(standard: 4_096, large: 8)
  let log: UnsafeMutablePointer<EventLog>
  var cable: Cable

  init(_ settings: CableSettings, seed: UInt64 = 1) {
    log = .allocate(capacity: 1)
    log.initialize(to: EventLog())
    cable = Cable(settings: settings, number: 3, seed: seed, trace: Trace(log, host: 9), pool: pool)
  }
  deinit {
    log.deinitialize(count: 1)
    log.deallocate()
  }

  /// A frame whose first eight bytes are `tag` and whose other bytes are zero.
  func frame(_ tag: Int, count: Int = 100) -> Frame {
    var frame = pool.take(large: count > Frame.standardRoom)!
    frame.append(count)
    var bytes = frame.mutableBytes
    for at in 0..<count { bytes.setByte(0, at: at) }
    bytes.setBig64(UInt64(tag), at: 0)
    return frame
  }
  mutating func send(_ tag: Int, count: Int = 100, from end: Int = 0, at now: Instant = .start) {
    cable.send(frame(tag, count: count), from: end, at: now)
  }
  /// The tags of all frames that have arrived.
  mutating func arrived(at end: Int = 1, _ now: Instant) -> [Int] {
    var tags: [Int] = []
    while let frame = cable.receive(at: end, now) {
      tags.append(Int(truncatingIfNeeded: frame.bytes.big64(at: 0)))
    }
    return tags
  }
}

func ms(_ n: Int64) -> Instant { .start + .milliseconds(n) }
func us(_ n: Int64) -> Instant { .start + .microseconds(n) }
