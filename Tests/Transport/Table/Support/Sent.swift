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
    guard let ethernet = try? EthernetView(frame.bytes) else { return nil }
    if ethernet.type == .ipv4, let packet = try? IPv4View(ethernet.payload), packet.protocol == .tcp {
      self.init(packet.payload, from: packet.sourceAddress, to: packet.destinationAddress)
      checksumIsRight = checksumIsRight && packet.checksumIsRight
    } else if ethernet.type == .ipv6, let packet = try? IPv6View(ethernet.payload), packet.nextHeader == .tcp
    {
      self.init(packet.payload, from: packet.source, to: packet.destination)
    } else {
      return nil
    }
  }

  private init?(_ bytes: RawSpan, from: Address, to: Address) {
    guard let segment = try? TCPView(bytes) else { return nil }
    source = SocketName(from, segment.sourcePort)
    destination = SocketName(to, segment.destinationPort)
    flags = segment.flags
    sequence = segment.sequence
    acknowledgment = segment.acknowledgment
    window = segment.window
    options = TCPOptions.parse(segment)
    payload = segment.payload.array
    let pseudo = PseudoHeader.sum(source: from, destination: to, protocol: .tcp, count: bytes.byteCount)
    checksumIsRight = segment.checksumIsRight(pseudo: pseudo)
  }
}
