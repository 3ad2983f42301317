import StrataBase
import StrataWire

/// What the table reads of a segment before it gives the frame away.
struct SegmentHeader {
  /// As they arrived.
  let ports: UInt32
  let sequence: SequenceNumber
  let acknowledgment: SequenceNumber
  let flags: TCPFlags
  let window: UInt16
  let payloadCount: Int

  @inline(__always) init(_ view: borrowing TCPView) {
    ports = view.ports
    sequence = view.sequence
    acknowledgment = view.acknowledgment
    flags = view.flags
    window = view.window
    payloadCount = view.payloadCount
  }

  /// SEG.LEN: payload bytes, SYN and FIN counted (RFC 9293 §3.3.2).
  var length: Int { payloadCount + (flags.contains(.syn) ? 1 : 0) + (flags.contains(.fin) ? 1 : 0) }
}
