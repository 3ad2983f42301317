import StrataBase

/// What a handshake agreed on: all that a passive connection is made from.
public struct Agreement: Sendable {
  /// ISS
  public var ours: SequenceNumber
  /// IRS
  public var theirs: SequenceNumber
  /// Payload bytes of a segment without options: the peer's maximum, or what our link takes if less.
  public var segmentSize: Int
  /// The shift of the peer's windows; nil when either side did not offer scaling.
  public var sendShift: UInt8?
  /// The shift of ours. Counts only where `sendShift` is there.
  public var receiveShift: UInt8
  public var sack: Bool
  /// Both ends understand ECN (RFC 3168 §6.1.1).
  public var ecn: Bool
  /// Our clock's offset and the peer's last value; nil when either side did not offer timestamps.
  public var timestamps: (offset: UInt32, recent: UInt32)?
  /// The window in the peer's SYN, which is never scaled.
  public var window: Int
  /// From our SYN+ACK to the peer's ACK, where it was measured without ambiguity.
  public var roundTrip: Interval?

  public init(
    ours: SequenceNumber, theirs: SequenceNumber, segmentSize: Int = 536, sendShift: UInt8? = nil,
    receiveShift: UInt8 = 0, sack: Bool = false, ecn: Bool = false,
    timestamps: (offset: UInt32, recent: UInt32)? = nil,
    window: Int = 0, roundTrip: Interval? = nil
  ) {
    self.ours = ours
    self.theirs = theirs
    self.segmentSize = segmentSize
    self.sendShift = sendShift
    self.receiveShift = receiveShift
    self.sack = sack
    self.ecn = ecn
    self.timestamps = timestamps
    self.window = window
    self.roundTrip = roundTrip
  }
}
