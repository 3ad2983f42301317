import StrataBase
import StrataWire

// SEGMENT ARRIVES (RFC 9293 §3.10.7), with RFC 5961's answers to what could be forged and RFC 7323's
// protection against wrapped sequence numbers.

extension Connection {
  /// A segment for this connection: `frame`'s front is at its TCP header, its checksum was right.
  public mutating func receive(_ frame: consuming Frame, at now: Instant) -> Disposition {
    guard let segment = Segment(frame) else {
      drop(.malformed, at: now)
      return []
    }
    traceArrival(segment, at: now)
    if predicts(segment) {
      lastHeard = now
      return conclude(arrivesAsPredicted(segment, frame, at: now), at: now)
    }
    let options = Segment.options(frame)
    if let sentence = brokenInvariant { return breakDown(sentence, at: now) }
    switch state {
    case .closed: return arrivesInClosed(segment, at: now)
    case .synSent: return conclude(arrivesInSynSent(segment, options, frame, at: now), at: now)
    default: return conclude(arrives(segment, options, frame, at: now), at: now)
    }
  }

  /// Header prediction: the next expected bytes, or an acknowledgment, with nothing special.
  @inline(__always)
  private func predicts(_ segment: Segment) -> Bool {
    guard segment.isPlain, state == .established, segment.sequence == receiveNext,
      (segment.timestamps != nil) == usesTimestamps, !marked(.userGone)
    else { return false }
    if let stamps = segment.timestamps, Int32(bitPattern: stamps.value &- recentTimestamp) < 0 {
      return false
    }
    return segment.acknowledgment >= sendUnacknowledged && segment.acknowledgment <= sendNext
      && segment.payloadCount <= advertisedEdge - receiveNext
  }

  @inline(__always)
  private mutating func arrivesAsPredicted(
    _ segment: Segment, _ frame: consuming Frame, at now: Instant
  ) -> Disposition {
    var frame = frame
    noteTimestamps(segment, at: now)
    noteAnswer(segment)
    noteMark(frame.notes.congestion, segment)
    acknowledged(segment, blocks: nil, at: now)
    if segment.payloadCount == 0 { return [] }
    let size = frame.notes.segmentSize
    frame.dropFirst(segment.headerCount)
    deliver(frame, segmentSize: Int(size), at: now)
    return []
  }

  /// RFC 9293 §3.10.7.4: the eight steps of every state but CLOSED and SYN-SENT.
  private mutating func arrives(
    _ segment: Segment, _ options: TCPOptions, _ frame: consuming Frame, at now: Instant
  ) -> Disposition {
    var segment = segment
    segment.timestamps = options.timestamps
    acceptCrossedSynchronize(&segment)
    if let answer = checkTimestamps(segment, options, at: now) { return answer }
    if let answer = checkSequenceNumber(segment, at: now) { return answer }
    if let answer = checkReset(segment, at: now) { return answer }
    // Third, security: we have no compartments to compare.
    if let answer = checkSynchronize(segment, at: now) { return answer }
    if let answer = checkAcknowledgment(segment, options, at: now) { return answer }
    lastHeard = now
    noteMark(frame.notes.congestion, segment)
    // Sixth, the URG bit: the urgent pointer is ignored, the bytes stay in the stream (RFC 6093 §4).
    if let answer = processText(segment, frame, at: now) { return answer }
    return checkFinish(segment, at: now)
  }

  /// RFC 7323 §5.3, R1, in front of the first step.
  private mutating func checkTimestamps(
    _ segment: Segment, _ options: TCPOptions, at now: Instant
  ) -> Disposition? {
    guard usesTimestamps, !segment.flags.contains(.rst) else { return nil }
    guard segment.timestamps != nil else {
      // RFC 7323 §3.2: "If a non-<RST> segment is received without a TSopt, a TCP SHOULD silently drop
      // the segment."
      drop(.oldTimestamp, at: now)
      return []
    }
    if isOldDuplicate(segment, at: now) {
      drop(.oldTimestamp, at: now)
      answerUnacceptable(segment, at: now)
      return []
    }
    noteTimestamps(segment, at: now)
    return nil
  }

