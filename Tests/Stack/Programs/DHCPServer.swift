import StrataBase
import StrataSockets
import StrataWire

/// A tiny server: it gives 10.0.0.100 to all who ask, with itself as their router.
struct DHCPServer: Program {
  /// Seconds.
  var lease: UInt32 = 600
  /// Says nothing.
  var isSilent = false
  /// Refuses every request.
  var refuses = false
  private(set) var heard: [DHCPMessageType] = []
  private var socket: Descriptor?
  private let address = Address("10.0.0.1")!

  mutating func start(_ sockets: some SocketCalls) {
    guard let socket = try? sockets.socket(.datagram) else { return }
    try? sockets.setOption(socket, .broadcast(true))
    try? sockets.bind(socket, to: SocketAddress(address: .anyV4, port: DHCPHeader.serverPort))
    self.socket = socket
  }

  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    var bytes = [UInt8](repeating: 0, count: 1_500)
    while let socket {
      var span = bytes.mutableSpan
      var target = span.mutableBytes
      guard let got = try? sockets.receive(socket, into: &target) else { return }
      answer(target.bytes.extracting(first: got.count), from: got.from, socket, sockets)
    }
  }

  private mutating func answer(
    _ bytes: RawSpan, from: SocketAddress, _ socket: Descriptor, _ sockets: some SocketCalls
  ) {
    guard let question = try? DHCPView(bytes), let type = question.type, !question.isReply else { return }
    heard.append(type)
    if isSilent { return }
    let answer: DHCPMessageType = type == .discover ? .offer : refuses ? .refusal : .acknowledgment
    var reply = [UInt8](repeating: 0, count: DHCPHeader.count)
    var span = reply.mutableSpan
    var out = span.mutableBytes
    DHCPHeader.emit(
      &out, at: 0, isReply: true, transaction: question.transaction, yours: Address("10.0.0.100")!,
      hardware: question.hardware)
    let time = (0..<4).map { UInt8(truncatingIfNeeded: lease >> UInt32(24 - 8 * $0)) }
    reply += [53, 1, answer.rawValue, 54, 4, 10, 0, 0, 1, 1, 4, 255, 255, 255, 0, 3, 4, 10, 0, 0, 1]
    reply += [51, 4] + time + [255]
    let to = question.wantsBroadcast ? Address.broadcastV4 : question.client
    try? sockets.send(
      socket, reply.span.bytes, to: SocketAddress(address: to, port: DHCPHeader.clientPort))
  }
}
