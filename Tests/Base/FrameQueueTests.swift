import StrataBase
import Testing

@Suite struct FrameQueueTests {
  @Test func framesComeOutInOrder() throws {
    let pool = FramePool(standard: 200)
    do {
      var queue = FrameQueue(capacity: 100)
      var pushed: UInt64 = 0, popped: UInt64 = 0
      // Grows several times while its head is in the middle.
      for round in 0..<40 {
        for _ in 0..<(round % 7) where !queue.isFull {
          let frame = try take(pool)
          frame.notes.number = pushed
          pushed += 1
          let isIn = queue.push(frame)
          #expect(isIn)
        }
        for _ in 0..<(round % 3) {
          guard let frame = queue.pop() else { break }
          #expect(frame.notes.number == popped)
          popped += 1
        }
        #expect(queue.count == Int(pushed - popped))
        #expect(pool.outstanding == queue.count)
      }
      #expect(queue.count > 32)
      while let frame = queue.pop() {
        #expect(frame.notes.number == popped)
        popped += 1
      }
      #expect(popped == pushed)
      #expect(queue.isEmpty == true)
    }
    pool.destroy()
  }

  @Test func aFullQueueGivesTheFrameBackToItsPool() throws {
    let pool = FramePool(standard: 10)
    do {
      var queue = FrameQueue(capacity: 3)
      for _ in 0..<3 { queue.push(try take(pool)) }
      #expect(queue.isFull == true)
      let isIn = queue.push(try take(pool))
      #expect(!isIn)
      #expect(queue.count == 3)
      #expect(pool.outstanding == 3)
      _ = queue.pop()
      let isInNow = queue.push(try take(pool))
      #expect(isInNow)
    }
    // The queue went, and with it what it held.
    #expect(pool.outstanding == 0)
    pool.destroy()
  }
}
