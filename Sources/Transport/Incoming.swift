import StrataBase
import StrataWire

/// What came and was not yet read, in order and ahead of order, and what SACK says of it. A connection
/// has one while there is something to hold.
struct Incoming: ~Copyable {
  var queue = ReceiveQueue()
  var reassembly = Reassembly()
  /// Ranges held beyond RCV.NXT, the one that changed last first (RFC 2018 §4).
  private var blocks = (Incoming.none, Incoming.none, Incoming.none, Incoming.none)
  private var blockCount = 0
  /// What came twice, to be said once (RFC 2883).
  private var duplicate: SACKBlock?

  private static var none: SACKBlock { SACKBlock(left: SequenceNumber(0), right: SequenceNumber(0)) }

  /// Nothing here would be missed.
  var isEmpty: Bool { queue.isEmpty && reassembly.isEmpty }
  /// An acknowledgment would have SACK blocks.
  var hasBlocks: Bool { blockCount > 0 || duplicate != nil }
  var memory: Int { queue.charge + reassembly.charge + MemoryLayout<Incoming>.stride }

  mutating func noteDuplicate(_ block: SACKBlock) { duplicate = block }

  /// A range beyond RCV.NXT arrived. It joins the ranges that it touches and goes to the front.
  mutating func noteHeld(_ block: SACKBlock) {
    var joined = block
    var kept = SACKBlocks()
    for index in 0..<blockCount {
      let other = self.block(index)
      if other.left <= joined.right, joined.left <= other.right {
        joined.left = other.left < joined.left ? other.left : joined.left
        joined.right = .max(joined.right, other.right)
      } else {
        kept.append(other)
      }
    }
    setBlock(0, joined)
    let rest = min(kept.count, SACKBlocks.capacity - 1)
    for index in 0..<rest { setBlock(index + 1, kept[index]) }
    blockCount = rest + 1
  }

  /// RCV.NXT moved: what lies before it is no longer said.
  mutating func advance(to edge: SequenceNumber) {
    var kept = 0
    for index in 0..<blockCount where block(index).right > edge {
      setBlock(kept, block(index))
      kept += 1
    }
    blockCount = kept
  }

  /// The blocks of the next acknowledgment. What came twice is said first, and only once.
  mutating func takeBlocks() -> SACKBlocks {
    var result = SACKBlocks()
    if let duplicate { result.append(duplicate) }
    duplicate = nil
    for index in 0..<blockCount { result.append(block(index)) }
    return result
  }

  private func block(_ index: Int) -> SACKBlock {
    switch index {
    case 0: blocks.0
    case 1: blocks.1
    case 2: blocks.2
    default: blocks.3
    }
  }
  private mutating func setBlock(_ index: Int, _ block: SACKBlock) {
    switch index {
    case 0: blocks.0 = block
    case 1: blocks.1 = block
    case 2: blocks.2 = block
    default: blocks.3 = block
    }
  }
}
