import StrataBase
import StrataInternet
import StrataWire

// Echo sockets: they send echo requests and receive the replies to them (RFC 792, RFC 4443 §4). A request's
// identifier is to them what its port is to a UDP socket, so they are kept in the same table.

extension UDP {
  /// Whether these bytes may be sent by an echo socket: a request of this version, with its header.
  static func isRequest(_ message: RawSpan, isV4: Bool) -> Bool {
    let type = isV4 ? ICMPv4Type.echoRequest.rawValue : ICMPv6Type.echoRequest.rawValue
    return message.byteCount >= ICMPv4Header.count && message.big16(at: 0) == UInt16(type) << 8
  }

  /// Writes the identifier and the checksum into a request that lies in a frame.
  static func sealRequest(_ frame: inout Frame, identifier: UInt16, from source: Address, to peer: Address) {
    let count = frame.count
    var out = frame.mutableBytes
    out.setBig16(identifier, at: ICMPv4Header.identifier)
    let pseudo =
      source.isV4 ? 0 : PseudoHeader.sum(source: source, destination: peer, protocol: .icmpv6, count: count)
    ICMPv6Header.seal(&out, at: 0, count: count, pseudo: pseudo)
  }

  /// Takes a reply, whose checksum the layer below has proven, for the socket that has its identifier.
  mutating func receiveReply(_ packet: consuming Packet, at now: Instant) {
    let count = packet.frame.count, timeToLive = packet.timeToLive
    let identifier = packet.frame.bytes.big16(at: ICMPv4Header.identifier)
    let source = SocketName(packet.source, 0), destination = SocketName(packet.destination, identifier)
    guard !packet.isBroadcast, let index = identifiers.match(destination),
      let handle = sockets.handle(at: index), let socket = sockets.pointer(handle),
      socket.pointee.hears(source)
    else { return drop(.nobody, count, at: now) }
    queue(
      packet.takeFrame(), at: handle, socket, from: source, to: destination, timeToLive: timeToLive, at: now)
  }
}
