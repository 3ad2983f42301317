import StrataBase

// Asking a silent peer whether it is still there (RFC 9293 §3.8.4). Off unless the user asks for it.

extension Connection {
  /// When the next probe is due: after `idle` of silence, then every `interval`.
  func keepAliveDue(_ keepAlive: KeepAlive) -> Instant {
    lastHeard + keepAlive.idle + keepAlive.interval * Int64(attempts)
  }

  /// Whether the peer may have to be asked: in every state in which we could wait for it for ever. In
  /// FIN-WAIT-2 another timer sees to that once the user is gone.
  var asksSilentPeer: Bool {
    state == .established || state == .closeWait || (state == .finWait2 && !marked(.userGone))
  }

  mutating func keepAliveFired(at now: Instant) {
    guard let keepAlive = settings.values.keepAlive, asksSilentPeer,
      // While something is in flight the retransmission timer asks the same question.
      inFlight == 0, transmitTimer != .persist, now >= keepAliveDue(keepAlive)
    else { return }
    traceTimer(.keepAlive, at: now)
    if attempts >= keepAlive.count { return fail(.timedOut, at: now) }
    attempts += 1
    probe = .keepAlive
  }
}
