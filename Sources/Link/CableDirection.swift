import StrataBase

/// One way of a cable. What is not plain goes the way of a real wire, in this order: queue, rate, loss,
/// delay and jitter, reordering, duplication, corruption.
@frozen @usableFromInline struct CableDirection: ~Copyable {
  @usableFromInline var flights: FlightQueue
  @usableFromInline var transmitter = Transmitter()
  @usableFromInline var counters = CableCounters()
  @usableFromInline var settings: CableSettings {
    didSet {
      mostPlain = isUnplugged ? -1 : settings.mostPlain
      flights.capacity = settings.mostInFlight
    }
  }
  /// Frames of up to so many bytes need only a delay; -1: none do.
  @usableFromInline var mostPlain: Int
  @usableFromInline var isUnplugged = false {
    didSet { mostPlain = isUnplugged ? -1 : settings.mostPlain }
  }
  /// The last arrival that was not put off: no later frame comes before it.
  @usableFromInline var lastArrival = Instant.start
  /// Frames ever sent or copied, for their numbers.
  @usableFromInline var numbered: UInt64 = 0
  @usableFromInline let cable: UInt16
  /// The end that sends.
  @usableFromInline let sender: UInt16
  @usableFromInline let dice: FaultDice
  /// Shared by both directions: they know connections by the same numbers.
  @usableFromInline let crossings: Crossings
  @usableFromInline let trace: Trace
  @usableFromInline let pool: FramePool

  init(
    _ settings: CableSettings, cable: UInt16, sender: UInt16, dice: FaultDice, crossings: Crossings,
    trace: Trace, pool: FramePool
  ) {
    self.settings = settings
    self.cable = cable
    self.sender = sender
    self.dice = dice
    self.crossings = crossings
    self.trace = trace.onHost(sender)
    self.pool = pool
    mostPlain = settings.mostPlain
    flights = FlightQueue(capacity: settings.mostInFlight)
  }

  @inline(__always) @inlinable mutating func send(_ frame: consuming Frame, at now: Instant) {
    counters.sent &+= 1
    frame.notes.number = nextNumber()
    frame.notes.checksumIsVerified = settings.superFrames
    if frame.count <= mostPlain {
      let arrival = max(now + settings.delay, lastArrival)
      lastArrival = arrival
      launch(frame, arrival: arrival, at: now)
    } else {
      sendThroughFaults(frame, at: now)
    }
  }

  @inline(__always) @inlinable mutating func receive(at now: Instant) -> Frame? {
    guard let frame = flights.removeArrived(at: now) else { return nil }
    counters.delivered &+= 1
    trace(
      Event(
        .frameArrived, at: now, flow: UInt32(cable), a: frame.notes.number,
        c: UInt32(truncatingIfNeeded: frame.count)))
    return frame
  }

  /// Unique in a world: the cable, the direction, and a count from 1.
  @inline(__always) @inlinable mutating func nextNumber() -> UInt64 {
    numbered &+= 1
    return UInt64(cable) << 48 | UInt64(sender) << 47 | numbered
  }

  @inline(__always) @inlinable
  mutating func launch(_ frame: consuming Frame, arrival: Instant, at now: Instant) {
    if flights.isFull { return lose(frame, .flightFull, at: now) }
    trace(
      Event(
        .frameSent, at: now, flow: UInt32(cable), a: frame.notes.number,
        b: UInt64(bitPattern: arrival.nanoseconds), c: UInt32(truncatingIfNeeded: frame.count)))
    flights.insert(frame, arrival: arrival)
  }

  @inline(never) @usableFromInline
  mutating func lose(_ frame: consuming Frame, _ reason: FrameLoss, at now: Instant) {
    counters[reason] &+= 1
    trace(
      Event(
        .frameLost, at: now, flow: UInt32(cable), a: frame.notes.number,
        c: UInt32(truncatingIfNeeded: frame.count), d: UInt32(reason.rawValue)))
  }

  mutating func unplug(at now: Instant) {
    isUnplugged = true
    while let frame = flights.removeArrived(at: .never) { lose(frame, .unplugged, at: now) }
  }

  // MARK: Faults

