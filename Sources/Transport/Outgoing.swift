import StrataBase

/// What waits for sending or for acknowledgment, with all that repairing its losses needs. A connection
/// has one from its first write until it has been quiet for a while.
struct Outgoing: ~Copyable {
  /// What repairs are under way.
  enum Repair: UInt8 {
    case none
    /// Losses that acknowledgments showed (fast recovery, RFC 6675).
    case recovery
    /// All that was in flight when the retransmission timer fired.
    case timeout
  }

  /// Bytes from SND.UNA on.
  var ring: ByteRing
  var congestion: Congestion
  var scoreboard = Scoreboard()
  var rack = RACK()
  var probe = TailLossProbe()
  var repair = Repair.none
  /// What a recovery lets go.
  var reduction = ProportionalReduction()
  /// Whether the last repair was needed.
  var doubt = SpuriousRepair()
  /// SND.NXT when a mark last made the window smaller.
  var reducedAt: SequenceNumber?
  var forward = ForwardRecovery.off
  /// The first retransmission of a recovery goes whatever the window says (RFC 6675 §5, step 4.3).
  var sendsOneAnyway = false
  /// Duplicate acknowledgments in a row, where the peer has no SACK; each took one segment off.
  var duplicateAcknowledgments: UInt16 = 0
  /// RecoveryPoint: SND.NXT when the repair began.
  var recoveryPoint = SequenceNumber(0)
  /// When anything with sequence numbers was last sent.
  var lastSentAt: Instant
  /// When the peer last acknowledged something, or the first unacknowledged segment was sent.
  var progressAt: Instant

  /// The smallest ring that is made.
  static var leastRing: Int { 4_096 }

  init(capacity: Int, congestion: Congestion, at now: Instant) {
    self.congestion = congestion
    ring = ByteRing(capacity: max(capacity, Self.leastRing))
    lastSentAt = now
    progressAt = now
  }

  var memory: Int { ring.capacity + scoreboard.memory + MemoryLayout<Outgoing>.stride }

  /// Doubles the ring, up to `most` bytes.
  mutating func grow(most: Int) {
    guard ring.capacity < most else { return }
    var larger = ByteRing(capacity: min(ring.capacity * 2, most))
    while !ring.isEmpty {
      let n = larger.write(ring.readable)
      if n == 0 { return }
      ring.drop(n)
    }
    ring = larger
  }
}
