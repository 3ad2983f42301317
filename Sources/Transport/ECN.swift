import StrataBase

// ECN (RFC 3168): routers mark packets instead of dropping them, the receiver echoes that in ECE until the
// sender says by CWR that it has sent less.

/// The codepoints of RFC 3168 §5.
enum ECN {
  /// ECT(0): both ends understand marks.
  static var capable: UInt8 { 2 }
  /// CE: congestion experienced.
  static var marked: UInt8 { 3 }
}

extension Connection {
  /// What arrived says about marks. RFC 3168 §6.1.3: "once a TCP receiver sends an ACK packet with the
  /// ECN-Echo bit set, that TCP receiver continues to set the ECN-Echo flag in all the ACK packets it
  /// sends (whether they acknowledge CE data packets or non-CE data packets) until it receives a CWR
  /// packet".
  @inline(__always) mutating func noteMark(_ congestion: UInt8, _ segment: Segment) {
    guard marked(.usesECN), segment.payloadCount > 0 else { return }
    if segment.flags.contains(.cwr) { marks.remove(.echoesMark) }
    if congestion == ECN.marked { marks.insert(.echoesMark) }
  }

  /// The peer echoes a mark. RFC 3168 §6.1.2: "The TCP source does not react to congestion indications
  /// more than once every window of data".
  mutating func reactToMark(_ segment: Segment, at now: Instant) {
    guard marked(.usesECN), segment.flags.contains(.ece), inFlight > 0, let outgoing,
      outgoing.pointee.repair == .none,
      outgoing.pointee.reducedAt.map({ segment.acknowledgment > $0 }) ?? true
    else { return }
    outgoing.pointee.reducedAt = sendNext
    outgoing.pointee.congestion.reduce(.mark, inFlight: inFlight)
    marks.insert(.tellsReduction)
    traceCongestion(at: now)
  }
}
