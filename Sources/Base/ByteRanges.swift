/// A sorted set of half-open ranges of byte offsets, at most `capacity` of them. Ranges that touch
/// are one. It answers which bytes of a stream are here.
public struct ByteRanges: Sendable, Equatable {
  public private(set) var ranges: [Range<UInt64>] = []
  /// The most ranges it keeps.
  public let capacity: Int

  public init(capacity: Int) {
    precondition(capacity > 0)
    self.capacity = capacity
  }

  public var isEmpty: Bool { ranges.isEmpty }
  /// Bytes in all ranges together.
  public var byteCount: UInt64 { ranges.reduce(0) { $0 + $1.upperBound - $1.lowerBound } }

  /// Adds a range. False, and nothing is changed, when it would be one range too many.
  @discardableResult
  public mutating func insert(_ range: Range<UInt64>) -> Bool {
    if range.isEmpty { return true }
    let first = ranges.partitioningIndex { $0.upperBound >= range.lowerBound }
    let last = ranges.partitioningIndex { $0.lowerBound > range.upperBound }
    if first == last {
      if ranges.count == capacity { return false }
      ranges.insert(range, at: first)
      return true
    }
    let low = min(range.lowerBound, ranges[first].lowerBound)
    let high = max(range.upperBound, ranges[last - 1].upperBound)
    ranges.replaceSubrange(first..<last, with: CollectionOfOne(low..<high))
    return true
  }

  /// Takes away every byte before `offset`.
  public mutating func removeAll(before offset: UInt64) {
    let first = ranges.partitioningIndex { $0.upperBound > offset }
    ranges.removeSubrange(0..<first)
    if let head = ranges.first, head.lowerBound < offset { ranges[0] = offset..<head.upperBound }
  }

  public func contains(_ range: Range<UInt64>) -> Bool {
    if range.isEmpty { return true }
    let at = ranges.partitioningIndex { $0.upperBound > range.lowerBound }
    return at < ranges.count && ranges[at].lowerBound <= range.lowerBound
      && ranges[at].upperBound >= range.upperBound
  }
}

extension Array {
  /// The first index whose element is past the edge, in an array sorted by being before it.
  fileprivate func partitioningIndex(_ isPast: (Element) -> Bool) -> Int {
    var low = 0, high = count
    while low < high {
      let middle = (low + high) / 2
      if isPast(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
