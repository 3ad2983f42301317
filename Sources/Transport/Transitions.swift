import StrataBase
import StrataWire

// Changes of state, and what each call ends with.

extension Connection {
  mutating func enter(_ next: TCPState, at now: Instant) {
    if state == next { return }
    trace(
      Event(.stateChanged, at: now, flow: slot, c: UInt32(state.rawValue), d: UInt32(next.rawValue)))
    state = next
    switch next {
    case .established: if settings.values.keepAlive != nil || outgoing != nil { armIdleTimer(at: now) }
    case .finWait2:
      stopTransmitTimer()
      forgetOutgoing()
      if marked(.userGone) { armFinWait2(at: now) } else { armIdleTimer(at: now) }
    case .timeWait:
      stopTransmitTimer()
      forgetOutgoing()
      armTimeWait(at: now)
    case .closed:
      stopAllTimers()
      forgetOutgoing()
      marks.remove([.acknowledgeNow, .synchronizePending, .windowBlocked])
      probe = .none
    default: break
    }
  }

  mutating func stopAllTimers() {
    stopTransmitTimer()
    acknowledgeAt = .never
    idleAt = .never
  }

  /// What the owner must do, from what has become of the connection.
  @inline(__always)
  mutating func conclude(_ disposition: Disposition, at now: Instant) -> Disposition {
    var result = disposition.rawValue
    let level = readiness.rawValue
    if level & ~announced != 0 { result |= Disposition.readinessRose.rawValue }
    announced = level
    if hasOutput { result |= Disposition.transmit.rawValue }
    if marked(.userGone) {
      if state == .closed { result |= Disposition.closed.rawValue }
      if state == .timeWait { result |= Disposition.timeWait.rawValue }
    }
    return Disposition(rawValue: result)
  }

  /// What must hold between calls, or we have a bug. Nil: all of it does.
  var brokenInvariant: InvariantBroken? {
    mutating get {
      do throws(InvariantBroken) {
        try invariant(sendUnacknowledged <= sendNext, "SND.UNA is not ahead of SND.NXT")
        try invariant(receiveNext <= advertisedEdge || state == .synSent, "the window has not shrunk")
        if let outgoing {
          let queued = outgoing.pointee.ring.count + (marked(.finishQueued) ? 1 : 0)
          try invariant(!state.transmits || inFlight <= queued, "what is in flight is kept")
          let board = outgoing.pointee.scoreboard.sackedBytes + outgoing.pointee.scoreboard.lostBytes
          try invariant(!state.transmits || board <= inFlight, "no byte has two fates")
        }
        return nil
      } catch {
        return error
      }
    }
  }
}
