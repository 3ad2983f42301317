import StrataBase

/// Changes to bytes that parsers dislike.
enum Mutation {
  /// Numbers at the edges of fields.
  static let edges: [UInt8] = [0, 1, 2, 3, 4, 5, 7, 8, 10, 0x0f, 0x40, 0x45, 0x7f, 0x80, 0xf0, 0xfe, 0xff]
  /// The longest input.
  static let mostBytes = 2_048

  /// One to eight changes.
  static func apply(to bytes: inout [UInt8], _ random: inout Random) {
    for _ in 0...random.below(8) { applyOne(to: &bytes, &random) }
    if bytes.count > mostBytes { bytes.removeSubrange(mostBytes...) }
  }

  private static func applyOne(to bytes: inout [UInt8], _ random: inout Random) {
    guard !bytes.isEmpty else { return bytes.append(UInt8(truncatingIfNeeded: random.next())) }
    let at = Int(random.below(UInt64(bytes.count)))
    switch random.below(8) {
    case 0, 1: bytes[at] ^= 1 << UInt8(random.below(8))
    case 2: bytes[at] = UInt8(truncatingIfNeeded: random.next())
    case 3, 4: bytes[at] = edges[Int(random.below(UInt64(edges.count)))]
    case 5: bytes.removeSubrange(at...)
    case 6:
      let count = min(Int(random.below(8)) + 1, bytes.count - at)
      bytes.removeSubrange(at..<(at + count))
    default:
      let count = min(Int(random.below(16)) + 1, bytes.count - at)
      bytes.insert(contentsOf: Array(bytes[at..<(at + count)]), at: Int(random.below(UInt64(bytes.count))))
    }
  }
}
