import Testing

@testable import StrataStack

@Suite struct DescriptorNumbersTests {
  @Test func theLowestFreeNumberGoesFirst() {
    var numbers = DescriptorNumbers(capacity: 256)
    for number in 0..<200 { #expect(numbers.take() == number) }
    for number in [150, 3, 64, 63] { numbers.give(number) }
    #expect((0..<5).map { _ in numbers.take() } == [3, 63, 64, 150, 200])
  }

  @Test func allOfThemCanBeTakenAndNoMore() {
    var numbers = DescriptorNumbers(capacity: 8_192)
    for number in 0..<8_192 { #expect(numbers.take() == number) }
    #expect(numbers.take() == nil)
    numbers.give(8_191)
    numbers.give(4_096)
    #expect(numbers.take() == 4_096)
    #expect(numbers.take() == 8_191)
    #expect(numbers.take() == nil)
  }

  @Test func manyTurnsGiveTheSameAsASetOfNumbers() {
    var numbers = DescriptorNumbers(capacity: 128)
    var taken: Set<Int> = []
    var state: UInt64 = 7
    for _ in 0..<2_000 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      if state >> 63 == 0 || taken.isEmpty {
        let lowest = (0..<128).first { !taken.contains($0) }
        let number = numbers.take()
        #expect(number == lowest)
        if let number { taken.insert(number) }
      } else if let number = taken.sorted().dropFirst(Int(state >> 40) % taken.count).first {
        taken.remove(number)
        numbers.give(number)
      }
    }
  }
}
