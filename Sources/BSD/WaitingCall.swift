import StrataBase

/// A call that may have to wait, as a value: whoever makes it asks it to go on whenever the host has moved,
/// and when its deadline has come. So the same call serves a thread that sleeps meanwhile, and one that
/// serves many programs.
public protocol WaitingCall {
  associatedtype Outcome
  /// When it stops waiting. Meaningful once `proceed` gave nil.
  var deadline: Instant { get }
  /// Does what can be done; nil: it has to wait.
  mutating func proceed() throws(ErrorNumber) -> Outcome?
}

/// How long a call waits: not at all, until some instant, or as long as it takes.
struct Patience {
  private let socket: BSDSocket
  let deadline: Instant

  /// `timeout`: SO_RCVTIMEO or SO_SNDTIMEO; nil: for ever.
  init(_ socket: BSDSocket, timeout: Interval?, flags: MessageFlags = []) {
    self.socket = socket
    let waits = !socket.isNonblocking && !flags.contains(.doNotWait)
    deadline = waits ? timeout.map { socket.now + $0 } ?? .never : socket.now
  }

  var isOver: Bool { deadline <= socket.now }
}
