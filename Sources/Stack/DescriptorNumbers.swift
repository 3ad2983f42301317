/// Which numbers of a table are free. As with an operating system's descriptors, the lowest goes first.
///
/// A bit for each number and a bit for each word of 64 of them: taking one costs the same with 60,000
/// open sockets as with one. Memory grows with the highest number.
struct DescriptorNumbers {
  /// The most numbers, a multiple of 64.
  let capacity: Int
  /// A bit that is set: the number is free.
  private var words: [UInt64] = []
  /// A bit that is set: the word has a free number.
  private var summary: [UInt64] = []

  init(capacity: Int) { self.capacity = (capacity + 63) & ~63 }

  /// The lowest free number; nil when none is.
  mutating func take() -> Int? {
    for at in summary.indices where summary[at] != 0 {
      return take(from: at &* 64 &+ summary[at].trailingZeroBitCount)
    }
    guard words.count * 64 < capacity else { return nil }
    if words.count & 63 == 0 { summary.append(0) }
    words.append(.max)
    summary[summary.count - 1] |= 1 << UInt64((words.count - 1) & 63)
    return take(from: words.count - 1)
  }

  private mutating func take(from word: Int) -> Int {
    let bit = words[word].trailingZeroBitCount
    words[word] &= words[word] &- 1
    if words[word] == 0 { summary[word >> 6] &= ~(1 << UInt64(word & 63)) }
    return word &* 64 &+ bit
  }

  /// A number that was taken is free again.
  mutating func give(_ number: Int) {
    words[number >> 6] |= 1 << UInt64(number & 63)
    summary[number >> 12] |= 1 << UInt64((number >> 6) & 63)
  }
}
