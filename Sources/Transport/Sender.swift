import StrataBase

// What may be sent now (RFC 9293 §3.8.6; RFC 5681; RFC 1122 §4.2.3.4).

extension Connection {
  /// What `emit` would give.
  enum Plan {
    case nothing
    case reset
    case synchronize
    /// Sends a lost record again, at most so many bytes of it.
    case again(Int)
    /// Sends so many sequence numbers that were never sent.
    case fresh(Int)
    case probe
    case acknowledgment
  }

  // These ask and change nothing; they are `mutating` because a call of one that is not would copy the
  // whole connection to the stack first: 30 instructions and four cache lines.

  /// Whether `emit` might give something now.
  public var hasOutput: Bool {
    @inline(__always) mutating get { isUrgent || mayTransmit() }
  }

  @inline(__always) private var isUrgent: Bool {
    marks.rawValue & Self.urgentMarks != 0 || probe != .none
  }

  private mutating func mayTransmit() -> Bool {
    guard let outgoing, state.transmits else { return false }
    return outgoing.pointee.scoreboard.hasLosses && againCount(outgoing.pointee) > 0
      || freshCount(outgoing.pointee) > 0 || isWindowBlocked
  }

  private static var urgentMarks: UInt32 {
    Marks([.acknowledgeNow, .synchronizePending, .resetPending]).rawValue
  }

  /// Whether the next segment has more payload than a standard frame holds, so that a large one is
  /// worth taking. `emit` also makes do with a standard one.
  public var wantsLargeFrame: Bool {
    @inline(__always) mutating get { Int(largestSegment) > Frame.standardRoom && mayFillLargeFrame() }
  }

  private mutating func mayFillLargeFrame() -> Bool {
    guard let outgoing, state.transmits else { return false }
    return max(freshCount(outgoing.pointee), againCount(outgoing.pointee)) > Frame.standardRoom
  }

  mutating func plan(room: Int) -> Plan {
    if marked(.resetPending) { return .reset }
    if marked(.synchronizePending) { return .synchronize }
    if marked(.acknowledgeNow), hasBlocks { return .acknowledgment }
    if let outgoing, state.transmits {
      if outgoing.pointee.scoreboard.hasLosses {
        let count = againCount(outgoing.pointee)
        if count > 0 { return .again(min(count, room)) }
      }
      if probe != .none { return .probe }
      let count = freshCount(outgoing.pointee)
      if count > 0 { return .fresh(fitted(count, room: room)) }
    }
    if probe != .none { return .probe }
    return marked(.acknowledgeNow) ? .acknowledgment : .nothing
  }

  /// The next acknowledgment has SACK blocks. They go in front of payload: a full segment has no room
  /// for them.
  @inline(__always) private var hasBlocks: Bool { incoming.map { usesSACK && $0.pointee.hasBlocks } ?? false }

  /// Cuts a super-frame that a smaller buffer has to hold to whole segments.
  @inline(__always) private func fitted(_ count: Int, room: Int) -> Int {
    if count <= room { return count }
    let size = Int(segmentSize)
    return room >= size ? room - room % size : room
  }

  /// Sequence numbers that were never sent: bytes of the ring, and a FIN.
  @inline(__always) func unsent(_ outgoing: borrowing Outgoing) -> Int {
    outgoing.ring.count &+ (marked(.finishQueued) ? 1 : 0) &- inFlight
  }

  /// How many bytes of lost segments may be sent again now.
  @inline(__always) private func againCount(_ outgoing: borrowing Outgoing) -> Int {
    guard outgoing.scoreboard.hasLosses, sendWindow > 0, outgoing.forward != .probing else { return 0 }
    let size = Int(segmentSize)
    if outgoing.sendsOneAnyway { return size }
    let room = outgoing.congestion.window &- pipe(outgoing)
    if room < size { return 0 }
    let most = min(room, Int(largestSegment))
    return most - most % size
  }

  /// How many new sequence numbers the next segment may carry now.
  @inline(__always) func freshCount(_ outgoing: borrowing Outgoing) -> Int {
    let unsent = unsent(outgoing)
    if unsent <= 0 || outgoing.scoreboard.isFull { return 0 }
    let flight = inFlight
    let window = Int(sendWindow) &- flight
    let room = outgoing.congestion.window &- pipe(outgoing)
    let n = min(min(unsent, Int(largestSegment)), min(window, room))
    if n <= 0 { return 0 }
    let size = Int(segmentSize)
    if n == size { return n }
    if n > size { return wholeSegments(n, of: unsent) }
    return mayGoSmall(n, unsent: unsent, window: window, flight: flight) ? n : 0
  }

  /// A super-frame ends at a segment's edge, but for the last there is: a small rest behind it would
  /// be held back by Nagle's algorithm all the same.
  @inline(__always) private func wholeSegments(_ n: Int, of unsent: Int) -> Int {
    if n == unsent, marked(.finishQueued) || (marked(.noDelay) && !settings.shared.corks) { return n }
    return n - n % Int(segmentSize)
  }

  /// Silly window avoidance of the sender (RFC 9293 §3.8.6.2.1) with Nagle's algorithm (§3.7.4).
  @inline(__always) private func mayGoSmall(_ n: Int, unsent: Int, window: Int, flight: Int) -> Bool {
    // "(2) or if all queued data can be sent now, i.e., if [SND.NXT = SND.UNA and] PUSHed and D <= U
    // (the bracketed condition is imposed by the Nagle algorithm)".
    if n == unsent {
      return marked(.finishQueued) || (!settings.shared.corks && (flight == 0 || marked(.noDelay)))
    }
    // "(3) or if at least a fraction Fs of the maximum window can be sent, i.e., if [SND.NXT = SND.UNA
    // and] min(D,U) >= Fs * Max(SND.WND)", with Fs = 1/2.
    return n == window && (flight == 0 || marked(.noDelay)) && n &* 2 >= Int(largestWindow)
  }

  /// Something waits, nothing is on its way and the window does not let it go: the persist timer has
  /// to be started.
  @inline(__always) var isWindowBlocked: Bool { marked(.windowBlocked) && transmitTimer == .none }

  /// Notes what stopped the sender, for the growth of the congestion window and for the persist timer.
  mutating func noteLimit() {
    marks.remove([.windowBlocked, .congestionLimited])
    guard let outgoing, state.transmits else { return }
    let unsent = unsent(outgoing.pointee)
    if unsent <= 0 { return }
    let room = outgoing.pointee.congestion.window - pipe(outgoing.pointee)
    if room < Int(segmentSize) || room < unsent && room < Int(sendWindow) - inFlight {
      marks.insert(.congestionLimited)
    }
    if inFlight == 0, freshCount(outgoing.pointee) == 0 { marks.insert(.windowBlocked) }
  }
}
