import StrataBase
import StrataWire

// Writing segments: header, options, payload and checksum into a frame, in one pass over the payload.

extension Connection {
  /// Writes one segment into an empty frame. False: nothing may go now, and the frame is as it was.
  /// After a RST the state is CLOSED.
  public mutating func emit(into frame: inout Frame, at now: Instant) -> Bool {
    restartAfterIdle(at: now)
    switch plan(room: frame.roomBehind) {
    case .nothing:
      noteLimit()
      // A persist timer that runs goes on: a peer that sends without end would put it off for ever.
      if isWindowBlocked { armTransmitTimer(at: now) }
      return false
    case .fresh(let count): emitFresh(count, into: &frame, at: now)
    case .acknowledgment: emitControl(.ack, sequence: acceptableSequence, into: &frame, at: now)
    case .again(let count): emitAgain(count, into: &frame, at: now)
    case .probe: emitProbe(into: &frame, at: now)
    case .synchronize: emitSynchronize(into: &frame, at: now)
    case .reset: emitReset(into: &frame, at: now)
    }
    return frame.count > 0
  }

  /// SND.NXT, unless a probe went past the peer's window: a segment from beyond it would not count.
  private var acceptableSequence: SequenceNumber {
    let edge = sendUnacknowledged + Int(sendWindow)
    return sendNext <= edge || !state.isSynchronized ? sendNext : edge
  }

  // MARK: Bytes of the stream

  @inline(__always)
  private mutating func emitFresh(_ count: Int, into frame: inout Frame, at now: Instant) {
    guard let outgoing else { return }
    let sequence = sendNext
    if inFlight == 0 { outgoing.pointee.progressAt = now }
    emitStream(sequence, count, into: &frame, at: now, isAgain: false)
    sendNext += count
    outgoing.pointee.scoreboard.append(sequence, sendNext, at: now)
    if outgoing.pointee.repair == .recovery { outgoing.pointee.reduction.sent(count) }
    // RFC 8985 §7.2 moves the probe with each new transmission; within one burst it stays where it is.
    let moves = outgoing.pointee.lastSentAt != now || inFlight <= 2 &* Int(segmentSize)
    outgoing.pointee.lastSentAt = now
    if transmitTimer == .none || transmitTimer == .persist || transmitTimer == .tailLossProbe && moves {
      armTransmitTimer(at: now)
    }
    if idleAt == .never { armIdleTimer(at: now) }
  }

  private mutating func emitAgain(_ most: Int, into frame: inout Frame, at now: Instant) {
    guard let outgoing, let ordinal = outgoing.pointee.scoreboard.firstLost(most: most) else { return }
    outgoing.pointee.sendsOneAnyway = false
    resend(ordinal, into: &frame, at: now)
  }

  /// Sends one record again.
  private mutating func resend(_ ordinal: Int, into frame: inout Frame, at now: Instant) {
    guard let outgoing else { return }
    let record = outgoing.pointee.scoreboard[ordinal]
    emitStream(record.start, record.count, into: &frame, at: now, isAgain: true)
    outgoing.pointee.scoreboard.sentAgain(ordinal, at: now)
    outgoing.pointee.lastSentAt = now
    outgoing.pointee.reduction.sent(record.count)
    if outgoing.pointee.repair != .none { outgoing.pointee.doubt.sentAgain(record.count) }
    retransmissions &+= 1
    if transmitTimer == .none { armTransmitTimer(at: now) }
  }

  /// A segment of `count` sequence numbers: bytes of the ring, and the FIN where they reach past it.
  @inline(__always)
  private mutating func emitStream(
    _ sequence: SequenceNumber, _ count: Int, into frame: inout Frame, at now: Instant, isAgain: Bool
  ) {
    guard let outgoing else { return }
    let offset = sequence - sendUnacknowledged
    let rest = outgoing.pointee.ring.count &- offset
    let payload = min(count, rest)
    var flags: TCPFlags = .ack
    if payload == rest { flags.insert(.psh) }
    if payload < count {
      flags.insert(.fin)
      marks.insert(.finishSent)
    }
    var sum: UInt64 = 0
    if payload > 0 {
      frame.append(payload)
      if marked(.offloadsChecksum) {
        outgoing.pointee.ring.moveOut(offset: offset, count: payload, to: frame.start)
      } else {
        sum = outgoing.pointee.ring.copyOut(offset: offset, count: payload, to: frame.start)
      }
      if !isAgain, marked(.usesECN) { mark(&frame, &flags) }
      if payload > Int(segmentSize) { frame.notes.segmentSize = segmentSize }
    }
    writeHeader(sequence, flags, payload: payload, sum: sum, into: &frame, at: now)
    traceSegment(isAgain ? .segmentSentAgain : .segmentSent, sequence, flags, payload, at: now)
  }