  @inline(never) @usableFromInline
  mutating func sendThroughFaults(_ frame: consuming Frame, at now: Instant) {
    if isUnplugged { return lose(frame, .unplugged, at: now) }
    if frame.count > settings.mtu + CableSettings.taggedHeader, !settings.superFrames {
      return lose(frame, .tooLong, at: now)
    }
    var departure = now
    if let rate = settings.rate {
      if let least = settings.markAt, transmitter.waiting(at: now) >= least { mark(&frame) }
      guard let end = transmitter.send(frame.count, rate: rate, queue: settings.queue, at: now) else {
        return lose(frame, .queueFull, at: now)
      }
      departure = end
    }
    guard settings.hasDraws else {
      lastArrival = max(departure + settings.delay, lastArrival)
      return launch(frame, arrival: lastArrival, at: now)
    }
    let identity = crossings.identity(of: frame.bytes, from: Int(sender))
    if dice.falls(settings.loss, .loss, identity) { return lose(frame, .drawn, at: now) }
    let arrival = arrival(of: frame, identity, leaving: departure, at: now)
    let copy = duplicate(of: frame, identity, at: now)
    if dice.falls(settings.corrupt, .corrupt, identity) { corrupt(&frame, identity, at: now) }
    launch(frame, arrival: arrival, at: now)
    if let copy { launch(copy, arrival: arrival, at: now) }
  }

  /// Marks a packet that is ECN-capable as one that met congestion (RFC 3168 §5), in IPv4 and IPv6.
  private mutating func mark(_ frame: inout Frame) {
    let front = CableSettings.header
    guard frame.count >= front + 20 else { return }
    let first = frame.bytes.big16(at: front)
    let isV4 = first >> 12 == 4
    let shift: UInt16 = isV4 ? 0 : 4
    guard isV4 || first >> 12 == 6, first >> shift & 3 != 0, first >> shift & 3 != 3 else { return }
    let marked = first | 3 << shift
    let checksum = frame.bytes.big16(at: front + 10)
    var bytes = frame.mutableBytes
    bytes.setBig16(marked, at: front)
    counters.marked &+= 1
    guard isV4 else { return }
    // RFC 1624 §3: HC' = ~(~HC + ~m + m')
    var sum = UInt32(~checksum) + UInt32(~first) + UInt32(marked)
    sum = (sum & 0xffff) + sum >> 16
    sum = (sum & 0xffff) + sum >> 16
    bytes.setBig16(~UInt16(truncatingIfNeeded: sum), at: front + 10)
  }

  private mutating func arrival(
    of frame: borrowing Frame, _ identity: FrameIdentity, leaving departure: Instant, at now: Instant
  ) -> Instant {
    let jitter = below(settings.jitter, .jitter, identity)
    let arrival = max(departure + settings.delay + jitter, lastArrival)
    guard dice.falls(settings.reorder, .reorder, identity) else {
      lastArrival = arrival
      return arrival
    }
    let least = max(settings.reorderDelay, .nanoseconds(1))
    let extra = least + below(least, .reorderDelay, identity)
    counters.reordered &+= 1
    trace(
      Event(
        .frameReordered, at: now, flow: UInt32(cable), a: frame.notes.number,
        b: UInt64(bitPattern: extra.nanoseconds)))
    return arrival + extra
  }

  /// A copy that lies in its buffer as the frame does; nil when none was drawn or no buffer is left.
  private mutating func duplicate(
    of frame: borrowing Frame, _ identity: FrameIdentity, at now: Instant
  ) -> Frame? {
    guard dice.falls(settings.duplicate, .duplicate, identity),
      var copy = pool.take(large: frame.count > Frame.standardRoom)
    else { return nil }
    let inFront = min(max(copy.roomInFront - frame.roomInFront, 0), frame.count)
    copy.prepend(inFront)
    guard frame.count - inFront <= copy.roomBehind else { return nil }
    copy.append(frame.count - inFront)
    var target = copy.mutableBytes
    target.set(frame.bytes, at: 0)
    copy.notes.checksumIsVerified = frame.notes.checksumIsVerified
    copy.notes.checksumIsPending = frame.notes.checksumIsPending
    copy.notes.segmentSize = frame.notes.segmentSize
    copy.notes.number = nextNumber()
    counters.duplicated &+= 1
    trace(
      Event(
        .frameDuplicated, at: now, flow: UInt32(cable), a: frame.notes.number, b: copy.notes.number))
    return copy
  }

  private mutating func corrupt(_ frame: inout Frame, _ identity: FrameIdentity, at now: Instant) {
    guard frame.count > 0 else { return }
    let bit = Int(dice.below(UInt64(frame.count * 8), .corruptBit, identity))
    let old = frame.bytes.byte(at: bit >> 3)
    var bytes = frame.mutableBytes
    bytes.setByte(old ^ 1 << UInt8(bit & 7), at: bit >> 3)
    frame.notes.checksumIsVerified = false
    counters.corrupted &+= 1
    trace(
      Event(
        .frameCorrupted, at: now, flow: UInt32(cable), a: frame.notes.number, c: UInt32(bit)))
  }

  private func below(
    _ bound: Interval, _ purpose: FaultDice.Purpose, _ identity: FrameIdentity
  ) -> Interval {
    .nanoseconds(Int64(dice.below(UInt64(max(bound.nanoseconds, 0)), purpose, identity)))
  }
}
