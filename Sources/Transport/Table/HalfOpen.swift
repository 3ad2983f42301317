import StrataBase
import StrataWire

/// SYN-RECEIVED without a connection: what has to be remembered between our SYN+ACK and the ACK that
/// finishes the handshake. 64 bytes, so that a flood of SYNs costs little (RFC 4987 §3.3).
struct HalfOpen {
  let key: ConnectionKey
  /// ISS and IRS.
  let ours: SequenceNumber
  let theirs: SequenceNumber
  /// TS.Recent, where timestamps were agreed on.
  let recent: UInt32
  /// When our SYN+ACK went out last.
  var sentAt: Instant
  /// SEG.WND of the SYN; a SYN's window is never scaled (RFC 7323 §2.2).
  let window: UInt16
  /// The smaller of both ends' largest segments.
  let segmentSize: UInt16
  /// The number of the listener.
  let listener: UInt16
  // Four bits of shift, 15 for none; SACK; timestamps; a SYN+ACK was sent twice; three of retries;
  // offered; ECN.
  private var bits: UInt16

  /// How often a SYN+ACK is sent again before the entry is dropped, after 63 seconds; Linux'
  /// tcp_synack_retries.
  static var mostRetries: Int { 5 }
  /// RFC 6298 §2.1: "the sender SHOULD set RTO <- 1 second"
  static var firstTimeout: Interval { .seconds(1) }
  /// How long a SYN may wait for its user to say whether it is answered: as long as its peer repeats it.
  static var offerTime: Interval { .seconds(60) }

  init(
    key: ConnectionKey, ours: SequenceNumber, theirs: SequenceNumber, recent: UInt32?, sentAt: Instant,
    window: UInt16, segmentSize: UInt16, listener: Int, sendShift: UInt8?, sack: Bool, ecn: Bool = false,
    isOffered: Bool = false
  ) {
    self.key = key
    self.ours = ours
    self.theirs = theirs
    self.recent = recent ?? 0
    self.sentAt = sentAt
    self.window = window
    self.segmentSize = segmentSize
    self.listener = UInt16(truncatingIfNeeded: listener)
    bits = UInt16(sendShift ?? 15) | (sack ? 0x10 : 0) | (recent != nil ? 0x20 : 0)
    if isOffered { bits |= 0x400 }
    if ecn { bits |= 0x800 }
  }

  var sendShift: UInt8? { bits & 15 == 15 ? nil : UInt8(bits & 15) }
  var sack: Bool { bits & 0x10 != 0 }
  var ecn: Bool { bits & 0x800 != 0 }
  var timestamps: Bool { bits & 0x20 != 0 }
  /// Nobody can tell which of our SYN+ACKs will be acknowledged.
  var isAmbiguous: Bool {
    get { bits & 0x40 != 0 }
    set { bits = bits & ~0x40 | (newValue ? 0x40 : 0) }
  }
  /// How often the timer sent the SYN+ACK again.
  var retries: Int {
    get { Int(bits >> 7 & 7) }
    set { bits = bits & ~0x380 | UInt16(truncatingIfNeeded: newValue & 7) << 7 }
  }
  /// The SYN is not answered yet: a user has to say whether it is.
  var isOffered: Bool {
    get { bits & 0x400 != 0 }
    set { bits = bits & ~0x400 | (newValue ? 0x400 : 0) }
  }

  // RFC 6298 §5.5: "The host MUST set RTO <- RTO * 2 ("back off the timer")."
  /// When the SYN+ACK is to be sent again, or the entry to be dropped.
  var deadline: Instant {
    isOffered ? sentAt + Self.offerTime : sentAt + Self.firstTimeout * (1 << Int64(retries))
  }
}
