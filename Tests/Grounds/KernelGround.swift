import StrataBase
import StrataKernel
import StrataLoop
import StrataSockets
import StrataWire

/// The operating system's sockets on loopback.
final class KernelGround: Ground {
  let loop: Loop
  let a: KernelSockets
  let b: KernelSockets
  let addressOfA: Address
  let addressOfB: Address

  init(_ loopback: Address = .loopbackV4) throws {
    (addressOfA, addressOfB) = (loopback, loopback)
    loop = try Loop()
    a = KernelSockets(on: loop)
    b = KernelSockets(on: loop)
  }

  func run(waking next: () -> Instant, until condition: () -> Bool) -> Bool {
    // Only a failure waits for so long.
    let limit = loop.now + .seconds(20)
    while !condition() {
      if loop.now >= limit { return false }
      // What a call of the kernel shows may change without an event, so it is asked now and then.
      loop.turn(until: min(limit, next(), loop.now + .milliseconds(5)))
    }
    return true
  }
}
