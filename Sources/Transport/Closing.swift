import StrataBase
import StrataInternet

// CLOSE and ABORT (RFC 9293 §3.10.4, §3.10.5), and the ends that nobody wished for.

extension Connection {
  /// Our FIN was sent and acknowledged.
  var finishIsAcknowledged: Bool {
    marked(.finishSent) && inFlight == 0
  }

  /// Nothing more will be written: a FIN follows what is queued. Reading goes on.
  public mutating func closeWrite(at now: Instant) -> Disposition {
    if let sentence = brokenInvariant { return breakDown(sentence, at: now) }
    queueFinish(at: now)
    return conclude([], at: now)
  }

  private mutating func queueFinish(at now: Instant) {
    guard state.takesData, !marked(.finishQueued) else { return }
    marks.insert(.finishQueued)
    _ = needOutgoing()
    switch state {
    // "Otherwise, queue for processing after entering ESTABLISHED state."
    case .synSent, .synReceived: break
    case .closeWait: enter(.lastAck, at: now)
    default: enter(.finWait1, at: now)
    }
    noteLimit()
  }

  /// The user goes. What it wrote is still sent, then a FIN; nothing is read any more.
  ///
  /// RFC 1122 §4.2.2.13: "If such a host issues a CLOSE call while received data is still pending in
  /// TCP, or if new data is received after CLOSE is called, its TCP SHOULD send a RST to show that data
  /// was lost."
  public mutating func close(at now: Instant) -> Disposition {
    marks.insert(.userGone)
    let isUnread = incoming.map { !$0.pointee.queue.isEmpty } ?? false
    if state == .synSent {
      // "Delete the TCB and return 'error: closing' responses to any queued SENDs or RECEIVEs."
      enter(.closed, at: now)
    } else if isUnread || settings.values.linger == .zero {
      if state != .closed { resetAndForget(at: now) }
    } else {
      queueFinish(at: now)
      if state == .finWait2 { armFinWait2(at: now) } else { armLinger(at: now) }
    }
    dropUnread(at: now)
    return conclude([], at: now)
  }

  /// Ends at once: `emit` gives a RST, then the state is CLOSED.
  public mutating func abort(at now: Instant) -> Disposition {
    marks.insert(.userGone)
    if state != .closed {
      failure = .aborted
      resetAndForget(at: now)
    }
    dropUnread(at: now)
    return conclude([], at: now)
  }

  /// The user will read no more: its frames go back to their pool.
  private mutating func dropUnread(at now: Instant) {
    releaseIncoming()
    incoming = nil
  }

  /// RFC 9293 §3.10.5: "<SEQ=SND.NXT><CTL=RST>" for every synchronized state but those in which both
  /// sides have said all.
  private mutating func resetAndForget(at now: Instant) {
    stopAllTimers()
    probe = .none
    marks.remove([.synchronizePending, .acknowledgeNow])
    switch state {
    case .synSent, .timeWait, .closed: enter(.closed, at: now)
    default: marks.insert(.resetPending)
    }
    forgetOutgoing()
  }

  /// The connection ends with a failure that the user is told.
  mutating func fail(_ reason: TCPFailure, at now: Instant) {
    failure = reason
    enter(.closed, at: now)
  }

  /// Nobody waits for the rest any more: the peer is told by a RST.
  mutating func abandon(at now: Instant) {
    failure = .timedOut
    resetAndForget(at: now)
  }

  /// A sentence that should be true was not: this connection ends, the process lives.
  mutating func breakDown(_ sentence: InvariantBroken, at now: Instant) -> Disposition {
    failure = .broken
    resetAndForget(at: now)
    return conclude([], at: now)
  }

  /// What timing out is called when an ICMP error told why (RFC 1122 §4.2.3.9).
  var softFailure: TCPFailure {
    if marked(.softHostError) { return .hostUnreachable }
    return marked(.softNetworkError) ? .networkUnreachable : .timedOut
  }

  /// Whether a segment that begins here may be on its way now.
  func isInFlight(_ sequence: SequenceNumber) -> Bool {
    sequence >= sendUnacknowledged && sequence < sendNext
  }

  /// An ICMP error about a segment of ours. RFC 1122 §4.2.3.9: unreachable networks and hosts are soft
  /// errors, which "TCP MUST NOT abort the connection" for; but an open that they answer is over.
  /// RFC 5927 §4: errors about bytes that are not in flight are forged.
  public mutating func unreachable(_ error: ControlError, at now: Instant) -> Disposition {
    guard isInFlight(error.sequence) else { return [] }
    let reason: TCPFailure
    switch error.kind {
    case .portUnreachable, .protocolUnreachable: reason = .refused
    case .hostUnreachable: reason = .hostUnreachable
    case .networkUnreachable: reason = .networkUnreachable
    case .timeExceeded: return []
    case .fragmentationNeeded(let mtu):
      packetWasTooLong(mtu: mtu, at: now)
      return conclude([], at: now)
    }
    if state == .synSent || state == .synReceived {
      fail(reason, at: now)
    } else {
      marks.insert(reason == .networkUnreachable ? .softNetworkError : .softHostError)
    }
    return conclude([], at: now)
  }
}
