import StrataBase
import StrataLink
import StrataLoop
import StrataSimulator
import StrataStack
import StrataWire

/// A world in this process: a client host with the sockets of the command, and a server host that answers
/// it, with a cable between them, or a row of routers and a cable for each step.
///
/// The world's clock follows the wall's, but stops at each event of the client, so that a time that is
/// measured between two calls is exact.
final class CableGround: SocketGround {
  /// The most routers in the row: less than the hops that a packet may take.
  static let mostRouters = 60

  let sockets: SocketTable
  private let row: RouterRow
  private let loop: Loop
  private let clock: PacedClock
  private let isFree: Bool

  init(_ cable: CableOptions, routers: Int, pace: Pace, _ loop: Loop) {
    self.loop = loop
    clock = PacedClock(pace)
    isFree = pace == .free
    row = RouterRow(seed: cable.seed, routers: routers, cable: cable.settings)
    sockets = row.client.host.makeSocketTable()
    row.world.run(EchoServices(), on: row.server)
  }

  func turn(until deadline: Instant) {
    let world = row.world
    world.touch(row.client)
    world.advance(to: world.now)
    if sockets.hasEvent { return }
    let due = min(deadline, world.nextDeadline)
    if isFree, due != .never {
      loop.turn(until: loop.now)
      world.advance(to: due)
    } else {
      loop.turn(until: clock.wall(of: due, loop.now))
      let present = isFree ? world.now : clock.present(at: loop.now)
      world.advance(to: max(world.now, min(due, present)))
    }
    world.touch(row.client)
  }
}
