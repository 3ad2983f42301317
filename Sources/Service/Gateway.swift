import StrataBase
import StrataSockets

/// The half of a relay outside a world: it accepts real clients on the operating system's sockets, and
/// carries their bytes to a `Forwarder` inside by messages.
///
/// ```swift
/// var gateway = Gateway(address: SocketAddress("127.0.0.1:8080")!)
/// try gateway.listen(kernel)
/// while let event = kernel.nextEvent() { gateway.handle(event, kernel) }
/// gateway.takeOutput { forwarder.receive($0, sockets) }      // record them here
/// forwarder.takeOutput { gateway.receive($0, kernel) }
/// ```
///
/// A half-close and a reset travel through in both directions. A client beyond the bound of 1,024 waits
/// in the listener's queue.
public struct Gateway: Program {
  /// Where it listens. Port 0 takes a free one, which `localAddress` tells.
  public let address: SocketAddress
  /// Clients that may wait to be accepted: as many as there may be flows.
  public let backlog: Int
  public private(set) var localAddress: SocketAddress?
  /// Why `start` could not listen.
  public private(set) var failure: SocketError?
  private var listener: Descriptor?
  private var relay = Relay()
  /// Clients may wait in the listener's queue, because there was no room for them.
  private var isBehind = false

  public init(address: SocketAddress, backlog: Int = Gateway.mostFlows) {
    self.address = address
    self.backlog = backlog
  }

  /// The most clients at a time.
  public static var mostFlows: Int { Relay.mostFlows }
  /// How long nothing may move in a flow before `closeServed` gives it up.
  public static var silenceLimit: Interval { .seconds(5) }

  public var flowCount: Int { relay.openCount }
  public var hasOutput: Bool { !relay.outbox.isEmpty }
  /// The most bytes that wait in one flow for its client to take them.
  public var mostWaiting: Int { relay.mostWaiting }

  /// Begins to listen, and throws where that fails: the address is in use, or not ours.
  public mutating func listen(_ sockets: some SocketCalls) throws(SocketError) {
    let descriptor = try sockets.socket(.stream)
    do throws(SocketError) {
      try sockets.setOption(descriptor, .reuseAddress(true))
      try sockets.bind(descriptor, to: address)
      try sockets.listen(descriptor, backlog: backlog)
      localAddress = try sockets.localAddress(descriptor)
    } catch {
      sockets.close(descriptor)
      throw error
    }
    listener = descriptor
  }

  public mutating func start(_ sockets: some SocketCalls) {
    do throws(SocketError) { try listen(sockets) } catch { failure = error }
  }

  public mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    if event.descriptor == listener { return accept(sockets) }
    relay.handle(event, sockets)
    if isBehind { accept(sockets) }
  }

  /// A message of the forwarder. What is no message is ignored.
  public mutating func receive(_ input: RawSpan, _ sockets: some SocketCalls) {
    guard let message = RelayMessage(input) else { return }
    relay.receive(message, sockets)
    // A flow that ended makes room for a client that waits.
    if isBehind { accept(sockets) }
  }

  /// Hands over the messages for the forwarder, in order.
  public mutating func takeOutput(_ body: (RawSpan) -> Void) { relay.outbox.take(body) }

  /// Takes no more clients; those that are here go on.
  public mutating func stopListening(_ sockets: some SocketCalls) {
    if let listener { sockets.close(listener) }
    listener = nil
  }

  /// Closes the clients that have all that there was for them, and resets those with whom nothing has moved
  /// for 5 seconds: one that keeps its side of a connection open and says nothing would hold up the end for
  /// ever, and so would one that waits for an answer that a lossy cable has lost.
  public mutating func closeServed(_ sockets: some SocketCalls) {
    relay.closeShut(sockets)
    relay.abortSilent(for: Self.silenceLimit, sockets)
  }

  /// When `closeServed` has something to do again at the latest.
  public var silenceEnds: Instant {
    let since = relay.longestSilence
    return since == .never ? .never : since + Self.silenceLimit
  }

  public var nextDeadline: Instant { relay.nextDeadline }
  public mutating func expire(_ sockets: some SocketCalls) { relay.expire(sockets) }

  /// Resets every client and stops to listen.
  public mutating func stop(_ sockets: some SocketCalls) {
    stopListening(sockets)
    relay.abortAll(sockets)
  }

  private mutating func accept(_ sockets: some SocketCalls) {
    guard let listener else { return }
    while !relay.isFull {
      do throws(SocketError) {
        let (descriptor, peer) = try sockets.accept(listener)
        // The other half decides when bytes go; no second opinion here.
        try? sockets.setOption(descriptor, .noDelay(true))
        guard let flow = relay.open(descriptor, port: peer.port, now: sockets.now) else { return }
        relay.outbox.append(openedFrom: peer.port, flow)
      } catch .connectionAborted {
        continue
      } catch {
        isBehind = false
        return
      }
    }
    isBehind = true
  }
}
