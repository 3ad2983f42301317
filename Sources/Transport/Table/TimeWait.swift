import StrataBase
import StrataWire

/// A connection in TIME-WAIT: nothing but what is needed to answer a lost FIN's retransmission and to
/// tell a new connection of the same name from an old segment. 64 bytes.
struct TimeWait {
  let key: ConnectionKey
  /// SND.NXT and RCV.NXT, both behind the FIN.
  let sendNext: SequenceNumber
  let receiveNext: SequenceNumber
  /// TS.Recent.
  let recent: UInt32
  /// When 2 MSL have passed.
  var expiry: Instant
  let timestamps: Bool

  /// Of a connection whose FIN was acknowledged and whose peer's FIN came.
  init(_ connection: borrowing Connection, expiry: Instant) {
    key = ConnectionKey(connection.name)
    sendNext = connection.sendNext
    receiveNext = connection.receiveNext
    recent = connection.recentTimestamp
    timestamps = connection.usesTimestamps
    self.expiry = expiry
  }

  /// What an arriving segment makes of it.
  enum Answer {
    case ignore, acknowledge, acknowledgeAndRestart
    /// A new connection may take the name; its sequence numbers have to begin at this one or later.
    case reuse(from: SequenceNumber)
  }

  func answer(_ segment: SegmentHeader, timestamps arrived: TCPTimestamps?) -> Answer {
    // RFC 1337 §3 (F1): "Ignore RST segments in TIME-WAIT state."
    if segment.flags.contains(.rst) { return .ignore }
    if segment.flags.contains(.syn), !segment.flags.contains(.ack) {
      return isNewer(segment, arrived) ? .reuse(from: sendNext + 65_537) : .acknowledge
    }
    // RFC 9293 §3.10.7.4: "The only thing that can arrive in this state is a retransmission of the
    // remote FIN. Acknowledge it, and restart the 2 MSL timeout."
    if segment.flags.contains(.fin), segment.sequence + segment.length == receiveNext {
      return .acknowledgeAndRestart
    }
    // An acknowledgment alone gets no answer: two ends in TIME-WAIT could go on for ever.
    return segment.length > 0 ? .acknowledge : .ignore
  }

  // RFC 6191 §2: a SYN takes the name over when its timestamp is ahead of the last one seen; without
  // timestamps, or with an equal one, when its sequence number is.
  private func isNewer(_ segment: SegmentHeader, _ arrived: TCPTimestamps?) -> Bool {
    if timestamps, let arrived, arrived.value != recent {
      return Int32(bitPattern: arrived.value &- recent) > 0
    }
    return segment.sequence > receiveNext
  }
}
