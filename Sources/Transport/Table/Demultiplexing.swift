import StrataBase
import StrataInternet
import StrataWire

// A segment's way to whom it belongs.
extension TCP {
  /// Takes one packet that carries TCP: checks it, finds whom it belongs to and lets that one answer.
  public mutating func receive(_ packet: consuming Packet, _ internet: inout Internet, at now: Instant) {
    counters.segmentsIn &+= 1
    let local = packet.destination, remote = packet.source
    let header: SegmentHeader
    do throws(WireError) {
      let view = try TCPView(packet.frame.bytes)
      if !packet.frame.notes.checksumIsVerified {
        let pseudo = PseudoHeader.sum(
          source: remote, destination: local, protocol: .tcp, count: view.raw.byteCount)
        guard view.checksumIsRight(pseudo: pseudo) else { throw .checksum }
      }
      header = SegmentHeader(view)
    } catch {
      return dropped(error, at: now)
    }
    let key = ConnectionKey(remote: remote, local: local, ports: header.ports)
    let place = demultiplexer.find(key)
    if place.kind == .connection {
      give(packet, header, key, to: place.index, &internet, at: now)
    } else {
      receiveElsewhere(packet, header, key, at: place, &internet, at: now)
    }
  }

  @inline(never)
  private mutating func receiveElsewhere(
    _ packet: consuming Packet, _ header: SegmentHeader, _ key: ConnectionKey, at place: Place,
    _ internet: inout Internet, at now: Instant
  ) {
    if place.kind != .halfOpen { traceArrival(header, at: now) }
    switch place.kind {
    case .halfOpen: arrivedAtHalfOpen(place.index, header, key, packet, &internet, at: now)
    case .timeWait: arrivedAtTimeWait(place.index, header, key, packet, &internet, at: now)
    case .empty, .connection: arrivedAtNobody(header, key, packet, &internet, at: now)
    }
  }

  @inline(__always)
  mutating func give(
    _ packet: consuming Packet, _ header: SegmentHeader, _ key: ConnectionKey, to index: Int,
    _ internet: inout Internet, at now: Instant
  ) {
    guard let endpoint = pointer(at: index), let connection = endpoint.pointee.connection else { return }
    if header.flags.contains(.syn), vacate(index, endpoint, at: now) {
      return receiveElsewhere(packet, header, key, at: demultiplexer.find(key), &internet, at: now)
    }
    let disposition = connection.pointee.receive(packet.takeFrame(), at: now)
    if disposition.contains(.reset) { refuse(header, key, &internet, at: now) }
    settle(index, endpoint, disposition, at: now)
  }

  /// A new connection asks for the name of one that has ended and that a user only holds to read what it
  /// left: the name leaves that one.
  @inline(never)
  private mutating func vacate(
    _ index: Int, _ endpoint: UnsafeMutablePointer<Endpoint>, at now: Instant
  ) -> Bool {
    guard let connection = endpoint.pointee.connection else { return false }
    switch connection.pointee.state {
    case .closed: leaveWire(endpoint)
    case .timeWait: enterTimeWait(index, endpoint, at: now)
    default: return false
    }
    return true
  }

  /// A segment came that no connection will tell of.
  func traceArrival(_ header: SegmentHeader, at now: Instant) {
    trace(
      Event(
        .segmentArrived, at: now, flow: Self.noFlow, c: UInt32(truncatingIfNeeded: header.payloadCount),
        d: Self.traced(header.flags, window: header.window)))
  }

  /// CLOSED: there is nobody, or a listener.
  @inline(never)
  private mutating func arrivedAtNobody(
    _ header: SegmentHeader, _ key: ConnectionKey, _ packet: consuming Packet, _ internet: inout Internet,
    at now: Instant
  ) {
    // RFC 9293 §3.9.2.3: "A TCP implementation MUST silently discard an incoming SYN segment that is
    // addressed to a broadcast or multicast address". Nothing else that comes that way gets an answer.
    if packet.isBroadcast || key.local.isMulticast || key.remote.isMulticast { return }
    if let number = listeners.match(key.localName) {
      arrivedAtListener(number, header, key, packet, &internet, at: now)
    } else {
      refuse(header, key, &internet, at: now)
    }
  }

  /// TIME-WAIT.
  @inline(never)
  private mutating func arrivedAtTimeWait(
    _ index: Int, _ header: SegmentHeader, _ key: ConnectionKey, _ packet: consuming Packet,
    _ internet: inout Internet, at now: Instant
  ) {
    guard let entry = timeWait.pointer(index) else { return }
    switch entry.pointee.answer(header, timestamps: options(of: packet).timestamps) {
    case .ignore:
      return
    case .reuse(let first):
      if let number = listeners.match(key.localName) {
        timeWait.remove(index)
        demultiplexer.remove(key)
        counters.timeWaitReused += 1
        arrivedAtListener(number, header, key, packet, from: first, &internet, at: now)
        return
      }
    case .acknowledge:
      break
    case .acknowledgeAndRestart:
      timeWait.restart(index, expiry: now + settings.values.timeWait)
    }
    guard let entry = timeWait.pointer(index) else { return }
    var segment = ControlSegment(to: key, flags: .ack)
    segment.sequence = entry.pointee.sendNext
    segment.acknowledgment = entry.pointee.receiveNext
    if entry.pointee.timestamps {
      segment.options.timestamps = TCPTimestamps(value: clock(key, at: now), echo: entry.pointee.recent)
    }
    answer(segment, &internet, at: now)
  }

  // RFC 9293 §3.10.7.1: "An incoming segment containing a RST is discarded. An incoming segment not
  // containing a RST causes a RST to be sent in response."
  mutating func refuse(
    _ header: SegmentHeader, _ key: ConnectionKey, _ internet: inout Internet, at now: Instant
  ) {
    if header.flags.contains(.rst) { return }
    answer(.reset(for: header, key), &internet, at: now)
  }

  /// The options of a segment whose header was proven to be whole.
  func options(of packet: borrowing Packet) -> TCPOptions {
    guard let view = try? TCPView(packet.frame.bytes) else { return TCPOptions() }
    return TCPOptions.parse(view)
  }

  @inline(never)
  private mutating func dropped(_ error: WireError, at now: Instant) {
    var reason = SegmentDrop.malformed
    if case .checksum = error { reason = .checksum }
    if reason == .checksum { counters.badChecksum += 1 } else { counters.malformed += 1 }
    trace(Event(.segmentDropped, at: now, flow: Self.noFlow, c: reason.rawValue))
  }

  /// The network says that something of ours did not arrive.
  public mutating func failed(_ error: ControlError, at now: Instant) {
    let key = ConnectionKey(
      local: SocketName(error.source, error.sourcePort),
      remote: SocketName(error.destination, error.destinationPort))
    let place = demultiplexer.find(key)
    guard error.protocol == .tcp, place.kind == .connection, let endpoint = pointer(at: place.index),
      let connection = endpoint.pointee.connection
    else { return }
    settle(place.index, endpoint, connection.pointee.unreachable(error, at: now), at: now)
  }
}
