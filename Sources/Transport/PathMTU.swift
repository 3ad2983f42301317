import StrataBase
import StrataInternet
import StrataWire

// A link on the way takes less than our segments (RFC 1191 §6.4, RFC 8201 §5.4).

extension Connection {
  /// Bytes of a plain IP and TCP header.
  var plainHeaders: Int { name.remoteAddress.isV4 ? 40 : 60 }

  /// Timeouts in a row after which full segments are taken to be too long for the path: Linux' tcp_retries1.
  static var blackHoleAttempts: UInt8 { 3 }

  /// RFC 2923 §2.1: a path that swallows full segments and says nothing. Every host takes what is left:
  /// 536 bytes by IPv4 (RFC 9293 §3.7.1), 1,220 by IPv6. It stays so, since nothing tells when the way is
  /// wide again.
  mutating func avoidBlackHole() {
    let options = usesTimestamps ? TCPOptions.timestampsCount : 0
    let size = (name.remoteAddress.isV4 ? 536 : 1_220) - options
    guard let outgoing, size < Int(segmentSize), !outgoing.pointee.scoreboard.isEmpty,
      outgoing.pointee.scoreboard[0].count > size
    else { return }
    shrinkSegments(to: size)
  }

  private mutating func shrinkSegments(to size: Int) {
    let takesSuper = largestSegment > segmentSize
    segmentSize = UInt16(clamping: size)
    largestSegment = takesSuper ? max(largestSegment, segmentSize) : segmentSize
    outgoing?.pointee.congestion.segmentSizeChanged(to: size)
  }

  /// A packet of ours that is in flight was too long: segments become shorter, and what was too long is
  /// sent again at once. RFC 1191 §6.4: this loss says nothing of congestion, so the window stays.
  mutating func packetWasTooLong(mtu: Int, at now: Instant) {
    let options = usesTimestamps ? TCPOptions.timestampsCount : 0
    let least = name.remoteAddress.isV4 ? StrataInternet.PathMTU.least : StrataInternet.PathMTU.leastV6
    let size = max(mtu, least) - plainHeaders - options
    // Of a burst that was too long each packet is answered; the first answer did all that is to do.
    guard size < Int(segmentSize), state.isSynchronized else { return }
    shrinkSegments(to: size)
    guard let outgoing, inFlight > 0 else { return }
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
