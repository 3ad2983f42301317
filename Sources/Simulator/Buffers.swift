import StrataBase

/// The memory that all hosts and cables of a world share: its frames and its events. Every host keeps
/// it, so one that outlives its world still has somewhere to give its frames back to.
final class Buffers {
  let pool: FramePool
  let log: UnsafeMutablePointer<EventLog>

  init(frames: Int, largeFrames: Int, events: Int) {
    pool = FramePool(standard: frames, large: largeFrames)
    log = .allocate(capacity: 1)
    log.initialize(to: EventLog(capacity: events))
  }

  deinit {
    pool.destroy()
    log.deinitialize(count: 1)
    log.deallocate()
  }
}
