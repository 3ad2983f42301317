import StrataSockets

/// A task that waits for a socket, or for an offer to become a connection. It is resumed once.
struct Waiter {
  enum Outcome {
    /// Try again.
    case ready
    case cancelled
    /// The connection of an offer.
    case accepted(Descriptor)
    case failed(SocketError)
  }

  let ticket: UInt64
  let continuation: UnsafeContinuation<Outcome, Never>

  /// A waiter with what it is to be told.
  struct Woken {
    let waiter: Waiter
    let outcome: Outcome
    func resume() { waiter.continuation.resume(returning: outcome) }
  }
}
