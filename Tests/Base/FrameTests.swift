import StrataBase
import Testing

/// A frame of a pool that has one; `#require` cannot hold what is not copied.
func take(_ pool: FramePool, large: Bool = false) throws -> Frame {
  guard let frame = pool.take(large: large) else { throw PoolIsEmpty() }
  return frame
}

@Suite struct FrameTests {
  @Test func aPayloadBeginsOnACacheLine() throws {
    let pool = FramePool(standard: 3, large: 1)
    do {
      let frame = try take(pool)
      #expect(Int(bitPattern: frame.start) & 63 == 0)
      #expect(frame.count == 0)
      #expect(frame.roomInFront == Frame.headroom)
      #expect(frame.roomBehind == Frame.standardRoom)
    }
    pool.destroy()
  }

  @Test func headersGrowDownwards() throws {
    let pool = FramePool(standard: 1)
    do {
      var frame = try take(pool)
      let payload: [UInt8] = [5, 6, 7]
      frame.append(payload.span.bytes)
      frame.prepend(2)
      #expect(frame.count == 5)
      var bytes = frame.mutableBytes
      bytes.setByte(3, at: 0)
      bytes.setByte(4, at: 1)
      #expect(frame.bytes.array == [3, 4, 5, 6, 7])
      #expect(frame.roomInFront == Frame.headroom - 2)
      frame.dropFirst(3)
      #expect(frame.bytes.array == [6, 7])
      frame.truncate(to: 1)
      #expect(frame.bytes.array == [6])
      #expect(frame.roomBehind == Frame.standardRoom - 2)
    }
    pool.destroy()
  }

  @Test func aFrameTakesAllItsRoomAndNoMore() throws {
    let pool = FramePool(standard: 2, large: 1)
    do {
      var frame = try take(pool), neighbour = try take(pool)
      neighbour.append([UInt8](repeating: 0x55, count: Frame.standardRoom).span.bytes)
      frame.append([UInt8](repeating: 0xaa, count: Frame.standardRoom).span.bytes)
      frame.prepend(Frame.headroom)
      #expect(frame.roomBehind == 0)
      #expect(frame.roomInFront == 0)
      let count = frame.count
      var bytes = frame.mutableBytes
      for at in 0..<count { bytes.setByte(0xaa, at: at) }
      #expect(neighbour.bytes.array.allSatisfy { $0 == 0x55 })
      var large = try take(pool, large: true)
      large.append(Frame.largeRoom)
      #expect(large.roomBehind == 0)
      #expect(large.bufferSize == Frame.payloadStart + Frame.largeRoom)
    }
    pool.destroy()
  }

  @Test func notesTravelWithTheFrame() throws {
    let pool = FramePool(standard: 1)
    do {
      var frame = try take(pool)
      frame.notes.number = 7
      frame.notes.interface = 2
      frame.notes.segmentSize = 1_448
      frame.notes.checksumIsVerified = true
      frame.append(2)
      let moved = frame
      #expect(moved.notes.number == 7)
      #expect(moved.notes.interface == 2)
      #expect(moved.notes.segmentSize == 1_448)
      #expect(moved.notes.checksumIsVerified)
      #expect(moved.count == 2)
    }
    do {
      let fresh = try take(pool)
      #expect(fresh.notes.number == 0)
      #expect(fresh.notes.checksumIsVerified == false)
      #expect(fresh.count == 0)
    }
    pool.destroy()
  }
}
