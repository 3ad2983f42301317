import StrataBase
import StrataLink
import StrataSockets
import StrataStack
import StrataWire
import Testing

/// Two hosts at the ends of one cable, 10.0.0.1 and 10.0.0.2, in virtual time; where they are dual they
/// are fd00::1 and fd00::2 as well.
final class TwoHosts {
  let a: Host
  let b: Host
  let pool: FramePool
  private(set) var now = Instant.start
  private let cable: UnsafeMutablePointer<Cable>
  /// Sees every frame that leaves a host; false loses it.
  var passes: (RawSpan, _ end: Int) -> Bool = { _, _ in true }

  init(
    frames: Int = 16_384, cable wire: CableSettings = CableSettings(delay: .microseconds(100)),
    settings: HostSettings = HostSettings(), isDual: Bool = false
  ) {
    pool = FramePool(standard: frames, large: 16)
    a = Host(pool: pool, random: Random(seed: 1), trace: Trace(), settings: settings)
    b = Host(pool: pool, random: Random(seed: 2), trace: Trace(), settings: settings)
    for (host, last) in [(a, UInt8(1)), (b, UInt8(2))] {
      _ = host.attach(
        hardware: HardwareAddress(2, 0, 0, 0, 0, last),
        addresses: ["10.0.0.\(last)/24", "fd00::\(last)/64"].prefix(isDual ? 2 : 1).map {
          AddressPrefix($0)!
        },
        capabilities: wire.capabilities, duplicateProbes: 0)
    }
    cable = .allocate(capacity: 1)
    cable.initialize(to: Cable(settings: wire, number: 0, seed: 3, trace: Trace(), pool: pool))
  }

  deinit {
    a.stop()
    b.stop()
    cable.deinitialize(count: 1)
    cable.deallocate()
    // Traps where anything has kept a frame.
    pool.destroy()
  }

  /// When something happens next.
  var nextDeadline: Instant { min(a.nextDeadline, b.nextDeadline, cable.pointee.nextArrival) }

  /// Lets the hosts work for so long.
  func run(for span: Interval = .milliseconds(10)) {
    let end = now + span
    while true {
      while step() {}
      let due = nextDeadline
      if due > end { break }
      move(to: max(due, now + .nanoseconds(1)))
    }
    move(to: end)
  }

  private func move(to time: Instant) {
    now = time
    a.expire(at: now)
    b.expire(at: now)
  }

  private func step() -> Bool {
    var moved = false
    for (end, host) in [a, b].enumerated() {
      while let frame = cable.pointee.receive(at: end, now) {
        host.receive(frame, on: 0, at: now)
        moved = true
      }
      host.flush(at: now)
      while let frame = host.takeOutgoing() {
        if isPassed(frame, end) { cable.pointee.send(frame, from: end, at: now) }
        moved = true
      }
    }
    return moved
  }

  private func isPassed(_ frame: borrowing Frame, _ end: Int) -> Bool { passes(frame.bytes, end) }

  /// Lets both hosts come to rest: what closes is closed, and TIME-WAIT has passed.
  func rest() { run(for: .seconds(300)) }

  // MARK: Sockets

  /// A listening socket on `b`.
  func listen(_ table: SocketTable, port: UInt16 = 0, backlog: Int = 16) throws -> (Descriptor, SocketAddress)
  {
    let d = try table.socket(.stream)
    try table.bind(d, to: SocketAddress(address: .anyV4, port: port))
    try table.listen(d, backlog: backlog)
    return (d, SocketAddress(address: Address("10.0.0.2")!, port: try table.localAddress(d).port))
  }

  /// A connection between a table of `a` and one of `b`, all events taken.
  func connect(_ near: SocketTable, _ far: SocketTable) throws -> (near: Descriptor, far: Descriptor) {
    let (listener, address) = try listen(far)
    let client = try near.begin(address)
    run()
    let server = try far.accept(listener).descriptor
    far.close(listener)
    run()
    _ = (near.events, far.events)
    return (client, server)
  }
}

extension SocketTable {
  /// All events that wait.
  var events: [SocketEvent] {
    var events: [SocketEvent] = []
    while let event = nextEvent() { events.append(event) }
    return events
  }

  /// Begins a connection.
  func begin(_ address: SocketAddress) throws -> Descriptor {
    let d = try socket(.stream)
    #expect(error { () throws(SocketError) in try connect(d, to: address) } == .inProgress)
    return d
  }

  func write(_ d: Descriptor, _ bytes: [UInt8]) throws(SocketError) -> Int { try write(d, bytes.span.bytes) }

  func readAll(_ d: Descriptor) throws(SocketError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    var span = bytes.mutableSpan
    var raw = span.mutableBytes
    let count = try read(d, into: &raw)
    return Array(bytes[..<count])
  }

  func receiveAll(_ d: Descriptor) throws(SocketError) -> (bytes: [UInt8], from: SocketAddress) {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    var span = bytes.mutableSpan
    var raw = span.mutableBytes
    let (count, from) = try receive(d, into: &raw)
    return (Array(bytes[..<count]), from)
  }
}

/// The error that a call throws; nil when it throws none.
func error(_ call: () throws(SocketError) -> Void) -> SocketError? {
  do throws(SocketError) {
    try call()
    return nil
  } catch { return error }
}
