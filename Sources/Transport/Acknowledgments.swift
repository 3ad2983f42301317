import StrataBase
import StrataWire

// What an acknowledgment does to the sending side (RFC 9293 §3.10.7.4, fifth; RFC 5681; RFC 8985).

extension Connection {
  /// SEG.ACK was acceptable. `blocks` are the segment's SACK blocks, where SACK is agreed on.
  @inline(__always)
  mutating func acknowledged(_ segment: Segment, blocks: SACKBlocks?, at now: Instant) {
    let edge = segment.acknowledgment
    let isNew = edge > sendUnacknowledged
    let hasBlocks = blocks.map { !$0.isEmpty } ?? false
    let isWindowUpdate = updateWindow(segment, at: now)
    if isNew || hasBlocks {
      progress(segment, blocks: blocks, at: now)
    } else if edge == sendUnacknowledged, segment.count == 0, !isWindowUpdate, inFlight > 0 {
      duplicateAcknowledgment(segment, at: now)
    }
  }

  /// "If SND.UNA =< SEG.ACK =< SND.NXT, the send window should be updated. If (SND.WL1 < SEG.SEQ or
  /// (SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK)), set SND.WND". What acknowledges more was sent later,
  /// wherever it begins: its window counts too, or the old one would be taken to start at the new
  /// SND.UNA, past what the peer offered. True when the window changed.
  @inline(__always)
  private mutating func updateWindow(_ segment: Segment, at now: Instant) -> Bool {
    guard segment.acknowledgment >= sendUnacknowledged,
      segment.acknowledgment > sendUnacknowledged || windowSequence < segment.sequence
        || (windowSequence == segment.sequence && windowAcknowledgment <= segment.acknowledgment)
    else { return false }
    windowSequence = segment.sequence
    windowAcknowledgment = segment.acknowledgment
    let window = segment.window(shift: sendShift)
    if window == sendWindow { return false }
    let wasClosed = sendWindow == 0
    sendWindow = window
    if window > largestWindow { largestWindow = window }
    trace(Event(.windowChanged, at: now, flow: slot, a: UInt64(window)))
    if wasClosed || transmitTimer == .persist { windowOpened(at: now) }
    return true
  }

  /// Bytes were acknowledged, or said to be held.
  private mutating func progress(_ segment: Segment, blocks: SACKBlocks?, at now: Instant) {
    guard let outgoing else { return }
    let edge = segment.acknowledgment
    let place = outgoing
    let sackedBefore = place.pointee.scoreboard.sackedBytes
    var delivery = Delivery()
    let count = max(edge - sendUnacknowledged, 0)
    if count > 0 {
      advance(by: count, &delivery, at: now)
      place.pointee.duplicateAcknowledgments = 0
    }
    if let blocks, !blocks.isEmpty { take(blocks, &delivery) }
    let delivered = count &+ place.pointee.scoreboard.sackedBytes &- sackedBefore
    let sample = measure(delivery, segment, at: now)
    let echoIsOld = isEchoOld(segment, delivery)
    place.pointee.rack.delivered(delivery, echoIsOld: echoIsOld, at: now)
    if usesSACK {
      place.pointee.rack.adapt(
        hasDuplicate: delivery.hasDuplicate, acknowledged: sendUnacknowledged, sendNext: sendNext)
      let isPure = count == 0 && segment.count == 0 && (blocks?.isEmpty ?? true)
      if place.pointee.probe.isInFlight,
        place.pointee.probe.acknowledged(edge, hasDuplicate: delivery.hasDuplicate, isPure: isPure)
      {
        reactToRepairedTail(at: now)
      }
    }
    if delivery.hasUselessRepair { undoRepair(.duplicates, at: now) }
    if provesTimeoutSpurious(delivery, place.pointee) { undoRepair(.forwardRecovery, at: now) }
    let isRecovering = place.pointee.repair == .recovery
    finishRepair(at: now)
    let lostBefore = place.pointee.scoreboard.lostBytes
    var remaining = Interval.zero
    if usesSACK {
      remaining = detectLosses(delivered: delivered, at: now)
    } else if count > 0 {
      repairNextHole(at: now)
    }
    hold(delivered: delivered, isSafe: count > 0 && place.pointee.scoreboard.lostBytes <= lostBefore)
    if !isRecovering { grow(count, sample, at: now) }
    stepForward(count)
    armTransmitTimer(reordering: remaining, at: now)
  }

