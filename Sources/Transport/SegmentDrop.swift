/// Why a segment, or its payload, went no further: the number `c` of the event `segmentDropped`.
public enum SegmentDrop: UInt32, Sendable {
  case malformed = 1
  /// The connection is closed.
  case closed
  /// RFC 9293 §3.10.7.4, first: not within the receive window.
  case outsideWindow
  /// RFC 7323 §5: an old duplicate by its timestamp.
  case oldTimestamp
  /// RFC 9293 §3.10.7.4, fifth: no ACK, or one of bytes never sent or of long ago.
  case badAcknowledgment
  /// RFC 5961: a RST or SYN that could be forged.
  case unexpectedControl
  /// All of the payload was here already.
  case duplicate
  /// More memory than the reassembly may hold.
  case noRoom
  /// Payload after the user has gone.
  case userGone
  /// RFC 9293 §3.1: a wrong checksum.
  case checksum
  /// The listener's queue of finished connections is full.
  case finishedQueueFull
  /// So many handshakes are under way that no other may begin.
  case halfOpenFull
  /// The table holds as many connections as it may.
  case tableFull
}
