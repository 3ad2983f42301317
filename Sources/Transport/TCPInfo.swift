import StrataBase

/// A connection's inside at one moment, for showing.
public struct TCPInfo: Sendable {
  public var state: TCPState
  public var congestion: CongestionChoice
  /// Both ends understand ECN.
  public var usesECN: Bool
  /// Bytes and counts of what we send.
  public var congestionWindow: Int
  public var slowStartThreshold: Int
  /// SND.WND
  public var sendWindow: Int
  /// RCV.WND as last advertised.
  public var receiveWindow: Int
  /// SND.NXT - SND.UNA
  public var inFlight: Int
  /// What of it is believed to be on its way (RFC 6675's pipe).
  public var pipe: Int
  public var segmentSize: Int
  /// Nil before the first measurement.
  public var roundTrip: Interval?
  public var roundTripVariation: Interval?
  public var minimumRoundTrip: Interval?
  public var retransmissionTimeout: Interval
  public var retransmissions: Int
  public var isRecovering: Bool
  /// Payload that the peer acknowledged, and payload that came in order.
  public var bytesAcknowledged: UInt64
  public var bytesReceived: UInt64
  /// Waiting on this side.
  public var sendQueue: Int
  public var receiveQueue: Int
  public var reassemblyQueue: Int
  /// Bytes of memory behind the connection: buffers, frames and recovery state.
  public var memory: Int
}
