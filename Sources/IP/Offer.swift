import StrataSockets
import StrataStack
import StrataTransport
import Synchronization

/// A connection that somebody behind the tunnel asks for: his SYN was seen and is not answered yet. So the
/// program can try to reach the destination first, and refuse what cannot be reached. An offer that is let go
/// of is refused; one that waits for a minute is gone.
///
/// ```swift
/// guard let upstream = try? await dial(offer.destination) else { return offer.refuse() }
/// let near = try await offer.accept()
/// ```
public final class Offer: Sendable {
  /// Who asks.
  public let source: SocketAddress
  /// Where he wants to go.
  public let destination: SocketAddress

  private let stack: Stack
  private let offer: ConnectionOffer
  private let isDecided = Atomic(false)

  init(_ offer: ConnectionOffer, of stack: Stack) {
    self.offer = offer
    self.stack = stack
    source = SocketAddress(offer.name.remote)
    destination = SocketAddress(offer.name.local)
  }

  deinit { refuse() }

  /// Answers, and gives the connection once the other side has answered too.
  ///
  /// Throws `connectionAborted` where that side gave up, `cancelled` when the task is, and `invalidArgument`
  /// for an offer that was accepted or refused before.
  public func accept() async throws(SocketError) -> TCPStream {
    if isDecided.exchange(true, ordering: .acquiringAndReleasing) { throw .invalidArgument }
    return TCPStream(try await stack.accept(offer), of: stack, local: destination, peer: source)
  }

  /// Answers by a reset, as a host does where nobody listens. Once is enough.
  public func refuse() {
    if isDecided.exchange(true, ordering: .acquiringAndReleasing) { return }
    stack.turn { $0.sockets.refuse(offer) }
  }
}

/// The offers of a stack, as they come.
public struct Offers: AsyncSequence, AsyncIteratorProtocol, Sendable {
  let stack: Stack

  public func makeAsyncIterator() -> Offers { self }

  /// The next offer; nil when the task is cancelled.
  public mutating func next() async -> Offer? {
    let stack = stack
    guard let listener = try? stack.turn({ core in Result { try core.listen() } }).get() else { return nil }
    let offer = try? await stack.perform(listener, .reading) { core throws(SocketError) in
      try core.sockets.nextOffer(listener)
    }
    return offer.map { Offer($0, of: stack) }
  }
}

extension Stack {
  /// Connections that are asked for. From the first call of `next` on they are taken; before it they are
  /// refused. Several tasks may take them, each offer goes to one.
  public func offers(_ destination: Destination) -> Offers { Offers(stack: self) }
}
