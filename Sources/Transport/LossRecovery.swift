import StrataBase
import StrataWire

// Which losses are believed, and what is done about them: RACK with SACK (RFC 8985), NewReno without
// (RFC 6582), and the retransmission timer behind both (RFC 6298).

extension Connection {
  /// What is believed to be on its way: RFC 6675's pipe. Without SACK each duplicate acknowledgment
  /// stands for one segment that has left the network.
  @inline(__always)
  func pipe(_ outgoing: borrowing Outgoing) -> Int {
    var pipe = inFlight &- outgoing.scoreboard.sackedBytes &- outgoing.scoreboard.lostBytes
    if outgoing.duplicateAcknowledgments > 0 {
      pipe = max(0, pipe &- Int(outgoing.duplicateAcknowledgments) &* Int(segmentSize))
    }
    return pipe
  }

  /// RACK_detect_loss (RFC 8985 §6.2, step 5). Gives how long to wait before looking again, or zero.
  @inline(__always) mutating func detectLosses(delivered: Int = 0, at now: Instant) -> Interval {
    // Without a hole, and without a repair under way, nothing was sent before what has arrived.
    guard let outgoing, outgoing.pointee.scoreboard.sackedBytes > 0 || outgoing.pointee.repair != .none
    else { return .zero }
    return lookForLosses(outgoing, delivered, at: now)
  }

  private mutating func lookForLosses(
    _ out: UnsafeMutablePointer<Outgoing>, _ delivered: Int, at now: Instant
  ) -> Interval {
    let threeAreHeld =
      out.pointee.scoreboard.sackedBytes >= RACK.duplicateThreshold * Int(segmentSize)
    let window = out.pointee.rack.reorderingWindow(
      isRecovering: out.pointee.repair != .none, threeAreHeld: threeAreHeld, smoothed: roundTrip.smoothed)
    let reach = out.pointee.rack.roundTrip + window
    var longest = Interval.zero
    var wasFound = false
    for index in 0..<out.pointee.scoreboard.count {
      let record = out.pointee.scoreboard[index]
      if record.isSacked || record.isLost || !out.pointee.rack.sentAfter(record) { continue }
      let remaining = record.sentAt + reach - now
      if remaining <= .zero {
        markLost(index, at: now)
        wasFound = true
      } else {
        longest = max(longest, remaining)
      }
    }
    if wasFound { beginRecovery(delivered: delivered, at: now) }
    return longest
  }

  /// While losses are repaired the window follows what leaves the network. Without SACK nobody knows how much
  /// that is, and it stays at the threshold.
  @inline(__always) mutating func hold(delivered: Int, isSafe: Bool) {
    guard let outgoing, outgoing.pointee.repair == .recovery, usesSACK else { return }
    let pipe = pipe(outgoing.pointee)
    let window = outgoing.pointee.reduction.window(
      delivered: delivered, pipe: pipe, threshold: outgoing.pointee.congestion.threshold,
      segmentSize: Int(segmentSize), isSafe: isSafe)
    outgoing.pointee.congestion.hold(window)
  }

  /// Nothing was lost: the window is what it was, and what is in flight is on its way again.
  mutating func undoRepair(_ proof: SpuriousRepair.Proof, at now: Instant) {
    guard let outgoing, let before = outgoing.pointee.doubt.before else { return }
    outgoing.pointee.doubt.forget()
    outgoing.pointee.congestion.undo(to: before)
    outgoing.pointee.scoreboard.forgetLosses()
    outgoing.pointee.repair = .none
    outgoing.pointee.forward = .off
    outgoing.pointee.sendsOneAnyway = false
    let window = outgoing.pointee.congestion.window, threshold = outgoing.pointee.congestion.threshold
    trace(
      Event(
        .repairWasSpurious, at: now, flow: slot, a: UInt64(clamping: window), b: UInt64(clamping: threshold),
        c: proof.rawValue))
    traceCongestion(at: now)
  }

  private mutating func markLost(_ index: Int, at now: Instant) {
    guard let outgoing else { return }
    let record = outgoing.pointee.scoreboard[index]
    outgoing.pointee.scoreboard.markLost(index)
    trace(Event(.lossDetected, at: now, flow: slot, a: offset(of: record.start), b: offset(of: record.end)))
  }

  /// The first loss of a window makes it smaller; further losses of the same window do not. `delivered`:
  /// bytes that left the network with the acknowledgment that showed it.
  private mutating func beginRecovery(delivered: Int = 0, at now: Instant) {
    guard let outgoing, outgoing.pointee.repair == .none else { return }
    outgoing.pointee.repair = .recovery
    outgoing.pointee.recoveryPoint = sendNext
    outgoing.pointee.sendsOneAnyway = true
    outgoing.pointee.probe.forget()
    outgoing.pointee.doubt.begin(outgoing.pointee.congestion, from: sendUnacknowledged, to: sendNext)
    outgoing.pointee.reduction = ProportionalReduction(
      flight: inFlight &- outgoing.pointee.scoreboard.sackedBytes &+ delivered)
    outgoing.pointee.congestion.reduce(.loss, inFlight: inFlight)
    traceCongestion(at: now)
  }

