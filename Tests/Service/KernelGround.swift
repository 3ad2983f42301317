import Glibc
import StrataBase
import StrataKernel
import StrataLoop
import StrataService
import StrataSockets

/// Programs on the operating system's sockets, turned by a test on its own thread.
final class KernelGround {
  let loop = try! Loop()
  /// The programs' clock stands still unless a test moves it.
  let sockets: ClockedSockets

  init() { sockets = ClockedSockets(KernelSockets(on: loop)) }

  /// Turns until `isOver`, for at most so long; says whether it came to that. The time bounds a test that
  /// fails, and decides nothing in one that passes.
  @discardableResult
  func run<P: Program>(_ program: inout P, seconds: Int64 = 20, until isOver: (inout P) -> Bool) -> Bool {
    let end = loop.now + .seconds(seconds)
    while true {
      while let event = sockets.nextEvent() { program.handle(event, sockets) }
      let isDue = program.nextDeadline <= sockets.now
      if isDue { program.expire(sockets) }
      if isOver(&program) { return true }
      if loop.now >= end { return false }
      loop.turn(until: isDue ? loop.now : loop.now + .milliseconds(5))
    }
  }
}

extension SocketAddress {
  /// Any free port of this machine.
  static var loopback: SocketAddress { SocketAddress(address: .loopbackV4, port: 0) }
}
