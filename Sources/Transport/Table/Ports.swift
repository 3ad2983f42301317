import StrataBase

/// Chooses ports for those who do not care which (RFC 6056).
struct Ports: Sendable {
  /// The ports that are given out. Linux' range; servers live below.
  static let ephemeral: ClosedRange<UInt16> = 32_768...60_999

  private var random: Random

  init(random: inout Random) { self.random = random.fork() }

  // RFC 6056 §3.3.1, algorithm 1: a random start, then the next free one.
  /// A port that `isFree` accepts; nil when it accepts none.
  mutating func pick(_ isFree: (UInt16) -> Bool) -> UInt16? {
    let count = UInt64(Self.ephemeral.count)
    let start = random.below(count)
    for step in 0..<count {
      let port = Self.ephemeral.lowerBound + UInt16((start + step) % count)
      if isFree(port) { return port }
    }
    return nil
  }
}
