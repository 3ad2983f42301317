import StrataBase
import StrataWire

// Payload that came (RFC 9293 §3.10.7.4, seventh; RFC 5681 §4.2 on when it is acknowledged).

extension Connection {
  /// Payload at `start`, overlapping what we have or want in any way. `frame` holds nothing else.
  mutating func accept(
    _ frame: consuming Frame, at start: SequenceNumber, segmentSize size: Int, now: Instant
  ) {
    var frame = frame
    var start = start
    let end = start + frame.count
    if start < receiveNext {
      let old = min(receiveNext - start, frame.count)
      noteDuplicate(SACKBlock(left: start, right: start + old))
      marks.insert(.acknowledgeNow)
      frame.dropFirst(old)
      start += old
    }
    // "Segments with higher beginning sequence numbers should be held for later processing", and what
    // is beyond the window is cut off.
    let room = max(0, advertisedEdge - start)
    if frame.count > room {
      marks.insert(.acknowledgeNow)
      frame.truncate(to: room)
    }
    if frame.count == 0 { return drop(end <= receiveNext ? .duplicate : .outsideWindow, at: now) }
    if start == receiveNext {
      deliver(frame, segmentSize: size, at: now)
    } else {
      hold(frame, at: start, now: now)
    }
    if idleAt == .never { armIdleTimer(at: now) }
  }

  /// The next expected bytes: they can be read.
  @inline(__always)
  mutating func deliver(_ frame: consuming Frame, segmentSize size: Int, at now: Instant) {
    let count = frame.count
    let place = needIncoming()
    place.pointee.queue.push(frame)
    receiveNext += count
    receivedCount &+= UInt64(truncatingIfNeeded: count)
    let segment = size > 0 ? size : min(count, Int(offeredSegmentSize))
    if segment > Int(receiveSegmentSize) { receiveSegmentSize = UInt16(clamping: segment) }
    if !place.pointee.reassembly.isEmpty { fillHole(at: now) }
    // RFC 5681 §4.2: "an ACK SHOULD be generated for at least every second full-sized segment, and MUST
    // be generated within 500 ms of the arrival of the first unacknowledged packet."
    if receiveNext - lastAcknowledgment >= 2 &* Int(receiveSegmentSize) {
      marks.insert(.acknowledgeNow)
    } else if acknowledgeAt == .never {
      acknowledgeAt = now + settings.shared.delayedAcknowledgment
      if idleAt == .never { armIdleTimer(at: now) }
    }
  }

  /// RFC 5681 §4.2: "a TCP receiver SHOULD send an immediate ACK when the incoming segment fills in all
  /// or part of a gap in the sequence space."
  private mutating func fillHole(at now: Instant) {
    guard let incoming else { return }
    marks.insert(.acknowledgeNow)
    while let frame = incoming.pointee.reassembly.takeFirst(reaching: receiveNext) {
      let count = frame.count
      incoming.pointee.queue.push(frame)
      receiveNext += count
      receivedCount &+= UInt64(truncatingIfNeeded: count)
    }
    incoming.pointee.advance(to: receiveNext)
  }

  /// Bytes ahead of a gap. RFC 5681 §4.2: "A TCP receiver SHOULD send an immediate duplicate ACK when
  /// an out-of-order segment arrives."
  private mutating func hold(_ frame: consuming Frame, at start: SequenceNumber, now: Instant) {
    let place = needIncoming()
    let end = start + frame.count
    marks.insert(.acknowledgeNow)
    switch place.pointee.reassembly.insert(frame, at: start) {
    case .kept: break
    case .overlapped(let block): place.pointee.noteDuplicate(block)
    case .duplicate(let block):
      place.pointee.noteDuplicate(block)
      drop(.duplicate, at: now)
    case .noRoom: return drop(.noRoom, at: now)
    }
    place.pointee.noteHeld(SACKBlock(left: start, right: end))
  }

  /// A segment wholly before RCV.NXT: RFC 2883 §4 tells the sender which bytes came twice.
  mutating func noteRepeated(_ segment: Segment, at now: Instant) {
    guard segment.payloadCount > 0, segment.end <= receiveNext else { return }
    noteDuplicate(SACKBlock(left: segment.sequence, right: segment.sequence + segment.payloadCount))
  }

  private mutating func noteDuplicate(_ block: SACKBlock) {
    guard usesSACK, block.left < block.right else { return }
    needIncoming().pointee.noteDuplicate(block)
  }
}