  /// RFC 3168 §6.1.5: retransmissions are not ECN-capable, for they could not be told from forged packets.
  private mutating func mark(_ frame: inout Frame, _ flags: inout TCPFlags) {
    frame.notes.congestion = ECN.capable
    if marked(.tellsReduction) { flags.insert(.cwr) }
    marks.remove(.tellsReduction)
  }

  private mutating func emitProbe(into frame: inout Frame, at now: Instant) {
    let kind = probe
    probe = .none
    guard kind != .keepAlive, let outgoing else {
      // RFC 9293 §3.8.4: a keep-alive repeats an acknowledged number, so that the peer answers.
      return emitControl(.ack, sequence: sendUnacknowledged - 1, into: &frame, at: now)
    }
    let unsent = unsent(outgoing.pointee)
    let window = Int(sendWindow) - inFlight
    let room = min(Int(segmentSize), frame.roomBehind)
    if kind == .tail, min(unsent, window) > 0 {
      // RFC 8985 §7.3: "If such a segment is available, and the receive window allows new data to be
      // sent: Transmit that segment", whatever the congestion window says.
      emitFresh(min(unsent, window, room), into: &frame, at: now)
      outgoing.pointee.probe.sent(sendNext: sendNext, isRetransmission: false)
    } else if kind == .tail, !outgoing.pointee.scoreboard.isEmpty {
      outgoing.pointee.scoreboard.cutLast(most: room)
      resend(outgoing.pointee.scoreboard.count - 1, into: &frame, at: now)
      outgoing.pointee.probe.sent(sendNext: sendNext, isRetransmission: true)
    } else if kind == .window, !outgoing.pointee.scoreboard.isEmpty {
      outgoing.pointee.scoreboard.cutFirst(most: 1)
      resend(0, into: &frame, at: now)
    } else if kind == .window, unsent > 0 {
      // RFC 9293 §3.8.6.1: "The sending TCP peer must regularly transmit at least one octet of new data
      // (if available) ... even if the send window is zero". Silly window avoidance ends here too.
      emitFresh(min(unsent, max(window, 1), room), into: &frame, at: now)
    } else {
      emitControl(.ack, sequence: acceptableSequence, into: &frame, at: now)
    }
  }

  // MARK: Segments without payload

  private mutating func emitControl(
    _ flags: TCPFlags, sequence: SequenceNumber, into frame: inout Frame, at now: Instant
  ) {
    if let incoming, usesSACK, incoming.pointee.hasBlocks {
      var options = TCPOptions()
      if usesTimestamps {
        options.timestamps = TCPTimestamps(value: clock(at: now), echo: recentTimestamp)
      }
      options.sackBlocks = incoming.pointee.takeBlocks()
      writeHeader(sequence, flags, options, window: advertise(at: now), into: &frame)
    } else {
      writeHeader(sequence, flags, payload: 0, sum: 0, into: &frame, at: now)
    }
    traceSegment(.segmentSent, sequence, flags, 0, at: now)
  }

  private mutating func emitSynchronize(into frame: inout Frame, at now: Instant) {
    marks.remove(.synchronizePending)
    var flags: TCPFlags = state == .synReceived ? [.syn, .ack] : .syn
    // RFC 3168 §6.1.1.1: what drops such a SYN takes one without.
    if state == .synSent, attempts == 0, settings.values.ecn { flags.insert([.ece, .cwr]) }
    // RFC 7323 §2.2: the window of a SYN is not scaled.
    let window = UInt16(clamping: settings.values.receiveBuffer)
    writeHeader(sendUnacknowledged, flags, synchronizeOptions(at: now), window: window, into: &frame)
    let isAgain = sendNext > sendUnacknowledged
    if isAgain, attempts > 0 {
      marks.insert(.synchronizeRepeated)
      retransmissions &+= 1
    }
    sendNext = sendUnacknowledged + 1
    saidAcknowledgment()
    traceSegment(isAgain ? .segmentSentAgain : .segmentSent, sendUnacknowledged, flags, 0, at: now)
    armSynchronizeTimer(at: now)
  }

