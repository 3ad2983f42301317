import StrataBase
import StrataWire

@testable import StrataTransport

/// A segment that a host under test sent, or a message of another protocol.
struct Sent: Equatable {
  var source, destination: SocketName
  var flags: TCPFlags = []
  var sequence = SequenceNumber(0)
  var acknowledgment = SequenceNumber(0)
  var window: UInt16 = 0
  var options = TCPOptions()
  var payload: [UInt8] = []
  var checksumIsRight = false

  /// Nil for a frame that carries no TCP.
  init?(_ frame: borrowing Frame) {
    guard let ethernet = try? EthernetView(frame.bytes), ethernet.type == .ipv4,
      let packet = try? IPv4View(ethernet.payload), packet.protocol == .tcp,
      let segment = try? TCPView(packet.payload)
    else { return nil }
    source = SocketName(packet.sourceAddress, segment.sourcePort)
    destination = SocketName(packet.destinationAddress, segment.destinationPort)
    flags = segment.flags
    sequence = segment.sequence
    acknowledgment = segment.acknowledgment
    window = segment.window
    options = TCPOptions.parse(segment)
    payload = segment.payload.array
    let pseudo = PseudoHeader.sum(
      source: packet.sourceAddress, destination: packet.destinationAddress, protocol: .tcp,
      count: segment.raw.byteCount)
    checksumIsRight = packet.checksumIsRight && segment.checksumIsRight(pseudo: pseudo)
  }
}
