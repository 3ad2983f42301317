import StrataBase
import StrataLink
import StrataWire

@testable import StrataTransport

/// Two connections joined by a pipe that delays, loses, repeats and reorders, all from one seed.
final class Pipe {
  struct Faults {
    var loss = 0.0
    var duplicate = 0.0
    var reorder = 0.0
    var delay = Interval.milliseconds(5)
  }
  struct Flying: ~Copyable {
    let at: Instant
    let to: Int
    var frame: Frame
  }

  let ends: [UnsafeMutablePointer<Connection>]
  let pool: FramePool
  let log: UnsafeMutablePointer<EventLog>
  var flying: [(at: Instant, order: Int, to: Int, bytes: [UInt8], size: UInt16)] = []
  var order = 0
  var random: Random
  var faults: Faults
  var now = Instant.start
  var sent = 0
  /// When the first end's bytes had all been read.
  var done = Instant.never
  let large: Bool

  init(
    seed: UInt64, faults: Faults, settings: TCPSettings = TCPSettings(),
    link: LinkCapabilities = LinkCapabilities()
  ) {
    random = Random(seed: seed)
    self.faults = faults
    pool = FramePool(standard: 8_192, large: 256)
    large = link.largestSegment > 1_460
    log = .allocate(capacity: 1)
    log.initialize(to: EventLog(capacity: 16))
    let a = SocketName(Address(v4: 0x0a00_0001), 40_000), b = SocketName(Address(v4: 0x0a00_0002), 80)
    let names = [ConnectionName(local: a, remote: b), ConnectionName(local: b, remote: a)]
    var ends: [UnsafeMutablePointer<Connection>] = []
    for (index, name) in names.enumerated() {
      let place = UnsafeMutablePointer<Connection>.allocate(capacity: 1)
      // Both open actively: a simultaneous open, unless one's SYN is first. Numbers wrap early.
      place.initialize(
        to: Connection(
          active: name, slot: UInt32(index), owner: 0, settings: settings, link: link,
          initialSequence: SequenceNumber(UInt32.max - UInt32(truncatingIfNeeded: seed) % 50_000),
          timestampOffset: UInt32(index) &* 77, at: now, trace: Trace(log, host: UInt16(index))))
      ends.append(place)
    }
    self.ends = ends
  }

  deinit {
    for end in ends {
      end.deinitialize(count: 1)
      end.deallocate()
    }
    log.deinitialize(count: 1)
    log.deallocate()
    pool.destroy()
  }

  /// One turn: what may go goes, then the next arrival or deadline comes. False when nothing is left.
  func turn() -> Bool {
    for end in 0..<2 { transmit(end) }
    var next = min(ends[0].pointee.nextDeadline, ends[1].pointee.nextDeadline)
    for flight in flying { next = min(next, flight.at) }
    if next == .never { return false }
    now = max(now, next)
    deliver()
    for end in 0..<2 where ends[end].pointee.nextDeadline <= now { _ = ends[end].pointee.expire(at: now) }
    return true
  }

  func transmit(_ end: Int) {
    while true {
      guard var frame = pool.take(large: large) else { return }
      guard ends[end].pointee.emit(into: &frame, at: now) else { return }
      sent += 1
      let bytes = frame.bytes.array
      let size = frame.notes.segmentSize
      if random.fraction() < faults.loss { continue }
      var at = now + faults.delay
      if random.fraction() < faults.reorder { at = at + .microseconds(Int64(random.below(12_000))) }
      add(at, 1 - end, bytes, size)
      if random.fraction() < faults.duplicate {
        add(at + .microseconds(Int64(random.below(9_000))), 1 - end, bytes, size)
      }
    }
  }

  private func add(_ at: Instant, _ to: Int, _ bytes: [UInt8], _ size: UInt16) {
    flying.append((at, order, to, bytes, size))
    order += 1
  }

  private func deliver() {
    let due = flying.filter { $0.at <= now }.sorted { ($0.at, $0.order) < ($1.at, $1.order) }
    flying.removeAll { $0.at <= now }
    for flight in due {
      guard var frame = pool.take(large: large) else { continue }
      flight.bytes.withUnsafeBytes { frame.append(RawSpan(_unsafeBytes: $0)) }
      frame.notes.segmentSize = flight.size
      _ = ends[flight.to].pointee.receive(frame, at: now)
    }
  }
}
