import StrataBase
import StrataTransport
import StrataWire

/// A neighbour that has not been heard of before, at 10.0.0.77: it asks for the host's hardware address,
/// pings it, and connects to its port 80.
struct Stranger {
  static let hardware = HardwareAddress(2, 0, 0, 0, 0, 0x77)
  static let address = Address(v4: 0x0a00_004d)
  static let host = Address(v4: FrameForge.hostAddress)
  private static let name = ConnectionName(local: SocketName(address, 7_777), remote: SocketName(host, 80))
  private static let words = Array("still there?".utf8)

  private var expected = SequenceNumber(0)
  private(set) var wasEchoed = false

  // MARK: what it sends

  var question: [UInt8] { neighbour(.request) }
  /// The answer to the host's own question.
  var answer: [UInt8] { neighbour(.reply) }

  private func neighbour(_ operation: ARPOperation) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: ARPHeader.count)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    ARPHeader.emit(
      &out, at: 0, operation: operation, senderHardware: Stranger.hardware, senderAddress: Stranger.address,
      targetHardware: FrameForge.host, targetAddress: Stranger.host)
    return ethernet(.arp, bytes)
  }

  var echo: [UInt8] { packet(.icmp, [8, 0, 0, 0, 0, 7, 0, 9] + Stranger.words) }

  var synchronize: [UInt8] { segment(ForgedSegment(sequence: SequenceNumber(100), flags: .syn), []) }
  var hello: [UInt8] {
    segment(
      ForgedSegment(sequence: SequenceNumber(101), acknowledgment: expected, flags: [.ack, .psh]),
      Stranger.words)
  }

  private func segment(_ segment: ForgedSegment, _ payload: [UInt8]) -> [UInt8] {
    packet(.tcp, segment.bytes(from: Stranger.name) + payload)
  }

  private func packet(_ kind: IPProtocol, _ payload: [UInt8]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: IPv4Header.count)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    IPv4Header.emit(
      &out, at: 0, source: Stranger.address.v4Native, destination: Stranger.host.v4Native, protocol: kind,
      payloadCount: payload.count, identification: 1)
    var frame = ethernet(.ipv4, bytes + payload)
    FrameForge.repair(&frame)
    return frame
  }

  private func ethernet(_ type: EtherType, _ payload: [UInt8]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: EthernetHeader.count)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    EthernetHeader.emit(&out, at: 0, to: FrameForge.host, from: Stranger.hardware, type: type)
    return bytes + payload
  }

  // MARK: what it hears

  func isAnswer(_ frame: [UInt8]) -> Bool { isNeighbour(.reply, frame) }
  func isQuestion(_ frame: [UInt8]) -> Bool { isNeighbour(.request, frame) }

  private func isNeighbour(_ operation: ARPOperation, _ frame: [UInt8]) -> Bool {
    guard let view = try? EthernetView(frame.span.bytes), view.type == .arp,
      let arp = try? ARPView(view.payload)
    else { return false }
    return arp.operation == operation && arp.targetAddress == Stranger.address
  }

  func isEcho(_ frame: [UInt8]) -> Bool {
    guard let view = try? EthernetView(frame.span.bytes), view.type == .ipv4,
      let packet = try? IPv4View(view.payload), packet.protocol == .icmp,
      let message = try? ICMPv4View(packet.payload)
    else { return false }
    return message.type == .echoReply && message.body.array == Stranger.words
  }

  /// True for the answer to the SYN. Notes what a segment acknowledges and carries.
  mutating func takes(_ frame: [UInt8]) -> Bool {
    guard let view = try? EthernetView(frame.span.bytes), view.type == .ipv4,
      let packet = try? IPv4View(view.payload), packet.protocol == .tcp,
      packet.destinationAddress == Stranger.address, let segment = try? TCPView(packet.payload)
    else { return false }
    if segment.payload.array == Stranger.words { wasEchoed = true }
    guard segment.flags == [.syn, .ack] else { return false }
    expected = segment.sequence + 1
    return true
  }
}
