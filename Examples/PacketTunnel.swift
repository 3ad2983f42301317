import Strata
import StrataIP

/// What hands out IP packets: a TUN device, the packet flow of a VPN app.
public protocol PacketTunnel: Sendable {
  func write(_ packet: RawSpan)
  func onPacket(_ body: @escaping @Sendable (RawSpan) -> Void)
}

/// The examples of docs/tunnel.md.
public struct TunnelGateway<Upstream: Sendable>: Sendable {
  let tunnel: any PacketTunnel
  let dial: @Sendable (SocketAddress) async throws -> Upstream
  let carry: @Sendable (TCPStream, Upstream) async throws -> Void
  let ask: @Sendable (SocketAddress, [UInt8]) async throws -> [UInt8]

  public func run() async throws {
    let stack = Stack(.ip(mtu: 1_500), memory: .mebibytes(16))
    stack.onOutput { packets in packets.forEach { tunnel.write($0) } }
    tunnel.onPacket { stack.receive($0) }
    for await offer in stack.offers(.anyDestination) {
      guard let upstream = try? await dial(offer.destination) else {
        offer.refuse()
        continue
      }
      let near = try await offer.accept()
      Task { try await carry(near, upstream) }
    }
  }

  public func answer(_ stack: Stack) async throws {
    for await datagram in stack.datagrams(.anyDestination) {
      let answer = try await ask(datagram.destination, datagram.payload)
      try stack.send(answer, from: datagram.destination, to: datagram.source)
    }
  }
}
