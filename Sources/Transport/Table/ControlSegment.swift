import StrataBase
import StrataWire

/// A segment without payload that the table sends in its own name: SYN+ACK, ACK or RST.
struct ControlSegment {
  let source: Address
  let destination: Address
  /// As they go out.
  let ports: UInt32
  var sequence = SequenceNumber(0)
  var acknowledgment = SequenceNumber(0)
  var flags: TCPFlags
  var window: UInt16 = 0
  var options = TCPOptions()

  /// A segment that goes back where `key` came from.
  init(to key: ConnectionKey, flags: TCPFlags) {
    source = key.local
    destination = key.remote
    ports = key.portsOut
    self.flags = flags
  }

  // RFC 9293 §3.10.7.1: "If the ACK bit is off, sequence number zero is used,
  // <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>. If the ACK bit is on, <SEQ=SEG.ACK><CTL=RST>."
  /// The reset that refuses a segment.
  static func reset(for segment: SegmentHeader, _ key: ConnectionKey) -> ControlSegment {
    var reset = ControlSegment(to: key, flags: .rst)
    if segment.flags.contains(.ack) {
      reset.sequence = segment.acknowledgment
    } else {
      reset.flags.insert(.ack)
      reset.acknowledgment = segment.sequence + segment.length
    }
    return reset
  }

  /// Writes it into an empty frame, with its checksum.
  func emit(into frame: inout Frame) {
    let count = TCPHeader.count + options.encodedCount
    frame.prepend(count)
    var out = frame.mutableBytes
    var sum = PseudoHeader.sum(source: source, destination: destination, protocol: .tcp, count: count)
    sum &+= TCPHeader.emit(
      &out, at: 0, ports: ports, sequence: sequence, acknowledgment: acknowledgment, flags: flags,
      window: window, headerCount: count)
    if count > TCPHeader.count { sum &+= options.emit(&out, at: TCPHeader.count) }
    TCPHeader.setChecksum(&out, at: 0, sum: sum)
  }
}
