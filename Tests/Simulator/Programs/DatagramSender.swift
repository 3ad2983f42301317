import StrataBase
import StrataSockets

/// Sends datagrams of these sizes to its one peer, a second apart, and notes what the network says.
struct DatagramSender: Program {
  let peer: SocketAddress
  let sizes: [Int]
  private(set) var errors: [SocketError] = []
  private(set) var nextDeadline = Instant.never
  private var socket: Descriptor?
  private var sent = 0

  init(to peer: String, sizes: [Int]) {
    self.peer = SocketAddress(peer)!
    self.sizes = sizes
  }

  mutating func start(_ sockets: some SocketCalls) {
    do throws(SocketError) {
      let d = try sockets.socket(.datagram)
      socket = d
      try sockets.connect(d, to: peer)
    } catch {
      errors.append(error)
    }
    expire(sockets)
  }

  mutating func expire(_ sockets: some SocketCalls) {
    guard let socket, sent < sizes.count else { return nextDeadline = .never }
    let bytes = [UInt8](repeating: UInt8(sent), count: sizes[sent])
    do throws(SocketError) {
      try sockets.send(socket, bytes.span.bytes, to: nil)
    } catch {
      errors.append(error)
    }
    sent += 1
    nextDeadline = sockets.now + .seconds(1)
  }

  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    if event.readiness.contains(.failed), let error = sockets.takeError(event.descriptor) {
      errors.append(error)
    }
  }
}

/// Notes the sizes of the datagrams that come to its port.
struct DatagramSink: Program {
  let address: SocketAddress
  private(set) var sizes: [Int] = []

  init(_ address: String) { self.address = SocketAddress(address)! }

  mutating func start(_ sockets: some SocketCalls) {
    guard let d = try? sockets.socket(.datagram) else { return }
    try? sockets.bind(d, to: address)
  }

  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    var room = [UInt8](repeating: 0, count: 65_536)
    var span = room.mutableSpan
    var target = span.mutableBytes
    while let datagram = try? sockets.receive(event.descriptor, into: &target) {
      sizes.append(datagram.count)
    }
  }
}
