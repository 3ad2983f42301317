import StrataBase
import StrataWire

/// Answers echo requests (RFC 792; RFC 1122 §3.2.2.6: every host "MUST implement" this).
enum EchoResponder {
  /// Makes the reply out of the request, in place. Only the type changes, from 8 to 0, and the checksum
  /// by as much (RFC 1624 §3: HC' = ~(~HC + ~m + m')).
  static func turn(_ message: inout Frame) {
    let old = message.bytes.native16(at: 0), sum = message.bytes.native16(at: ICMPv4Header.checksum)
    let new = UInt16(ICMPv4Type.echoReply.rawValue) << 8
    var out = message.mutableBytes
    out.setBig16(new, at: 0)
    out.setNative16(
      ~Checksum.fold(UInt64(~sum) &+ UInt64(~old) &+ UInt64(new.bigEndian)), at: ICMPv4Header.checksum)
  }
}

extension Internet {
  /// Sends a request back to where it came from; whatever its size, it takes no memory but its own.
  mutating func answerEcho(_ packet: consuming Packet, at now: Instant) {
    let interface = Int(packet.frame.notes.interface), count = packet.frame.count
    let source = packet.source
    // Where packets for all are taken, this host does not know who of them would have answered.
    guard isLocal(packet.destination) || packet.isBroadcast else {
      return drop(.otherAddress, count, interface, at: now)
    }
    guard count <= settings.largestEcho else { return drop(.largeEcho, count, interface, at: now) }
    guard var path = path(to: source, from: packet.destination), path.kind != .broadcast else {
      return drop(.noRoute, count, interface, at: now)
    }
    var frame = packet.takeFrame()
    EchoResponder.turn(&frame)
    frame.notes.segmentSize = 0
    counters.echoesAnswered &+= 1
    send(frame, on: &path, to: source, protocol: .icmp, at: now)
  }
}
