import StrataBase
import Testing

@Suite struct ByteRingTests {
  private func filled(_ ring: inout ByteRing, _ bytes: [UInt8]) -> Int { ring.write(bytes.span.bytes) }

  private func copy(_ ring: borrowing ByteRing, _ offset: Int, _ count: Int) -> (bytes: [UInt8], sum: UInt16)
  {
    var target = [UInt8](repeating: 0, count: max(count, 1))
    let sum = target.withUnsafeMutableBytes {
      ring.copyOut(offset: offset, count: count, to: $0.baseAddress!)
    }
    return (Array(target[..<count]), Checksum.fold(sum))
  }

  @Test func capacityIsRoundedUp() {
    let sizes = [1, 2, 3, 63, 64, 65, 1_000].map { ByteRing(capacity: $0).capacity }
    #expect(sizes == [1, 2, 4, 64, 64, 128, 1_024])
  }

  @Test func aFullRingTakesNoMore() {
    var ring = ByteRing(capacity: 8)
    #expect(filled(&ring, [1, 2, 3, 4, 5]) == 5)
    #expect(filled(&ring, [6, 7, 8, 9, 10]) == 3)
    #expect(ring.free == 0)
    #expect(filled(&ring, [11]) == 0)
    let room = ring.writable.byteCount
    #expect(room == 0)
    #expect(copy(ring, 0, 8).bytes == [1, 2, 3, 4, 5, 6, 7, 8])
  }

  @Test func bytesGoAcrossTheSeam() {
    var ring = ByteRing(capacity: 8)
    _ = filled(&ring, [0, 0, 0, 0, 0, 0])
    ring.drop(5)
    #expect(filled(&ring, [1, 2, 3, 4, 5, 6]) == 6)
    #expect(ring.count == 7)
    // 0 1 2 up to the seam, 3 4 5 6 behind it.
    #expect(ring.readable.array == [0, 1, 2])
    let room = ring.writable.byteCount
    #expect(room == 1)
    #expect(copy(ring, 0, 7).bytes == [0, 1, 2, 3, 4, 5, 6])
    ring.drop(3)
    #expect(ring.readable.array == [3, 4, 5, 6])
  }

  @Test func everyPieceIsCopiedAndSummedRightly() {
    let bytes = (0..<16).map { UInt8($0 * 17) }
    for start in 0..<16 {
      var ring = ByteRing(capacity: 16)
      _ = filled(&ring, [UInt8](repeating: 0, count: start + 1))
      ring.drop(start)
      _ = filled(&ring, Array(bytes[..<15]))
      ring.drop(1)
      for offset in 0..<15 {
        for count in 0...(15 - offset) {
          let piece = Array(bytes[offset..<(offset + count)])
          let copied = copy(ring, offset, count)
          #expect(copied.bytes == piece)
          #expect(copied.sum == Checksum.fold(Checksum.sum(piece.span.bytes)))
          var moved = [UInt8](repeating: 0, count: 16)
          moved.withUnsafeMutableBytes { ring.moveOut(offset: offset, count: count, to: $0.baseAddress!) }
          #expect(Array(moved[..<count]) == piece)
        }
      }
    }
  }

  @Test func anEmptyRingStartsAgainAtItsFirstByte() {
    var ring = ByteRing(capacity: 8)
    _ = filled(&ring, [1, 2, 3])
    ring.drop(3)
    #expect(ring.isEmpty == true)
    let room = ring.writable.byteCount
    #expect(room == 8)
    _ = filled(&ring, [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(ring.readable.byteCount == 8)
  }

  @Test func itIsFilledInPlace() {
    var ring = ByteRing(capacity: 4)
    var piece = ring.writable
    piece.setByte(7, at: 0)
    piece.setByte(8, at: 1)
    ring.commit(2)
    #expect(ring.count == 2)
    #expect(ring.readable.array == [7, 8])
  }

  @Test func aLongStreamKeepsItsOrder() {
    var random = Random(seed: 6)
    var ring = ByteRing(capacity: 64)
    var written: UInt8 = 0, read: UInt8 = 0
    for _ in 0..<5_000 {
      let wanted = Int(random.below(40))
      let bytes = (0..<wanted).map { written &+ UInt8(truncatingIfNeeded: $0) }
      let done = filled(&ring, bytes)
      #expect(done <= wanted)
      written &+= UInt8(truncatingIfNeeded: done)
      let n = Int(random.below(UInt64(ring.count) + 1))
      let expected = (0..<n).map { read &+ UInt8(truncatingIfNeeded: $0) }
      #expect(copy(ring, 0, n).bytes == expected)
      ring.drop(n)
      read &+= UInt8(truncatingIfNeeded: n)
    }
  }
}
