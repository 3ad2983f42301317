import StrataBase
import StrataSockets

/// The half of a relay inside a world: for every client of the gateway outside it connects to `target`,
/// and copies both ways. It reaches the outside by messages alone (`RelayMessage`), so a recording of the
/// messages that it received replays the world.
///
/// ```swift
/// var forwarder = Forwarder(target: SocketAddress("10.0.0.2:80")!)
/// forwarder.receive(message, sockets)               // from the gateway
/// forwarder.takeOutput { gateway.receive($0, kernel) }
/// ```
///
/// Take its output after every call: it grows by at most 256 KiB a flow until then.
public struct Forwarder: Program {
  /// Where the flows go inside the world.
  public let target: SocketAddress
  private var relay = Relay()
  /// Connections to the target that failed.
  public private(set) var refusals = 0

  public init(target: SocketAddress) { self.target = target }

  /// Flows that are open now.
  public var flowCount: Int { relay.openCount }
  /// Whether messages wait for `takeOutput`.
  public var hasOutput: Bool { !relay.outbox.isEmpty }
  /// The most bytes that wait in one flow for the target to take them.
  public var mostWaiting: Int { relay.mostWaiting }

  /// The port from which a flow that is open goes to the target.
  public func port(of flow: UInt32) -> UInt16? { relay.port(of: flow) }

  public mutating func start(_ sockets: some SocketCalls) {}

  public var nextDeadline: Instant { relay.nextDeadline }
  public mutating func expire(_ sockets: some SocketCalls) { relay.expire(sockets) }
  /// Resets the connections in which nothing has moved for 5 seconds: an end of the cable that has lost the
  /// other's reset would hold up the end for ever.
  public mutating func closeSilent(_ sockets: some SocketCalls) {
    relay.abortSilent(for: Gateway.silenceLimit, sockets)
  }

  /// When `closeSilent` has something to do at the earliest.
  public var silenceEnds: Instant {
    let since = relay.longestSilence
    return since == .never ? .never : since + Gateway.silenceLimit
  }

  /// Resets all connections to the target.
  public mutating func stop(_ sockets: some SocketCalls) { relay.abortAll(sockets) }

  public mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    relay.handle(event, sockets)
  }

  /// A message of the gateway. What is no message is ignored.
  public mutating func receive(_ input: RawSpan, _ sockets: some SocketCalls) {
    guard let message = RelayMessage(input) else { return }
    if message.kind == .opened { open(message.flow, sockets) } else { relay.receive(message, sockets) }
  }

  /// Hands over the messages for the gateway, in order.
  public mutating func takeOutput(_ body: (RawSpan) -> Void) { relay.outbox.take(body) }

  private mutating func open(_ flow: UInt32, _ sockets: some SocketCalls) {
    if relay.isTaken(flow) { return relay.outbox.append(.refused, flow) }
    do throws(SocketError) {
      let descriptor = try sockets.socket(.stream)
      var isConnected = false
      do throws(SocketError) {
        try sockets.connect(descriptor, to: target)
        isConnected = true
      } catch .inProgress {
      } catch {
        sockets.close(descriptor)
        throw error
      }
      let port = (try? sockets.localAddress(descriptor).port) ?? 0
      relay.join(
        RelayFlow(
          id: flow, descriptor: descriptor, isConnected: isConnected, port: port, now: sockets.now))
    } catch {
      refusals += 1
      relay.outbox.append(.refused, flow)
    }
  }
}