  /// A repair ends when everything that was in flight at its beginning is acknowledged.
  @inline(__always) mutating func finishRepair(at now: Instant) {
    guard let outgoing, outgoing.pointee.repair != .none else { return }
    endRepair(at: now)
  }

  private mutating func endRepair(at now: Instant) {
    guard let outgoing, outgoing.pointee.repair != .none, sendUnacknowledged >= outgoing.pointee.recoveryPoint
    else { return }
    if outgoing.pointee.repair == .recovery {
      if usesSACK {
        outgoing.pointee.congestion.recovered()
      } else {
        outgoing.pointee.congestion.recovered(inFlight: inFlight)
      }
      traceCongestion(at: now)
    }
    outgoing.pointee.repair = .none
    outgoing.pointee.forward = .off
    outgoing.pointee.sendsOneAnyway = false
    outgoing.pointee.rack.recoveryEnded()
  }

  /// A probe showed that the last segment had been lost and repaired it: the window is halved as for
  /// any loss (RFC 8985 §7.4.2), and nothing is left to repair.
  mutating func reactToRepairedTail(at now: Instant) {
    guard let outgoing, outgoing.pointee.repair == .none else { return }
    outgoing.pointee.congestion.reduce(.loss, inFlight: inFlight + Int(segmentSize))
    traceCongestion(at: now)
  }

  /// An acknowledgment that says nothing new. RFC 6582 §3.2: the third in a row means a loss, where
  /// there is no SACK to tell more.
  mutating func duplicateAcknowledgment(_ segment: Segment, at now: Instant) {
    guard let outgoing, state.isSynchronized else { return }
    if usesSACK {
      if outgoing.pointee.forward == .probing { outgoing.pointee.forward = .off }
      if outgoing.pointee.probe.isInFlight {
        _ = outgoing.pointee.probe.acknowledged(segment.acknowledgment, hasDuplicate: false, isPure: true)
      }
      return
    }
    // After a timeout duplicates are of segments that count as lost already.
    if outgoing.pointee.repair == .timeout { return }
    outgoing.pointee.duplicateAcknowledgments = min(outgoing.pointee.duplicateAcknowledgments + 1, 10_000)
    guard Int(outgoing.pointee.duplicateAcknowledgments) == RACK.duplicateThreshold,
      outgoing.pointee.repair == .none, !outgoing.pointee.scoreboard.isEmpty
    else { return }
    markFirstLost(at: now)
    beginRecovery(at: now)
  }

  /// RFC 6582 §3.2, 3: a partial acknowledgment shows the next hole, "retransmit the first
  /// unacknowledged segment".
  mutating func repairNextHole(at now: Instant) {
    guard let outgoing, outgoing.pointee.repair == .recovery, !outgoing.pointee.scoreboard.isEmpty else {
      return
    }
    markFirstLost(at: now)
    outgoing.pointee.sendsOneAnyway = true
  }

  private mutating func markFirstLost(at now: Instant) {
    guard let outgoing else { return }
    let first = outgoing.pointee.scoreboard[0]
    // Only one segment of a super-frame is known to be missing.
    if first.count > Int(segmentSize) { outgoing.pointee.scoreboard.cutFirst(most: Int(segmentSize)) }
    markLost(0, at: now)
  }

  /// The retransmission timer fired (RFC 6298 §5.4 to §5.6).
  mutating func retransmissionTimedOut(at now: Instant) {
    guard let outgoing else { return }
    let isFirst = outgoing.pointee.repair == .none
    // RFC 5682 §3, step 1: a second timeout, or one in a repair, is not doubted.
    if isFirst {
      outgoing.pointee.doubt.begin(outgoing.pointee.congestion, from: sendUnacknowledged, to: sendNext)
    }
    outgoing.pointee.forward = isFirst && usesSACK ? .waiting : .off
    outgoing.pointee.congestion.timedOut(inFlight: inFlight, isFirst: isFirst)
    outgoing.pointee.repair = .timeout
    outgoing.pointee.recoveryPoint = sendNext
    outgoing.pointee.duplicateAcknowledgments = 0
    outgoing.pointee.probe.forget()
    outgoing.pointee.sendsOneAnyway = true
    let first = offset(of: sendUnacknowledged), last = offset(of: sendNext)
    trace(Event(.lossDetected, at: now, flow: slot, a: first, b: last))
    outgoing.pointee.scoreboard.markAllLost()
    traceCongestion(at: now)
  }

  /// The stream offset of a sequence number; a FIN's is the length of the stream.
  @inline(__always) func offset(of sequence: SequenceNumber) -> UInt64 {
    acknowledgedCount &+ UInt64(bitPattern: Int64(sequence - sendUnacknowledged))
  }
}
