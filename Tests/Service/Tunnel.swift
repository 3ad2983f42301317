import StrataBase
import StrataService
import StrataSockets

/// A gateway and a forwarder in one process: the forwarder's sockets are the system's too.
struct Tunnel: Program {
  var gateway: Gateway
  var forwarder: Forwarder
  /// Messages to the forwarder, as a recording would keep them.
  var messages = 0
  var mostWaiting = 0

  var flowCount: Int { gateway.flowCount + forwarder.flowCount }

  mutating func start(_ sockets: some SocketCalls) {}
  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    gateway.handle(event, sockets)
    forwarder.handle(event, sockets)
    exchange(sockets)
  }
  mutating func exchange(_ sockets: some SocketCalls) {
    while gateway.hasOutput || forwarder.hasOutput {
      gateway.takeOutput {
        messages += 1
        forwarder.receive($0, sockets)
      }
      forwarder.takeOutput { gateway.receive($0, sockets) }
      mostWaiting = max(mostWaiting, gateway.mostWaiting, forwarder.mostWaiting)
    }
  }
}
