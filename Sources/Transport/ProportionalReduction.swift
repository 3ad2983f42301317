/// Proportional rate reduction (RFC 9937): while losses are repaired, as much is sent as leaves the network,
/// times the share of the window that is to remain. So the window is at its new size when the repair ends,
/// with neither a pause nor a burst on the way.
struct ProportionalReduction {
  /// RecoverFS: what was on its way when the repair began.
  private let flight: Int
  /// prr_delivered and prr_out
  private var delivered = 0
  private var sent = 0

  init(flight: Int = 0) { self.flight = max(flight, 1) }

  mutating func sent(_ count: Int) { sent &+= count }

  /// cwnd after an acknowledgment that took `count` bytes off the network. `isSafe`: SND.UNA moved and no
  /// further loss was found (SafeACK).
  mutating func window(
    delivered count: Int, pipe: Int, threshold: Int, segmentSize: Int, isSafe: Bool
  ) -> Int {
    delivered &+= max(count, 0)
    var more: Int
    if pipe > threshold {
      // RFC 9937 §6.2: "SndCnt = CEIL(prr_delivered * ssthresh / RecoverFS) - prr_out"
      more = (delivered &* threshold &+ flight &- 1) / flight &- sent
    } else {
      // "SndCnt = MAX(prr_delivered - prr_out, DeliveredData); if (SafeACK) SndCnt += SMSS; SndCnt =
      // MIN(ssthresh - inflight, SndCnt)": the slow start reduction bound, and the conservative one where
      // losses go on.
      more = max(delivered &- sent, count)
      if isSafe { more &+= segmentSize }
      more = min(threshold &- pipe, more)
    }
    // "if (prr_out is 0 AND SndCnt is 0) ... SndCnt = SMSS": the first retransmission goes at once.
    if sent == 0, more <= 0 { more = segmentSize }
    return pipe &+ max(more, 0)
  }
}
