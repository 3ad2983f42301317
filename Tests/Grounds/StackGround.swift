import StrataBase
import StrataLink
import StrataSockets
import StrataStack
import StrataWire

/// Our own stack: two hosts at the ends of one cable, in virtual time.
final class StackGround: Ground {
  let a: SocketTable
  let b: SocketTable
  let addressOfA = Address("10.0.0.1")!
  let addressOfB = Address("10.0.0.2")!

  private let pool = FramePool(standard: 65_536)
  private let hosts: [Host]
  private let cable: UnsafeMutablePointer<Cable>
  private var now = Instant.start

  init(_ settings: CableSettings = CableSettings(delay: .microseconds(100))) {
    let pool = pool
    hosts = [1, 2].map { last in
      let host = Host(pool: pool, random: Random(seed: UInt64(last)), trace: Trace())
      _ = host.attach(
        hardware: HardwareAddress(2, 0, 0, 0, 0, UInt8(last)), address: AddressPrefix("10.0.0.\(last)/24")!,
        capabilities: settings.capabilities)
      return host
    }
    a = hosts[0].makeSocketTable()
    b = hosts[1].makeSocketTable()
    cable = .allocate(capacity: 1)
    cable.initialize(to: Cable(settings: settings, number: 0, seed: 3, trace: Trace(), pool: pool))
  }

  deinit {
    for host in hosts { host.stop() }
    cable.deinitialize(count: 1)
    cable.deallocate()
    // Traps where anything has kept a frame.
    pool.destroy()
  }

  func run(waking next: () -> Instant, until condition: () -> Bool) -> Bool {
    // Only a failure waits for so long.
    let limit = now + .seconds(600)
    while true {
      while step() {}
      if condition() { return true }
      if step() { continue }
      let due = min(hosts[0].nextDeadline, hosts[1].nextDeadline, cable.pointee.nextArrival, next())
      if due >= limit { return false }
      now = max(due, now + .nanoseconds(1))
      for host in hosts { host.expire(at: now) }
    }
  }

  /// Lets both hosts do what they can at this instant. False when that was nothing.
  private func step() -> Bool {
    var moved = false
    for (end, host) in hosts.enumerated() {
      while let frame = cable.pointee.receive(at: end, now) {
        host.receive(frame, on: 0, at: now)
        moved = true
      }
      host.flush(at: now)
      while let frame = host.takeOutgoing() {
        cable.pointee.send(frame, from: end, at: now)
        moved = true
      }
    }
    return moved
  }
}
