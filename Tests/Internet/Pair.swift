import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

/// Two hosts on one cable, moved forward from event to event.
struct Pair: ~Copyable {
  var left: Site
  var right: Site
  var cable: Cable
  let pool = FramePool(standard: 4_096)
  var now = Instant.start
  /// Datagrams that arrived at either end.
  var arrived: [(end: Int, bytes: [UInt8], at: Instant)] = []

  init(_ settings: CableSettings, seed: UInt64 = 1) {
    left = Site(seed: seed)
    right = Site(address: "10.0.0.2/24", hardware: theirHardware, seed: seed + 1)
    cable = Cable(settings: settings, number: 1, seed: seed, trace: Trace(), pool: pool)
  }

  private mutating func turn() {
    while let frame = cable.receive(at: 0, now) {
      if case .packet(let packet) = left.internet.receive(frame, on: 0, at: now) {
        arrived.append((0, packet.frame.bytes.array, now))
      }
    }
    while let frame = cable.receive(at: 1, now) {
      if case .packet(let packet) = right.internet.receive(frame, on: 0, at: now) {
        arrived.append((1, packet.frame.bytes.array, now))
      }
    }
    if left.internet.nextDeadline <= now { left.internet.expire(at: now) }
    if right.internet.nextDeadline <= now { right.internet.expire(at: now) }
    while let frame = left.internet.outgoing.pop() { cable.send(frame, from: 0, at: now) }
    while let frame = right.internet.outgoing.pop() { cable.send(frame, from: 1, at: now) }
  }

  /// Runs until nothing is to be done before `end`.
  mutating func run(until end: Instant) {
    turn()
    while true {
      let next = min(cable.nextArrival, left.internet.nextDeadline, right.internet.nextDeadline)
      if next > end { break }
      now = max(next, now)
      turn()
    }
    now = end
  }
}