  /// SND.UNA moves: acknowledged bytes leave the ring, their records the scoreboard.
  @inline(__always)
  private mutating func advance(by count: Int, _ delivery: inout Delivery, at now: Instant) {
    guard let outgoing else { return }
    sendUnacknowledged += count
    outgoing.pointee.progressAt = now
    orphanProbes = 0
    let payload = min(count, outgoing.pointee.ring.count)
    outgoing.pointee.ring.drop(payload)
    acknowledgedCount &+= UInt64(truncatingIfNeeded: payload)
    outgoing.pointee.scoreboard.acknowledge(before: sendUnacknowledged, &delivery)
    delivery.acknowledgedBytes = count
    let offset = acknowledgedCount
    trace(Event(.acknowledged, at: now, flow: slot, a: UInt64(truncatingIfNeeded: count), b: offset))
  }

  /// SACK blocks: the first may report a duplicate (RFC 2883 §4), the rest is held by the peer.
  @inline(never) private mutating func take(_ blocks: SACKBlocks, _ delivery: inout Delivery) {
    guard let outgoing else { return }
    for index in 0..<blocks.count {
      let block = blocks[index]
      if index == 0, block.left < block.right {
        let isBelow = block.right <= sendUnacknowledged
        let isInside =
          blocks.count > 1 && blocks[1].left <= block.left && block.right <= blocks[1].right
        if isBelow || isInside {
          delivery.hasDuplicate = true
          if outgoing.pointee.doubt.reported(block) { delivery.hasUselessRepair = true }
          continue
        }
      }
      // RFC 2018 says nothing of blocks that make no sense; they are not believed.
      guard block.left < block.right, block.left >= sendUnacknowledged, block.right <= sendNext else {
        continue
      }
      outgoing.pointee.scoreboard.sack(block, &delivery)
    }
  }

  /// One round trip sample an acknowledgment (RFC 6298 §3: never from a segment that was sent twice,
  /// unless timestamps tell which of the two was acknowledged). What lay behind a hole until that was
  /// repaired says nothing either.
  @inline(__always)
  private mutating func measure(_ delivery: Delivery, _ segment: Segment, at now: Instant) -> Interval? {
    var sample: Interval?
    if delivery.firstSingleSentAt != .never, !delivery.hasRepeated {
      sample = now - delivery.firstSingleSentAt
    } else if delivery.acknowledgedBytes > 0, let stamps = segment.timestamps {
      sample = roundTrip(echoed: stamps, at: now)
    }
    if let sample { measured(sample, at: now) }
    return sample
  }

  mutating func measured(_ sample: Interval, at now: Instant) {
    let shared = settings.shared
    roundTrip.measured(sample, least: shared.minimumTimeout, most: shared.maximumTimeout)
    let smoothed = roundTrip.smoothed.nanoseconds
    trace(
      Event(
        .roundTripMeasured, at: now, flow: slot, a: UInt64(clamping: sample.nanoseconds),
        b: UInt64(clamping: smoothed)))
  }

  /// By the echoed timestamp an earlier sending of a repeated segment arrived (RFC 8985 §6.2, step 2).
  @inline(__always) private func isEchoOld(_ segment: Segment, _ delivery: Delivery) -> Bool {
    guard delivery.lastIsRetransmitted, let stamps = segment.timestamps else { return false }
    return Int32(bitPattern: stamps.echo &- clock(at: delivery.lastSentAt)) < 0
  }

  /// The congestion window grows while nothing is being repaired.
  @inline(__always)
  private mutating func grow(_ count: Int, _ sample: Interval?, at now: Instant) {
    guard count > 0, let outgoing else { return }
    let before = outgoing.pointee.congestion.window
    let isRepairing = outgoing.pointee.repair == .timeout
    let news = Congestion.News(
      count: count, wasLimited: isRepairing || marked(.congestionLimited), now: now, sample: sample,
      roundTrip: roundTrip.smoothed, edge: sendUnacknowledged, sendNext: sendNext)
    switch outgoing.pointee.repair {
    case .none: outgoing.pointee.congestion.acknowledged(news)
    case .timeout: outgoing.pointee.congestion.acknowledgedAfterTimeout(news)
    case .recovery: break
    }
    if outgoing.pointee.congestion.window != before { traceCongestion(at: now) }
  }

  mutating func traceCongestion(at now: Instant) {
    guard let outgoing else { return }
    let window = UInt64(clamping: outgoing.pointee.congestion.window),
      threshold = UInt64(clamping: outgoing.pointee.congestion.threshold)
    trace(Event(.congestionWindowChanged, at: now, flow: slot, a: window, b: threshold))
  }
}
