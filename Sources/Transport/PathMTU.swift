import StrataBase
import StrataInternet
import StrataWire

// A link on the way takes less than our segments (RFC 1191 §6.4, RFC 8201 §5.4).

extension Connection {
  /// Bytes of a plain IP and TCP header.
  var plainHeaders: Int { name.remoteAddress.isV4 ? 40 : 60 }

  /// A packet of ours that is in flight was too long: segments become shorter, and what was too long is
  /// sent again at once. RFC 1191 §6.4: this loss says nothing of congestion, so the window stays.
  mutating func packetWasTooLong(mtu: Int, at now: Instant) {
    let options = usesTimestamps ? TCPOptions.timestampsCount : 0
    let least = name.remoteAddress.isV4 ? StrataInternet.PathMTU.least : StrataInternet.PathMTU.leastV6
    let size = max(mtu, least) - plainHeaders - options
    // Of a burst that was too long each packet is answered; the first answer did all that is to do.
    guard size < Int(segmentSize), state.isSynchronized else { return }
    let takesSuper = largestSegment > segmentSize
    segmentSize = UInt16(clamping: size)
    largestSegment = takesSuper ? max(largestSegment, segmentSize) : segmentSize
    guard let outgoing else { return }
    outgoing.pointee.congestion.segmentSizeChanged(to: size)
    if inFlight == 0 { return }
    var wasFound = false
    for index in 0..<outgoing.pointee.scoreboard.count {
      let record = outgoing.pointee.scoreboard[index]
      guard record.count > size, !record.isSacked, !record.isLost else { continue }
      outgoing.pointee.scoreboard.markLost(index)
      trace(Event(.lossDetected, at: now, flow: slot, a: offset(of: record.start), b: offset(of: record.end)))
      wasFound = true
    }
    guard wasFound else { return }
    if outgoing.pointee.repair == .none {
      outgoing.pointee.repair = .timeout
      outgoing.pointee.recoveryPoint = sendNext
    }
    outgoing.pointee.duplicateAcknowledgments = 0
    outgoing.pointee.probe.forget()
    outgoing.pointee.sendsOneAnyway = true
    armTransmitTimer(at: now)
  }
}
