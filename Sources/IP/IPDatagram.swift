import StrataBase
import StrataSockets
import StrataStack
import StrataTransport

/// A datagram from behind the tunnel.
///
/// ```swift
/// for await datagram in stack.datagrams(.anyDestination) {
///   stack.send(answer, from: datagram.destination, to: datagram.source)
/// }
/// ```
public struct IPDatagram: Hashable, Sendable {
  public let source: SocketAddress
  /// Where it wants to go.
  public let destination: SocketAddress
  public let payload: [UInt8]

  public init(source: SocketAddress, destination: SocketAddress, payload: [UInt8]) {
    self.source = source
    self.destination = destination
    self.payload = payload
  }
}

/// The datagrams of a stack, as they come. Those that nobody takes in time are lost, as the network may.
public struct Datagrams: AsyncSequence, AsyncIteratorProtocol, Sendable {
  let stack: Stack

  public func makeAsyncIterator() -> Datagrams { self }

  /// The next datagram; nil when the task is cancelled.
  public mutating func next() async -> IPDatagram? {
    let stack = stack
    guard let socket = try? stack.turn({ core in Result { try core.hearDatagrams() } }).get() else {
      return nil
    }
    return try? await stack.perform(socket, .reading) { core throws(SocketError) in
      let datagram = try core.sockets.nextDatagram(socket)
      return IPDatagram(
        source: SocketAddress(datagram.source), destination: SocketAddress(datagram.destination),
        payload: datagram.frame.bytes.array)
    }
  }
}

extension Stack {
  /// Datagrams to whatever destination. From the first call of `next` on they are taken; before it their
  /// senders hear that nobody listens.
  public func datagrams(_ destination: Destination) -> Datagrams { Datagrams(stack: self) }

  /// Sends a datagram in the name of `source`, which is the destination of one that came, usually. Throws
  /// `messageTooLong`, `wouldBlock` where no buffer is free, and `networkUnreachable`.
  public func send(
    _ payload: some Collection<UInt8>, from source: SocketAddress, to destination: SocketAddress
  ) throws(SocketError) {
    let payload = Array(payload)
    try turn { core in
      Result { () throws(SocketError) in
        let socket = try core.hearDatagrams()
        try core.sockets.send(socket, payload.span.bytes, to: destination, from: source)
      }
    }.get()
  }
}
