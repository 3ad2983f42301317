import StrataBase

// Deadlines: when they are set, and what happens when they pass (RFC 6298, RFC 8985 §7, RFC 9293 §3.8).

extension Connection {
  /// When to call `expire`.
  @inline(__always) public var nextDeadline: Instant { min(min(transmitAt, acknowledgeAt), idleAt) }

  /// A deadline passed. Harmless when none did.
  public mutating func expire(at now: Instant) -> Disposition {
    if let sentence = brokenInvariant { return breakDown(sentence, at: now) }
    if acknowledgeAt <= now {
      acknowledgeAt = .never
      marks.insert(.acknowledgeNow)
      traceTimer(.delayedAcknowledgment, at: now)
    }
    if transmitAt <= now { transmitTimerFired(at: now) }
    if idleAt <= now { idleTimerFired(at: now) }
    return conclude([], at: now)
  }

  // MARK: The transmit timer

  mutating func stopTransmitTimer() {
    transmitAt = .never
    transmitTimer = .none
  }

  /// Sets the timer that fits what is in flight, from now on.
  @inline(__always)
  mutating func armTransmitTimer(reordering: Interval = .zero, at now: Instant) {
    guard let outgoing, state.transmits else { return }
    if inFlight == 0 {
      stopTransmitTimer()
      noteLimit()
      if marked(.windowBlocked) { set(.persist, at: now + roundTrip.timeout) }
      return
    }
    if reordering > .zero {
      // RFC 8985 §6.3 has the timer run at its own pace; below a tick it would only burn turns.
      return set(.reordering, at: now + max(reordering, .microseconds(1)))
    }
    if sendWindow == 0 { return set(.persist, at: now + roundTrip.timeout) }
    if mayProbeTail(outgoing.pointee) {
      let delay = settings.shared.delayedAcknowledgment
      let probe = TailLossProbe.interval(
        roundTrip: roundTrip, isLone: inFlight <= Int(segmentSize), acknowledgmentDelay: delay)
      if probe < roundTrip.timeout { return set(.tailLossProbe, at: now + probe) }
    }
    set(.retransmission, at: now + roundTrip.timeout)
  }

  /// RFC 8985 §7.2: SACK is agreed on, nothing is being repaired and nothing is held beyond a hole.
  @inline(__always)
  private func mayProbeTail(_ outgoing: borrowing Outgoing) -> Bool {
    usesSACK && outgoing.repair == .none && outgoing.scoreboard.sackedBytes == 0
      && !outgoing.probe.isInFlight && attempts == 0
  }

  @inline(__always) private mutating func set(_ timer: TCPTimer, at deadline: Instant) {
    transmitTimer = timer
    transmitAt = deadline
  }

  mutating func armSynchronizeTimer(at now: Instant) { set(.retransmission, at: now + roundTrip.timeout) }

  private mutating func transmitTimerFired(at now: Instant) {
    let timer = transmitTimer
    stopTransmitTimer()
    traceTimer(timer, at: now)
    switch timer {
    case .reordering:
      let remaining = detectLosses(at: now)
      hold(delivered: 0, isSafe: false)
      armTransmitTimer(reordering: remaining, at: now)
    case .tailLossProbe:
      probe = .tail
      set(.retransmission, at: now + roundTrip.timeout)
    case .persist: windowProbeIsDue(at: now)
    default: retransmissionIsDue(at: now)
    }
  }

  private mutating func retransmissionIsDue(at now: Instant) {
    let values = settings.values
    if state == .synSent || state == .synReceived {
      if attempts >= values.synRetries { return fail(softFailure, at: now) }
      attempts += 1
      roundTrip.backOff(most: values.maximumTimeout)
      marks.insert([.synchronizePending, .synchronizeRepeated])
      return armSynchronizeTimer(at: now)
    }
    guard inFlight > 0, state.transmits else { return }
    if sendWindow == 0 { return windowProbeIsDue(at: now) }
    if hasGivenUp(at: now) { return fail(softFailure, at: now) }
    attempts = min(attempts, .max - 1) + 1
    if values.findsBlackHoles, attempts == Self.blackHoleAttempts { avoidBlackHole() }
    retransmissionTimedOut(at: now)
    roundTrip.backOff(most: values.maximumTimeout)
    set(.retransmission, at: min(now + roundTrip.timeout, userDeadline))
  }

  /// Nothing was acknowledged for as long as the user has patience, or as often as a segment may be repeated.
  private func hasGivenUp(at now: Instant) -> Bool {
    settings.shared.userTimeout == nil ? attempts >= settings.values.retries : now >= userDeadline
  }

