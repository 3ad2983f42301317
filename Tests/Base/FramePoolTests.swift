import StrataBase
import Testing

@Suite struct FramePoolTests {
  @Test func theBufferThatCameBackLastGoesOutFirst() throws {
    let pool = FramePool(standard: 100)
    do {
      let first = try take(pool)
      let address = first.start
      _ = consume first
      let second = try take(pool)
      #expect(second.start == address)
      let third = try take(pool)
      #expect(third.start != address)
    }
    pool.destroy()
  }

  @Test func anEmptyPoolGivesNothing() throws {
    let pool = FramePool(standard: 70, large: 5)
    do {
      var queue = FrameQueue(capacity: 100)
      for _ in 0..<70 { queue.push(try take(pool)) }
      #expect(pool.outstanding == 70)
      #expect(pool.available == 0)
      #expect(pool.take() == nil ? true : false)
      for _ in 0..<5 { queue.push(try take(pool, large: true)) }
      #expect(pool.take(large: true) == nil ? true : false)
      _ = queue.pop()
      #expect(pool.available == 1)
      let frame = try take(pool)
      #expect(frame.count == 0)
      #expect(pool.outstanding == 75)
    }
    #expect(pool.outstanding == 0)
    pool.destroy()
  }

  @Test func memoryIsTakenWhenItIsNeeded() throws {
    let pool = FramePool(standard: 1_000, large: 100)
    #expect(pool.memory == 0)
    #expect(pool.available == 1_000)
    do {
      let frame = try take(pool)
      #expect(frame.count == 0)
      let one = pool.memory
      #expect(one > 0)
      #expect(one < 200_000)
      #expect(pool.available == 999)
    }
    let one = pool.memory
    for _ in 0..<1_000 { _ = try take(pool) }
    #expect(pool.memory == one)
    pool.destroy()
  }

  @Test func aPoolOfNothingGivesNothing() {
    let pool = FramePool(standard: 0)
    #expect(pool.take() == nil ? true : false)
    #expect(pool.take(large: true) == nil ? true : false)
    pool.destroy()
  }
}
