import StrataBase

/// Checks that a world in which everything has ended has kept nothing: no connection, listener or
/// socket for datagrams, no half-open or waiting handshake, no name in TIME-WAIT, no frame, no timer and
/// no suspended task.
///
/// It gives its verdict when `runUntilQuiet` finds that nothing is left to happen, and says nothing
/// before: a test should also see that this gave true.
public final class Leftovers: Checker {
  private weak var world: World?

  public init() {}

  public func watch(_ world: World) {
    self.world = world
    world.observers.append(self)
  }

  public func verdictAtEnd() throws {
    guard let world else { return }
    for node in world.hosts { try check(node) }
    for number in world.cables.indices {
      let count = world.withCable(number) { $0.framesInFlight }
      if count > 0 { throw CheckFailure("cable \(number): \(count) frames are on it, and no deadline") }
    }
    let frames = world.pool.outstanding
    if frames > 0 { throw CheckFailure("\(frames) frames are not back in the pool") }
  }

  private func check(_ node: WorldHost) throws {
    let (halfOpen, timeWait) = node.host.withTCP { ($0.halfOpenCount, $0.timeWaitCount) }
    let found = [
      (node.host.endpointCount, "connections or listeners"),
      (node.host.withUDP { $0.count }, "sockets for datagrams"),
      (halfOpen, "half-open handshakes"), (timeWait, "names in TIME-WAIT"),
      (node.tasks.reduce(0) { $0 + $1.waitingCount }, "suspended tasks"),
    ]
    for (count, what) in found where count > 0 {
      throw CheckFailure("\(node.name): \(count) \(what) are left")
    }
    // The world's agenda is empty: whoever still has a deadline would never be woken.
    if node.nextDeadline != .never {
      throw CheckFailure("\(node.name): a deadline at \(node.nextDeadline) that the world does not know")
    }
  }
}
