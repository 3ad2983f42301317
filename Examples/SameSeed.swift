import StrataBase

/// The example of docs/recordings.md: two runs of one seed.
public func sameSeed() -> Bool {
  func draw(seed: UInt64) -> [UInt64] {
    var random = Random(seed: seed)
    return (0..<4).map { _ in random.next() }
  }
  return draw(seed: 7) == draw(seed: 7)
}
