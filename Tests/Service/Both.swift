import StrataBase
import StrataSockets

/// Two programs on one ground: each gets all events and knows its own.
struct Both<A: Program, B: Program>: Program {
  var a: A
  var b: B

  mutating func start(_ sockets: some SocketCalls) {
    a.start(sockets)
    b.start(sockets)
  }
  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    a.handle(event, sockets)
    b.handle(event, sockets)
  }
  mutating func expire(_ sockets: some SocketCalls) {
    a.expire(sockets)
    b.expire(sockets)
  }
  var nextDeadline: Instant { min(a.nextDeadline, b.nextDeadline) }
}
