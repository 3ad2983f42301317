import StrataBase
import StrataWire

/// Finds out afterwards that nothing was lost, and then takes back what the repair did to the window: the
/// peer got every byte twice that was sent again (RFC 2883, RFC 3708), or the acknowledgments of what was
/// sent first came after all (F-RTO, RFC 5682).
struct SpuriousRepair {
  /// The number `c` of the event `repairWasSpurious`.
  enum Proof: UInt32 {
    case duplicates = 1, forwardRecovery
  }

  /// What congestion control was before the repair; nil: there is nothing to take back.
  private(set) var before: Congestion?
  /// What was in flight when the repair began.
  private var start = SequenceNumber(0)
  private var end = SequenceNumber(0)
  /// Bytes that were sent again, and how many of them the peer has not reported as duplicates.
  private var repeated = 0
  private var unreported = 0

  /// A repair begins.
  mutating func begin(_ congestion: Congestion, from start: SequenceNumber, to end: SequenceNumber) {
    self = SpuriousRepair()
    before = congestion
    self.start = start
    self.end = end
  }

  mutating func sentAgain(_ count: Int) {
    repeated &+= count
    unreported &+= count
  }

  /// The peer got `block` twice. True: all that was sent again was for nothing.
  mutating func reported(_ block: SACKBlock) -> Bool {
    guard before != nil, repeated > 0, block.left >= start, block.right <= end else { return false }
    unreported &-= block.right - block.left
    return unreported <= 0
  }

  mutating func forget() { before = nil }
}
