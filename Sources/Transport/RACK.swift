import StrataBase

/// Recent acknowledgment (RFC 8985 §6): what was sent before something that has arrived, and longer
/// ago than the round trip and a little, is lost.
struct RACK {
  /// RACK.xmit_ts and RACK.end_seq: the segment sent last among those delivered.
  private(set) var sentAt = Instant.start
  private(set) var end = SequenceNumber(0)
  /// RACK.rtt
  private(set) var roundTrip = Interval.zero
  /// RACK.min_RTT; `never` before the first sample.
  private(set) var minimum = Interval(nanoseconds: .max)
  /// RACK.fack: the highest number delivered.
  private var highest = SequenceNumber(0)
  /// RACK.reo_wnd_mult and RACK.reo_wnd_persist
  private var multiplier: UInt8 = 1
  private var persistence: UInt8 = 0
  private(set) var reorderingSeen = false
  private var isStarted = false
  /// RACK.dsack_round: SND.NXT when the window was last widened, until that is acknowledged.
  private var duplicateRound: SequenceNumber?

  /// Recoveries without a DSACK after which the window is narrow again (RFC 8985 §6.2, step 4).
  static var persistenceLimit: UInt8 { 16 }
  /// Segments held beyond a hole that make reordering unlikely (DupThresh).
  static var duplicateThreshold: Int { 3 }

  /// Steps 1 to 3: takes in what an acknowledgment delivered. `echoIsOld`: by the timestamps it
  /// acknowledges an earlier sending of a segment that was sent again.
  mutating func delivered(_ delivery: Delivery, echoIsOld: Bool, at now: Instant) {
    guard delivery.hasRecord else { return }
    if delivery.firstSingleSentAt != .never {
      minimum = min(minimum, now - delivery.lastSingleSentAt)
    }
    let sample = now - delivery.lastSentAt
    // RFC 8985 §6.2, step 2: a retransmission acknowledged sooner than any round trip was not what was
    // acknowledged: the original was.
    let isDoubtful = delivery.lastIsRetransmitted && (echoIsOld || sample < minimum)
    if !isDoubtful {
      roundTrip = sample
      if !isStarted || isAfter(delivery.lastSentAt, delivery.lastEnd, sentAt, end) {
        sentAt = delivery.lastSentAt
        end = delivery.lastEnd
      }
    }
    // Step 3: something sent once arrived behind what was sent after it.
    if isStarted, let low = delivery.lowestSingleStart, low < highest { reorderingSeen = true }
    if let top = delivery.highestEnd, !isStarted || top > highest { highest = top }
    isStarted = true
  }

  /// Step 4, the part that adapts the window to what DSACK tells.
  mutating func adapt(
    hasDuplicate: Bool, acknowledged: SequenceNumber, sendNext: SequenceNumber
  ) {
    if let round = duplicateRound, acknowledged >= round { duplicateRound = nil }
    if duplicateRound == nil, hasDuplicate {
      duplicateRound = sendNext
      multiplier = min(multiplier &+ 1, 255)
      persistence = Self.persistenceLimit
    }
  }

  /// A recovery has ended.
  mutating func recoveryEnded() {
    if persistence > 0 {
      persistence &-= 1
    } else {
      multiplier = 1
    }
  }

  /// Step 4, the window itself. `threeAreHeld`: at least three segments' worth is held by SACK.
  func reorderingWindow(isRecovering: Bool, threeAreHeld: Bool, smoothed: Interval) -> Interval {
    if !reorderingSeen, isRecovering || threeAreHeld { return .zero }
    if minimum.nanoseconds == .max { return .zero }
    let quarter = minimum.nanoseconds / 4
    let window = quarter.multipliedReportingOverflow(by: Int64(multiplier)).partialValue
    return min(Interval(nanoseconds: window), smoothed)
  }

  /// RACK_sent_after: whether what was delivered was sent after `record`.
  func sentAfter(_ record: Scoreboard.Record) -> Bool {
    isAfter(sentAt, end, record.sentAt, record.end)
  }

  private func isAfter(_ t1: Instant, _ s1: SequenceNumber, _ t2: Instant, _ s2: SequenceNumber) -> Bool {
    t1 > t2 || (t1 == t2 && s1 > s2)
  }

  /// Forgets what a stale reading of time would harm, not the round trips: after a long silence.
  mutating func forget() { isStarted = false }
}
