/// A connection's timers: the number `c` of the event `timerFired`. The first four share one deadline,
/// since one of them at most runs at a time.
public enum TCPTimer: UInt8, Sendable {
  case none
  /// RFC 6298
  case retransmission
  /// RFC 8985 §7
  case tailLossProbe
  /// RFC 8985 §6.3
  case reordering
  /// RFC 9293 §3.8.6.1
  case persist
  /// RFC 5681 §4.2
  case delayedAcknowledgment
  /// RFC 9293 §3.8.4
  case keepAlive
  /// The user is gone and the peer does not close.
  case finWait2
  /// 2 MSL
  case timeWait
  /// Buffers of a quiet connection are given back.
  case release
}