  private mutating func emitReset(into frame: inout Frame, at now: Instant) {
    marks.remove(.resetPending)
    let sequence = acceptableSequence
    writeHeader(sequence, [.rst, .ack], payload: 0, sum: 0, into: &frame, at: now)
    traceSegment(.segmentSent, sequence, [.rst, .ack], 0, at: now)
    enter(.closed, at: now)
  }

  // MARK: Headers

  /// The header of nearly every segment: no options, or timestamps alone.
  @inline(__always)
  private mutating func writeHeader(
    _ sequence: SequenceNumber, _ flags: TCPFlags, payload: Int, sum: UInt64, into frame: inout Frame,
    at now: Instant
  ) {
    let count = usesTimestamps ? TCPHeader.count + TCPOptions.timestampsCount : TCPHeader.count
    let window = advertise(at: now)
    let flags = marked(.echoesMark) && !flags.contains(.rst) ? flags.union(.ece) : flags
    frame.prepend(count)
    let total = frame.count
    var out = frame.mutableBytes
    var header = TCPHeader.emit(
      &out, at: 0, ports: name.portsOut, sequence: sequence, acknowledgment: receiveNext, flags: flags,
      window: window, headerCount: count)
    if usesTimestamps {
      header &+= TCPOptions.emitTimestamps(
        &out, at: TCPHeader.count, TCPTimestamps(value: clock(at: now), echo: recentTimestamp))
    }
    setChecksum(&out, header: header &+ sum, count: total)
    if marked(.offloadsChecksum) { frame.leaveChecksumPending() }
  }

  /// A header with any options.
  private mutating func writeHeader(
    _ sequence: SequenceNumber, _ flags: TCPFlags, _ options: TCPOptions, window: UInt16,
    into frame: inout Frame
  ) {
    let flags = marked(.echoesMark) ? flags.union(.ece) : flags
    let count = TCPHeader.count + options.encodedCount
    frame.prepend(count)
    var out = frame.mutableBytes
    var sum = TCPHeader.emit(
      &out, at: 0, ports: name.portsOut, sequence: sequence,
      acknowledgment: flags.contains(.ack) ? receiveNext : SequenceNumber(0), flags: flags, window: window,
      headerCount: count)
    sum &+= options.emit(&out, at: TCPHeader.count)
    setChecksum(&out, header: sum, count: count)
    if marked(.offloadsChecksum) { frame.leaveChecksumPending() }
  }

  /// A device that makes checksums wants the pseudo header's sum in the field, as virtio-net says.
  @_lifetime(out: copy out) @inline(__always)
  private func setChecksum(_ out: inout MutableRawSpan, header: UInt64, count: Int) {
    let pseudo = PseudoHeader.sum(
      source: name.localAddress, destination: name.remoteAddress, protocol: .tcp, count: count)
    if marked(.offloadsChecksum) {
      out.setNative16(Checksum.fold(pseudo), at: TCPHeader.checksum)
    } else {
      TCPHeader.setChecksum(&out, at: 0, sum: header &+ pseudo)
    }
  }

  // MARK: Events

  @inline(__always)
  private func traceSegment(
    _ kind: Event.Kind, _ sequence: SequenceNumber, _ flags: TCPFlags, _ payload: Int, at now: Instant
  ) {
    trace(
      Event(
        kind, at: now, flow: slot, a: offset(of: sequence), b: receivedCount,
        c: UInt32(truncatingIfNeeded: payload),
        d: UInt32(flags.rawValue & 0xff) << 24 | UInt32(clamping: (advertisedEdge - receiveNext) >> 8)))
  }

  @inline(__always)
  func traceArrival(_ segment: Segment, at now: Instant) {
    trace(
      Event(
        .segmentArrived, at: now, flow: slot,
        a: receivedCount &+ UInt64(bitPattern: Int64(segment.sequence - receiveNext)),
        b: offset(of: segment.acknowledgment), c: UInt32(truncatingIfNeeded: segment.payloadCount),
        d: UInt32(segment.flags.rawValue & 0xff) << 24
          | UInt32(clamping: (Int(segment.window) &<< Int(sendShift)) &>> 8)))
  }
}
