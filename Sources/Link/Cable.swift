import StrataBase

/// A simulated wire between two hosts: full duplex, ends 0 and 1, with delay, rate and faults.
///
/// It is a machine without I/O: frames and instants go in, frames come out when their time has come.
/// All its draws come from one seed and from which frame it is (see `FaultDice` and `FrameIdentity`).
///
/// ```swift
/// let settings = CableSettings(delay: .milliseconds(5))
/// var cable = Cable(settings: settings, number: 1, seed: 7, trace: Trace(), pool: pool)
/// cable.send(frame, from: 0, at: now)
/// while let frame = cable.receive(at: 1, now) { ... }   // from now + 5 ms on
/// ```
@frozen public struct Cable: ~Copyable {
  @usableFromInline var forth: CableDirection
  @usableFromInline var back: CableDirection
  /// The cable's number in its world.
  @inlinable public var number: UInt16 { forth.cable }

  /// `pool` is where the copies of duplicated frames come from.
  public init(
    settings: CableSettings = CableSettings(), number: UInt16, seed: UInt64, trace: Trace, pool: FramePool
  ) {
    let dice = FaultDice(seed: Random.mix(seed) &+ UInt64(number))
    let crossings = Crossings()
    forth = CableDirection(
      settings, cable: number, sender: 0, dice: dice, crossings: crossings, trace: trace, pool: pool)
    back = CableDirection(
      settings, cable: number, sender: 1, dice: dice, crossings: crossings, trace: trace, pool: pool)
  }

  /// May be changed while frames are in flight; it holds for those sent from then on.
  public var settings: CableSettings {
    get { forth.settings }
    set {
      forth.settings = newValue
      back.settings = newValue
    }
  }

  /// Whether an end is pulled out: what is sent is lost.
  @inlinable public var isUnplugged: Bool { forth.isUnplugged }

  /// Pulls an end out: what is on its way is lost too.
  public mutating func unplug(at now: Instant) {
    forth.unplug(at: now)
    back.unplug(at: now)
  }
  public mutating func replug() {
    forth.isUnplugged = false
    back.isUnplugged = false
  }

  /// Sends a frame from end 0 or 1.
  @inline(__always) @inlinable
  public mutating func send(_ frame: consuming Frame, from end: Int, at now: Instant) {
    if end == 0 { forth.send(frame, at: now) } else { back.send(frame, at: now) }
  }

  /// The next frame that has arrived at end 0 or 1 by `now`, in the order of arrival.
  @inline(__always) @inlinable public mutating func receive(at end: Int, _ now: Instant) -> Frame? {
    end == 1 ? forth.receive(at: now) : back.receive(at: now)
  }

  /// When the next frame arrives at either end.
  @inline(__always) @inlinable public var nextArrival: Instant {
    min(forth.flights.first, back.flights.first)
  }
  /// When the next frame arrives at this end.
  @inline(__always) @inlinable public func nextArrival(at end: Int) -> Instant {
    end == 1 ? forth.flights.first : back.flights.first
  }
  /// Frames on their way, in both directions.
  @inlinable public var framesInFlight: Int { forth.flights.count + back.flights.count }
  /// What happened to the frames that this end sent.
  @inlinable public func counters(from end: Int) -> CableCounters {
    end == 0 ? forth.counters : back.counters
  }
  /// The frames that wait at this end for the rate.
  public mutating func waiting(at end: Int, _ now: Instant) -> Int {
    end == 0 ? forth.transmitter.waiting(at: now) : back.transmitter.waiting(at: now)
  }
}
