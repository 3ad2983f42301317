import Glibc
import StrataBase
import StrataSockets
import StrataWire

/// Echo over raw sockets, where the system gives us no others: identifier and checksum are ours to make,
/// and replies to other processes are to be passed over.
extension KernelSockets {
  func sendRaw(
    _ d: Descriptor, _ message: RawSpan, as identifier: UInt16, to peer: SocketAddress?
  ) throws(SocketError) {
    let isV4 = peer?.address.isV4 ?? !self[d].isV6
    guard message.byteCount >= EchoMessage.headerCount,
      message.big16(at: 0) == UInt16(EchoMessage.requestType(isV4)) << 8
    else { throw .invalidArgument }
    var bytes = message.withUnsafeBytes { Array($0) }
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    out.setBig16(identifier, at: ICMPv4Header.identifier)
    // Of ICMPv6 the system makes the checksum, with the pseudo header (RFC 3542 §3.1).
    ICMPv6Header.seal(&out, at: 0, count: message.byteCount, pseudo: 0)
    try sendAsIs(d, out.bytes, to: peer.map { SocketAddress(address: $0.address, port: 0) })
  }

  func receiveRaw(
    _ d: Descriptor, into target: inout MutableRawSpan, _ identifier: UInt16
  ) throws(SocketError) -> ReceivedDatagram {
    let piece = takeReadPiece()
    defer { giveReadPiece(piece) }
    var room = MutableRawSpan(_unsafeBytes: piece)
    while true {
      let got = try receiveAsIs(d, into: &room)
      // Over IPv4 a raw socket hears the header of the packet too (raw(7)).
      let all = room.bytes.extracting(first: got.count)
      let header = self[d].isV6 || all.byteCount == 0 ? 0 : Int(all.byte(at: 0) & 15) * 4
      guard all.byteCount >= header + EchoMessage.headerCount else { continue }
      let message = all.extracting(droppingFirst: header)
      guard message.big16(at: ICMPv4Header.identifier) == identifier else { continue }
      let count = min(message.byteCount, target.byteCount)
      target.set(message.extracting(first: count), at: 0)
      return ReceivedDatagram(count: count, from: got.from, timeToLive: got.timeToLive)
    }
  }

  /// Whether an error is about a datagram of this socket: a raw one hears of those of others.
  func isOurs(_ d: Descriptor, _ payload: [UInt8], _ count: Int) -> Bool {
    guard let identifier = self[d].rawIdentifier else { return true }
    return count >= EchoMessage.headerCount && payload.span.bytes.big16(at: 4) == identifier
  }
}
