import StrataBase
import StrataKernel
import StrataLoop

/// The operating system's own sockets.
struct KernelGround: SocketGround {
  let sockets: KernelSockets

  init(_ loop: Loop) { sockets = KernelSockets(on: loop) }
  init(_ sockets: KernelSockets) { self.sockets = sockets }

  func turn(until deadline: Instant) { sockets.loop.turn(until: deadline) }

  var isSettled: Bool { sockets.count == 0 }
}