  /// First, check sequence number.
  private mutating func checkSequenceNumber(_ segment: Segment, at now: Instant) -> Disposition? {
    if isAcceptable(segment) { return nil }
    drop(.outsideWindow, at: now)
    // "If an incoming segment is not acceptable, an acknowledgment should be sent in reply (unless the
    // RST bit is set, if so drop the segment and return)"
    if segment.flags.contains(.rst) { return [] }
    noteRepeated(segment, at: now)
    if state == .timeWait, segment.flags.contains(.fin) { armTimeWait(at: now) }
    answerUnacceptable(segment, at: now)
    return []
  }

  /// The four cases of RFC 9293 §3.10.7.4's table.
  private func isAcceptable(_ segment: Segment) -> Bool {
    let window = advertisedEdge - receiveNext
    let offset = segment.sequence - receiveNext
    // "If the RCV.WND is zero, no segments will be acceptable, but special allowance should be made to
    // accept valid ACKs, URGs, and RSTs." So one that begins right at RCV.NXT is looked at; its payload
    // does not fit and is cut off.
    if window == 0 { return offset == 0 }
    if segment.count == 0 { return offset >= 0 && offset < window }
    return offset < window && offset + segment.count > 0
  }

  /// Second, check the RST bit.
  private mutating func checkReset(_ segment: Segment, at now: Instant) -> Disposition? {
    guard segment.flags.contains(.rst) else { return nil }
    // RFC 5961 §3.2: "If the RST bit is set and the sequence number exactly matches the next expected
    // sequence number (RCV.NXT), then TCP MUST reset the connection."
    guard segment.sequence == receiveNext else {
      // "... does not exactly match the next expected sequence value, yet is within the current receive
      // window, TCP MUST send an acknowledgment (challenge ACK)".
      drop(.unexpectedControl, at: now)
      challenge(at: now)
      return []
    }
    switch state {
    case .synReceived:
      // "If this connection was initiated with an active OPEN ..., then the connection was refused".
      fail(marked(.isActive) ? .refused : .reset, at: now)
    case .closing, .lastAck, .timeWait:
      enter(.closed, at: now)
    default:
      fail(.reset, at: now)
    }
    return []
  }

  /// Fourth, check the SYN bit. RFC 5961 §4.2: "If the SYN bit is set, irrespective of the sequence
  /// number, TCP MUST send an ACK (also referred to as challenge ACK) to the remote peer".
  private mutating func checkSynchronize(_ segment: Segment, at now: Instant) -> Disposition? {
    guard segment.flags.contains(.syn) else { return nil }
    drop(.unexpectedControl, at: now)
    challenge(at: now)
    return []
  }

  /// Fifth, check the ACK field.
  private mutating func checkAcknowledgment(
    _ segment: Segment, _ options: TCPOptions, at now: Instant
  ) -> Disposition? {
    // "if the ACK bit is off, drop the segment and return"
    guard segment.flags.contains(.ack) else {
      drop(.badAcknowledgment, at: now)
      return []
    }
    if state == .synReceived {
      // "If SND.UNA < SEG.ACK =< SND.NXT, then enter ESTABLISHED state ... If the segment
      // acknowledgment is not acceptable, form a reset segment".
      guard segment.acknowledgment > sendUnacknowledged, segment.acknowledgment <= sendNext else {
        drop(.badAcknowledgment, at: now)
        return .reset
      }
      establish(segment, at: now)
    }
    // RFC 5961 §5.2: "((SND.UNA - MAX.SND.WND) <= SEG.ACK <= SND.NXT). All incoming segments whose ACK
    // value doesn't satisfy the above condition MUST be discarded and an ACK sent back."
    guard segment.acknowledgment <= sendNext,
      sendUnacknowledged - segment.acknowledgment <= Int(largestWindow)
    else {
      drop(.badAcknowledgment, at: now)
      challenge(at: now)
      return []
    }
    noteAnswer(segment)
    reactToMark(segment, at: now)
    acknowledged(segment, blocks: usesSACK ? options.sackBlocks : nil, at: now)
    switch state {
    case .finWait1 where finishIsAcknowledged: enter(.finWait2, at: now)
    case .closing where finishIsAcknowledged: enter(.timeWait, at: now)
    case .lastAck where finishIsAcknowledged:
      enter(.closed, at: now)
      return []
    default: break
    }
    return nil
  }

