import StrataBase
import Testing

@Suite struct ByteRangesTests {
  private func ranges(_ parts: [Range<UInt64>], capacity: Int = 8) -> ByteRanges {
    var set = ByteRanges(capacity: capacity)
    for part in parts { set.insert(part) }
    return set
  }

  @Test func rangesThatTouchAreOne() {
    #expect(ranges([0..<10, 10..<20]).ranges == [0..<20])
    #expect(ranges([10..<20, 0..<10]).ranges == [0..<20])
    #expect(ranges([0..<10, 11..<20]).ranges == [0..<10, 11..<20])
    #expect(ranges([0..<10, 20..<30, 5..<25]).ranges == [0..<30])
    #expect(ranges([0..<30, 10..<20]).ranges == [0..<30])
    #expect(ranges([10..<20, 0..<30]).ranges == [0..<30])
    #expect(ranges([5..<5]).isEmpty)
  }

  @Test func oneRangeTooManyChangesNothing() {
    var set = ranges([0..<1, 2..<3], capacity: 2)
    let before = set
    #expect(set.insert(10..<11) == false)
    #expect(set == before)
    #expect(set.insert(1..<2) == true)
    #expect(set.ranges == [0..<3])
    #expect(set.insert(10..<11) == true)
  }

  @Test func whatIsBeforeAnOffsetGoes() {
    var set = ranges([0..<10, 20..<30, 40..<50])
    set.removeAll(before: 25)
    #expect(set.ranges == [25..<30, 40..<50])
    set.removeAll(before: 30)
    #expect(set.ranges == [40..<50])
    set.removeAll(before: 0)
    #expect(set.ranges == [40..<50])
    set.removeAll(before: 100)
    #expect(set.isEmpty)
  }

  @Test func containsMeansEveryByte() {
    let set = ranges([10..<20, 30..<40])
    #expect(set.contains(10..<20))
    #expect(set.contains(15..<16))
    #expect(set.contains(99..<99))
    #expect(!set.contains(9..<11))
    #expect(!set.contains(19..<21))
    #expect(!set.contains(15..<35))
    #expect(!set.contains(40..<41))
    #expect(set.byteCount == 20)
  }

  @Test func itAgreesWithASetOfBytes() {
    var random = Random(seed: 10)
    var set = ByteRanges(capacity: 64), bytes = Set<UInt64>()
    for round in 0..<2_000 {
      let low = random.below(100), high = low + random.below(12)
      if round % 50 == 49 {
        set.removeAll(before: low)
        bytes = bytes.filter { $0 >= low }
      } else {
        #expect(set.insert(low..<high) == true)
        bytes.formUnion(low..<high)
      }
      #expect(set.byteCount == UInt64(bytes.count))
      #expect(set.contains(low..<high) == (low..<high).allSatisfy(bytes.contains))
      for (one, next) in zip(set.ranges, set.ranges.dropFirst()) { #expect(one.upperBound < next.lowerBound) }
    }
  }
}
