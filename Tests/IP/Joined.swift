import StrataBase
import StrataIP
import StrataSockets
import StrataWire

/// A client's stack and a tunnel's, whose packets go straight to each other.
struct Joined: Sendable {
  let client: Stack
  let tunnel: Stack

  init(memory: MemorySize = .mebibytes(16), time: Stack.Time = .continuous, loses: Bool = false) {
    client = Stack(
      .ip(mtu: 1_500), memory: .mebibytes(64),
      addresses: [AddressPrefix("10.9.0.1/24")!, AddressPrefix("fd09::1/64")!], time: time, seed: 1)
    tunnel = Stack(.ip(mtu: 1_500), memory: memory, time: time, seed: 2)
    let (client, tunnel) = (client, tunnel)
    client.onOutput { [weak tunnel] packets in tunnel?.receive(packets.arrays) }
    tunnel.onOutput { [weak client] packets in client?.receive(packets.arrays) }
  }

  /// Moves both clocks.
  func advance(to now: Instant) {
    client.advance(to: now)
    tunnel.advance(to: now)
  }
}

/// Somewhere far away, in both versions.
let places = [SocketAddress("192.0.2.7:443")!, SocketAddress("[2001:db8::7]:443")!]