  /// When the user's patience ends.
  private var userDeadline: Instant {
    guard let timeout = settings.shared.userTimeout, let outgoing else { return .never }
    return outgoing.pointee.progressAt + timeout
  }

  /// RFC 9293 §3.8.6.1: "The transmitting host SHOULD send the first zero-window probe when a zero
  /// window has existed for the retransmission timeout period, and SHOULD increase exponentially the
  /// interval between successive probes." As long as probes are answered it never gives up; a user who
  /// is gone does not wait so long.
  private mutating func windowProbeIsDue(at now: Instant) {
    guard let outgoing, state.transmits, unsent(outgoing.pointee) > 0 || inFlight > 0 else { return }
    let values = settings.values
    if hasGivenUp(at: now) { return fail(softFailure, at: now) }
    attempts = min(attempts, .max - 1) + 1
    if marked(.userGone) {
      orphanProbes += 1
      if orphanProbes >= values.retries { return abandon(at: now) }
    }
    probe = .window
    roundTrip.backOff(most: values.maximumTimeout)
    set(.persist, at: min(now + roundTrip.timeout, userDeadline))
  }

  /// The peer lives. That answers probes; segments that were sent again are answered by progress alone.
  @inline(__always) mutating func noteAnswer(_ segment: Segment) {
    if inFlight == 0 || sendWindow == 0 || segment.acknowledgment > sendUnacknowledged { attempts = 0 }
  }

  /// The window was closed, or too small to use, and is open now. What a probe carried was not taken.
  mutating func windowOpened(at now: Instant) {
    guard let outgoing, state.transmits else { return }
    probe = .none
    if inFlight > 0, transmitTimer == .persist {
      outgoing.pointee.scoreboard.markAllLost()
      outgoing.pointee.sendsOneAnyway = true
    }
    stopTransmitTimer()
    armTransmitTimer(at: now)
  }

  // MARK: The idle timer: keep-alive, FIN-WAIT-2, TIME-WAIT and memory

  /// How long a connection keeps the buffers that it no longer needs.
  static var releaseDelay: Interval { .seconds(1) }

  mutating func armIdleTimer(at now: Instant) {
    var deadline = Instant.never
    if outgoing != nil || incoming != nil { deadline = now + Self.releaseDelay }
    if asksSilentPeer, let keepAlive = settings.values.keepAlive {
      // A probe that is due and not sent waits for what is in flight: there is no hurry to look again.
      let due = keepAliveDue(keepAlive)
      deadline = min(deadline, due > now ? due : now + max(keepAlive.interval, .milliseconds(1)))
    }
    idleAt = deadline
  }

  mutating func armTimeWait(at now: Instant) { idleAt = now + settings.values.timeWait }
  mutating func armFinWait2(at now: Instant) { idleAt = now + settings.values.finWait2 }

  /// The user is gone and set a limit to how long the rest may take.
  mutating func armLinger(at now: Instant) {
    if let linger = settings.values.linger, state.transmits { idleAt = now + linger }
  }

  private mutating func idleTimerFired(at now: Instant) {
    idleAt = .never
    switch state {
    case .timeWait:
      traceTimer(.timeWait, at: now)
      enter(.closed, at: now)
    case .finWait2 where marked(.userGone):
      traceTimer(.finWait2, at: now)
      enter(.closed, at: now)
    case _ where marked(.userGone) && state.transmits && settings.values.linger != nil:
      abandon(at: now)
    default:
      if now - lastHeard >= Self.releaseDelay { releaseUnused(at: now) }
      keepAliveFired(at: now)
      if state != .closed { armIdleTimer(at: now) }
    }
  }

  /// Memory follows use.
  private mutating func releaseUnused(at now: Instant) {
    if let place = outgoing, place.pointee.ring.isEmpty, inFlight == 0, state.isSynchronized,
      !marked(.finishQueued), now - place.pointee.lastSentAt >= Self.releaseDelay
    {
      forgetOutgoing()
      traceTimer(.release, at: now)
    }
    if let place = incoming, place.pointee.isEmpty, !place.pointee.hasBlocks {
      releaseIncoming()
      incoming = nil
      traceTimer(.release, at: now)
    }
  }

  func traceTimer(_ timer: TCPTimer, at now: Instant) {
    trace(Event(.timerFired, at: now, flow: slot, c: UInt32(timer.rawValue), d: UInt32(attempts)))
  }

  /// RFC 5681 §4.1: what was measured of the path before a silence says little after it.
  @inline(__always) mutating func restartAfterIdle(at now: Instant) {
    guard let outgoing, inFlight == 0, state.transmits, now - outgoing.pointee.lastSentAt > roundTrip.timeout
    else { return }
    outgoing.pointee.congestion.restartedAfterIdle()
    outgoing.pointee.lastSentAt = now
  }
}
