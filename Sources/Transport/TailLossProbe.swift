import StrataBase

/// The probe that finds out about a lost tail before the retransmission timer does (RFC 8985 §7).
struct TailLossProbe {
  /// TLP.end_seq while a probe is in flight: SND.NXT when it was sent.
  private(set) var end: SequenceNumber?
  /// TLP.is_retrans: it repeated the last segment because there was nothing new.
  private(set) var isRetransmission = false

  var isInFlight: Bool { end != nil }

  /// RFC 8985 §7.2: two round trips; a lone segment's acknowledgment may be delayed.
  static func interval(roundTrip: RoundTrip, isLone: Bool, acknowledgmentDelay: Interval) -> Interval {
    // RFC 8985 §7.2: "If SRTT is not available, then the PTO is set to 1 second".
    guard roundTrip.isMeasured else { return .seconds(1) }
    let probe = roundTrip.smoothed * 2 + .milliseconds(2)
    return isLone ? probe + acknowledgmentDelay : probe
  }

  mutating func sent(sendNext: SequenceNumber, isRetransmission: Bool) {
    end = sendNext
    self.isRetransmission = isRetransmission
  }

  /// RFC 8985 §7.4.2: an acknowledgment of everything up to the probe ends its episode. True when it
  /// shows that the original was lost and the probe repaired it, which is a loss all the same.
  mutating func acknowledged(_ edge: SequenceNumber, hasDuplicate: Bool, isPure: Bool) -> Bool {
    guard let end, edge >= end else { return false }
    if !isRetransmission || hasDuplicate {
      self.end = nil
      return false
    }
    if edge > end {
      self.end = nil
      return true
    }
    // The same number again without DSACK: the probe's own acknowledgment, so both copies arrived.
    if isPure { self.end = nil }
    return false
  }

  mutating func forget() { end = nil }
}
