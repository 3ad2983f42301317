import StrataBase
import StrataTransport
import StrataWire

/// Checks on the frames themselves that no host sends past the window that its peer offered it. It
/// believes only what arrived: an offer that was lost does not count.
public final class WindowChecker: Checker {
  private struct Offer {
    /// The highest acknowledgment plus window that reached the sender; nil before its SYN was answered.
    var edge: SequenceNumber?
    /// What the peer's SYN said its windows are to be shifted by.
    var shift = 0
  }

  /// By the name of the connection as the sender has it.
  private var offers: [ConnectionName: Offer] = [:]
  private var failure: CheckFailure?
  /// Data segments that were checked.
  public private(set) var checked = 0

  public init() {}

  public func watch(_ world: World) { world.observers.append(self) }

  public func sent(_ frame: RawSpan, from node: WorldHost, now: Instant) {
    withSegment(frame) { name, segment in
      if segment.flags.contains(.syn) {
        if !segment.flags.contains(.ack) { offers[name] = nil }
        return
      }
      guard segment.payloadCount > 0, let edge = offers[name]?.edge else { return }
      checked += 1
      let end = segment.sequence + segment.payloadCount
      // RFC 9293 §3.8.6.1: a sender probes a zero window with one byte past its edge.
      let allowed = segment.payloadCount == 1 ? edge + 1 : edge
      if end > allowed, failure == nil {
        failure = CheckFailure(
          "\(node.name) at \(now): \(name) sends up to \(end), \(end - edge) past the window it was offered")
      }
    }
  }

  public func arrived(_ frame: RawSpan, at node: WorldHost, now: Instant) {
    withSegment(frame) { reverse, segment in
      let name = reverse.reversed
      if segment.flags.contains(.syn) {
        let options = TCPOptions.parse(segment)
        offers[name] = Offer(edge: nil, shift: Int(options.windowScale ?? 0))
      }
      guard segment.flags.contains(.ack), !segment.flags.contains(.rst) else { return }
      var offer = offers[name] ?? Offer()
      // RFC 7323 §2.2: the window of a segment with SYN is never scaled.
      let shift = segment.flags.contains(.syn) ? 0 : offer.shift
      let edge = segment.acknowledgment + (Int(segment.window) << shift)
      offer.edge = offer.edge.map { SequenceNumber.max($0, edge) } ?? edge
      offers[name] = offer
    }
  }

  public func verdict() throws { if let failure { throw failure } }

  /// The TCP segment in a frame, named as its sender names the connection; other frames are passed over.
  private func withSegment(_ frame: RawSpan, _ body: (ConnectionName, borrowing TCPView) -> Void) {
    guard let ethernet = try? EthernetView(frame) else { return }
    if ethernet.type == .ipv4 {
      guard let packet = try? IPv4View(ethernet.payload), packet.protocol == .tcp, !packet.isFragment,
        packet.checksumIsRight
      else { return }
      withSegment(in: packet.payload, packet.sourceAddress, packet.destinationAddress, body)
    } else if ethernet.type == .ipv6 {
      guard let packet = try? IPv6View(ethernet.payload), packet.nextHeader == .tcp else { return }
      withSegment(in: packet.payload, packet.source, packet.destination, body)
    }
  }

  private func withSegment(
    in payload: RawSpan, _ source: Address, _ destination: Address,
    _ body: (ConnectionName, borrowing TCPView) -> Void
  ) {
    guard let segment = try? TCPView(payload), WindowChecker.isIntact(segment, source, destination) else {
      return
    }
    body(
      ConnectionName(
        local: SocketName(source, segment.sourcePort),
        remote: SocketName(destination, segment.destinationPort)), segment)
  }

  /// What was damaged on its way offers nothing. A cable that makes the sums leaves the pseudo header's
  /// in the field; on such a one damage is not noticed here.
  private static func isIntact(
    _ segment: borrowing TCPView, _ source: Address, _ destination: Address
  ) -> Bool {
    let pseudo = PseudoHeader.sum(
      source: source, destination: destination, protocol: .tcp, count: segment.raw.byteCount)
    return segment.checksumIsRight(pseudo: pseudo)
      || segment.raw.native16(at: TCPHeader.checksum) == Checksum.fold(pseudo)
  }
}
