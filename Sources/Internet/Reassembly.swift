import StrataBase
import StrataWire

// Putting packets together again (RFC 791 §3.2, RFC 1122 §3.3.2; RFC 8200 §4.5 has the same rules).

extension Internet {
  /// Takes a piece for this host: `frame` begins with its Internet header and ends with its payload.
  /// Gives the whole packet when this was the piece that it lacked; its header is still that of the
  /// first piece.
  mutating func reassemble(_ frame: consuming Frame, _ fragment: Fragment, at now: Instant) -> Frame? {
    let count = frame.count, interface = Int(frame.notes.interface)
    guard fragment.isPossible, frame.count == fragment.headerCount + fragment.count else {
      drop(.fragment, count, interface, at: now)
      return nil
    }
    let known = fragments.find(fragment.name)
    let size = frame.bufferSize
    while !fragments.hasRoom(for: size, isNew: known == nil) {
      guard let oldest = fragments.oldest(but: known) else {
        drop(.reassemblyFull, count, interface, at: now)
        return nil
      }
      giveUp(oldest, .reassemblyFull, at: now)
    }
    let time = fragment.name.source.isV4 ? settings.reassemblyTime : settings.reassemblyTimeV6
    guard let handle = known ?? fragments.insert(fragment.name, until: now + time) else { return nil }
    switch fragments.add(frame, fragment, to: handle) {
    case .kept: return nil
    case .duplicate:
      drop(.fragment, count, interface, at: now)
      return nil
    case .refused:
      // RFC 5722 §4: "the entire datagram (and any constituent fragments, including those not yet
      // received) MUST be silently discarded". Its name stays until its time is over.
      drop(.reassemblyOverlap, count, interface, at: now)
      return nil
    case .whole:
      guard var packet = fragments.remove(handle), let whole = packet.join(pool) else {
        drop(.noBuffer, count, interface, at: now)
        return nil
      }
      counters.reassembled &+= 1
      return whole
    }
  }

  /// The time of packets that did not become whole is over.
  mutating func expireFragments(at now: Instant) {
    while let handle = fragments.due(at: now) { giveUp(handle, .reassemblyExpired, at: now) }
  }

  private mutating func giveUp(_ handle: Handle, _ reason: PacketDrop, at now: Instant) {
    guard var packet = fragments.remove(handle) else { return }
    let pieces = packet.pieceCount
    // RFC 792: "If fragment zero is not available then no time exceeded need be sent at all."
    guard let first = packet.takeFirst() else {
      for _ in 0..<pieces { drop(reason, 0, 0, at: now) }
      return
    }
    for _ in 0..<pieces { drop(reason, first.count, Int(first.notes.interface), at: now) }
    guard reason == .reassemblyExpired else { return }
    sendTimeExceeded(.inReassembly, about: first, at: now)
  }
}
