import StrataBase
import StrataSockets
import StrataStack

/// A program that runs on a host, whatever its type.
class RunningProgram {
  let sockets: SocketTable
  init(sockets: SocketTable) { self.sockets = sockets }

  var nextDeadline: Instant { .never }
  func start() {}
  func expire() {}
  func handle(_ event: SocketEvent) {}
  func receive(_ message: RawSpan) {}

  /// Hands over what the sockets announced, at most so many events; false when that was nothing.
  final func handleEvents(most: Int) -> Bool {
    var count = 0
    while count < most, let event = sockets.nextEvent() {
      handle(event)
      count += 1
    }
    return count > 0
  }
}

final class ProgramBox<P: Program>: RunningProgram {
  var program: P
  init(_ program: P, on sockets: SocketTable) {
    self.program = program
    super.init(sockets: sockets)
  }

  override var nextDeadline: Instant { program.nextDeadline }
  override func start() { program.start(sockets) }
  override func expire() { program.expire(sockets) }
  override func handle(_ event: SocketEvent) { program.handle(event, sockets) }
  override func receive(_ message: RawSpan) { program.receive(message, sockets) }
}

/// Names a program that runs in a world. Where it starts with every boot of its host, it names the one of
/// the last boot.
public struct ProgramReference<P: Program> {
  /// What a restart replaces.
  final class Place {
    var box: ProgramBox<P>?
    init(_ box: ProgramBox<P>? = nil) { self.box = box }
  }

  let place: Place
  let node: WorldHost
  /// Which of its host's programs it is, from 0.
  public let index: Int
  var box: ProgramBox<P> {
    guard let box = place.box else { preconditionFailure("\(node.name) starts when the world first runs") }
    return box
  }
  public var sockets: SocketTable { box.sockets }
}
