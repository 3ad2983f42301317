import StrataBase
import StrataWire

// Opening: the SYN-SENT state (RFC 9293 §3.10.7.3), what options agree on, and simultaneous opens.

extension Connection {
  /// RFC 9293 §3.10.7.3: "If the state is SYN-SENT, then".
  mutating func arrivesInSynSent(
    _ segment: Segment, _ options: TCPOptions, _ frame: consuming Frame, at now: Instant
  ) -> Disposition {
    let hasAcknowledgment = segment.flags.contains(.ack)
    // "First, check the ACK bit: ... If SEG.ACK =< ISS or SEG.ACK > SND.NXT, send a reset (unless the
    // RST bit is set, if so drop the segment and return)".
    if hasAcknowledgment, segment.acknowledgment <= sendUnacknowledged || segment.acknowledgment > sendNext {
      drop(.badAcknowledgment, at: now)
      return segment.flags.contains(.rst) ? [] : .reset
    }
    // "Second, check the RST bit: ... If the ACK was acceptable, then signal to the user 'error:
    // connection reset', drop the segment, enter CLOSED state".
    if segment.flags.contains(.rst) {
      if hasAcknowledgment { fail(.refused, at: now) } else { drop(.unexpectedControl, at: now) }
      return []
    }
    // "Fourth, check the SYN bit": without it the segment is dropped.
    guard segment.flags.contains(.syn) else {
      drop(.unexpectedControl, at: now)
      return []
    }
    lastHeard = now
    agree(segment, options, at: now)
    guard hasAcknowledgment else {
      // A simultaneous open: "Otherwise, enter SYN-RECEIVED, form a SYN,ACK segment ... and send it."
      enter(.synReceived, at: now)
      marks.insert(.synchronizePending)
      return []
    }
    establish(segment, at: now)
    acknowledged(segment, blocks: nil, at: now)
    marks.insert(.acknowledgeNow)
    // Payload behind a SYN is delivered as any other: "continue processing at the sixth step".
    if segment.payloadCount > 0 {
      var frame = frame
      frame.dropFirst(segment.headerCount)
      accept(frame, at: segment.sequence + 1, segmentSize: 0, now: now)
    }
    return []
  }

  /// Takes what the peer's SYN says of it: its sequence numbers, its window and the options that both
  /// sides offered.
  private mutating func agree(_ segment: Segment, _ options: TCPOptions, at now: Instant) {
    receiveNext = segment.sequence + 1
    lastAcknowledgment = receiveNext
    advertisedEdge = receiveNext + min(0xffff, settings.values.receiveBuffer)
    // RFC 7323 §2.2: "The window field in a segment where the SYN bit is set ... MUST NOT be scaled."
    sendWindow = UInt32(segment.window)
    largestWindow = sendWindow
    windowSequence = segment.sequence
    windowAcknowledgment = segment.acknowledgment
    if settings.values.windowScaling, let shift = options.windowScale {
      sendShift = shift
    } else {
      sendShift = 0
      receiveShift = 0
    }
    usesSACK = usesSACK && options.sackPermitted
    // RFC 3168 §6.1.1: the SYN+ACK that agrees has ECE and not CWR, as one that reflects our flags would.
    if settings.values.ecn, segment.flags.intersection([.ack, .ece, .cwr]) == [.ack, .ece],
      !marked(.synchronizeRepeated)
    {
      marks.insert(.usesECN)
    }
    usesTimestamps = usesTimestamps && options.timestamps != nil
    if usesTimestamps, let stamps = options.timestamps {
      recentTimestamp = stamps.value
      recentTimestampAt = Self.second(now)
    }
    agreeOnSize(peer: options.maximumSegmentSize.map { Int($0) } ?? Self.defaultSegmentSize)
  }

  /// The effective send MSS (RFC 9293 §3.7.1): "Eff.snd.MSS = min(SendMSS+20, MMS_S) - TCPhdrsize -
  /// IPoptionsize".
  mutating func agreeOnSize(peer: Int) {
    let options = usesTimestamps ? TCPOptions.timestampsCount : 0
    let size = max(min(Int(offeredSegmentSize), max(peer, Self.leastSegmentSize)) - options, 1)
    segmentSize = UInt16(clamping: size)
    let burst = max(Int(largestSegment) - options, size)
    largestSegment = UInt16(clamping: Int(largestSegment) > Int(offeredSegmentSize) ? burst : size)
    // RFC 5681 §3.1: "If the SYN or SYN/ACK is lost, the initial window used by a sender after a
    // correctly transmitted SYN MUST be one segment".
    let segments = marked(.synchronizeRepeated) ? 1 : settings.values.initialWindow
    restingWindow = UInt32(clamping: Congestion.initialWindow(size, segments))
    outgoing?.pointee.congestion = restingCongestion
  }

  /// Our SYN was acknowledged by `segment`.
  mutating func establish(_ segment: Segment, at now: Instant) {
    if !marked(.synchronizeRepeated), !roundTrip.isMeasured, marked(.isActive), transmitAt != .never {
      measured(now - (transmitAt - roundTrip.timeout), at: now)
    }
    if marked(.synchronizeRepeated) { roundTrip.beginAfterLostSynchronize() }
    sendUnacknowledged += 1
    marks.remove(.synchronizePending)
    stopTransmitTimer()
    // RFC 9293 §3.10.7.4: "SND.WND <- SEG.WND, SND.WL1 <- SEG.SEQ, SND.WL2 <- SEG.ACK"
    sendWindow = segment.window(shift: sendShift)
    largestWindow = max(largestWindow, sendWindow)
    windowSequence = segment.sequence
    windowAcknowledgment = segment.acknowledgment
    enter(.established, at: now)
    if marked(.finishQueued) { enter(.finWait1, at: now) }
  }

  /// In SYN-RECEIVED after a simultaneous open the peer's SYN comes again with the acknowledgment of
  /// ours (RFC 9293 figure 7, line 6). Its SYN is old; the rest of it counts.
  mutating func acceptCrossedSynchronize(_ segment: inout Segment) {
    guard state == .synReceived, segment.flags.contains(.syn), segment.flags.contains(.ack),
      !segment.flags.contains(.rst), segment.sequence + 1 == receiveNext
    else { return }
    segment.sequence = receiveNext
    segment.flags.remove(.syn)
    segment.wasSynchronize = true
  }

  /// Options of our SYN, or of our SYN+ACK.
  func synchronizeOptions(at now: Instant) -> TCPOptions {
    let values = settings.values
    let isAnswer = state == .synReceived
    var options = TCPOptions()
    options.maximumSegmentSize = offeredSegmentSize
    if isAnswer ? usesSACK : values.sack { options.sackPermitted = true }
    if isAnswer ? usesTimestamps : values.timestamps {
      options.timestamps = TCPTimestamps(value: clock(at: now), echo: isAnswer ? recentTimestamp : 0)
    }
    // RFC 7323 §2.2: a SYN+ACK offers scaling only where the SYN did. Both shifts are 0 then; a peer
    // that offered a shift of 0 gets ours unscaled, which costs window but never truth.
    if values.windowScaling, !isAnswer || receiveShift > 0 || sendShift > 0 {
      options.windowScale = receiveShift
    }
    return options
  }
}
