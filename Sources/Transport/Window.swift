import StrataBase

// The window that we advertise (RFC 9293 §3.8.6; RFC 7323 §2.4), and when it is said.

extension Connection {
  /// RCV.WND as last advertised.
  @inline(__always) var receiveWindow: Int { advertisedEdge - receiveNext }

  /// Bytes that could still be taken and said: what is held counts against the buffer, and 16 bits and
  /// the shift say no more than they can.
  @inline(__always) var receiveFree: Int {
    let held = incoming.map { $0.pointee.queue.count } ?? 0
    let room = settings.shared.receiveBuffer &- held
    return max(0, min(room, 0xffff &<< Int(receiveShift)))
  }

  /// The edge that could be advertised now. Silly window avoidance of the receiver (RFC 9293
  /// §3.8.6.2.2): it does not move until it moves by "min( Fr * RCV.BUFF, Eff.snd.MSS )", Fr = 1/2.
  @inline(__always) private var nextEdge: SequenceNumber {
    let edge = receiveNext + receiveFree
    let step = min(settings.shared.receiveBuffer / 2, Int(receiveSegmentSize))
    return edge - advertisedEdge >= step ? edge : advertisedEdge
  }

  /// The window field of a segment that goes out now. It says all of the acknowledgment's news.
  @inline(__always) mutating func advertise(at now: Instant) -> UInt16 {
    let edge = nextEdge
    let shift = Int(receiveShift)
    // RFC 7323 §2.4: a scaled window is rounded down, by less than a unit of its scale. What was said
    // before is honoured all the same: the edge that we judge segments by does not move back.
    let field = min((edge - receiveNext) &>> shift, 0xffff)
    let said = receiveNext + (field &<< shift)
    if said > advertisedEdge { advertisedEdge = said }
    saidAcknowledgment()
    return UInt16(truncatingIfNeeded: field)
  }

  /// A segment goes out that carries RCV.NXT.
  @inline(__always) mutating func saidAcknowledgment() {
    lastAcknowledgment = receiveNext
    marks.remove(.acknowledgeNow)
    acknowledgeAt = .never
  }

  /// Reading made room. The peer is told when its window was nearly shut and a segment fits again, or
  /// when half of the buffer became free since it was told.
  mutating func noteRead() {
    guard state.expectsData else { return }
    let gain = receiveNext + receiveFree - advertisedEdge
    let half = min(settings.values.receiveBuffer, 0xffff << Int(receiveShift)) / 2
    let size = min(half, max(Int(receiveSegmentSize), 1))
    if gain >= max(half, 1) || (receiveWindow < size && gain >= size) { marks.insert(.acknowledgeNow) }
  }
}
