import StrataBase
import StrataSockets

/// Sockets that a command runs on, and how it waits for them. Every tool is written against this, so that
/// one more ground costs a tool nothing.
///
/// A ground turns the command's loop when it waits, so that signals and standard input are served too.
///
/// ```swift
/// let ground: any SocketGround = try options.open(loop)
/// ground.run(&pinger) { pinger.isOver }
/// ```
protocol SocketGround {
  associatedtype Sockets: SocketCalls
  var sockets: Sockets { get }

  /// Waits until something happened or `deadline`, by the clock of `sockets`, has come. It may come back
  /// early.
  func turn(until deadline: Instant)

  /// Why the ground is of no use any more; nil while it is.
  var failure: CommandFailure? { get }

  /// What was closed has ended, at the peer too.
  var isSettled: Bool { get }
}

extension SocketGround {
  var failure: CommandFailure? { nil }
  var isSettled: Bool { true }

  /// How long peers have to take note of an end.
  static var farewell: Interval { .seconds(3) }

  /// Lets what was closed end in order, as long as peers take part in that.
  func settle() {
    let deadline = sockets.now + Self.farewell
    while !isSettled, sockets.now < deadline { turn(until: deadline) }
  }

  /// Runs a program until it is over; `tell` takes out what it has to say, and says whether it is.
  func run<P: Program>(_ program: inout P, until tell: (inout P) -> Bool) {
    program.start(sockets)
    while !tell(&program) {
      while let event = sockets.nextEvent() { program.handle(event, sockets) }
      if program.nextDeadline <= sockets.now {
        program.expire(sockets)
      } else if !tell(&program) {
        turn(until: program.nextDeadline)
      } else {
        return
      }
    }
  }
}