  /// Seventh, process the segment text.
  private mutating func processText(
    _ segment: Segment, _ frame: consuming Frame, at now: Instant
  ) -> Disposition? {
    guard segment.payloadCount > 0, state.expectsData else { return nil }
    if marked(.userGone) {
      // RFC 9293 §3.6.1: "If ... new data is received after CLOSE is called, its TCP implementation
      // SHOULD send a RST to show that data was lost." The RST is made from this segment.
      drop(.userGone, at: now)
      enter(.closed, at: now)
      return .reset
    }
    var frame = frame
    let size = frame.notes.segmentSize
    frame.dropFirst(segment.headerCount)
    accept(frame, at: segment.sequence, segmentSize: Int(size), now: now)
    return nil
  }

  /// Eighth, check the FIN bit. A FIN ahead of missing bytes comes again.
  private mutating func checkFinish(_ segment: Segment, at now: Instant) -> Disposition {
    guard segment.flags.contains(.fin), segment.sequence + segment.payloadCount == receiveNext else {
      return []
    }
    guard state.expectsData, !marked(.peerFinished) else { return [] }
    // "advance RCV.NXT over the FIN, and send an acknowledgment for the FIN."
    receiveNext += 1
    if advertisedEdge < receiveNext { advertisedEdge = receiveNext }
    marks.insert([.peerFinished, .acknowledgeNow])
    switch state {
    case .finWait1: enter(finishIsAcknowledged ? .timeWait : .closing, at: now)
    case .finWait2: enter(.timeWait, at: now)
    default: enter(.closeWait, at: now)
    }
    return []
  }
}

// MARK: - What is not acceptable

extension Connection {
  /// Challenge ACKs a connection sends in one second (RFC 5961 §7 asks for such a limit).
  static var mostChallenges: UInt8 { 10 }

  /// RFC 5961: an acknowledgment that lets an honest peer find out how things are, and tells a liar
  /// nothing. It is rate limited, so that two confused ends do not talk forever.
  mutating func challenge(at now: Instant) {
    let second = Self.second(now)
    if second != challengeSecond {
      challengeSecond = second
      challenges = 0
    }
    guard challenges < Self.mostChallenges else { return }
    challenges += 1
    marks.insert(.acknowledgeNow)
  }

  /// A segment with payload always gets its answer: the peer waits for one. An empty one could be the
  /// answer to ours.
  mutating func answerUnacceptable(_ segment: Segment, at now: Instant) {
    if segment.count > 0 { marks.insert(.acknowledgeNow) } else { challenge(at: now) }
  }

  /// §3.10.7.1: "all data in the incoming segment is discarded. An incoming segment containing a RST is
  /// discarded. An incoming segment not containing a RST causes a RST to be sent in response."
  private mutating func arrivesInClosed(_ segment: Segment, at now: Instant) -> Disposition {
    drop(.closed, at: now)
    return conclude(segment.flags.contains(.rst) ? [] : .reset, at: now)
  }

  func drop(_ reason: SegmentDrop, at now: Instant) {
    trace(Event(.segmentDropped, at: now, flow: slot, c: reason.rawValue))
  }
}
