import StrataBase
import StrataKernel
import StrataSockets

/// The operating system's sockets with a clock that only the test moves.
final class ClockedSockets: SocketCalls {
  let kernel: KernelSockets
  var now = Instant.start

  init(_ kernel: KernelSockets) { self.kernel = kernel }

  func socket(_ kind: SocketKind) throws(SocketError) -> Descriptor { try kernel.socket(kind) }
  func bind(_ d: Descriptor, to address: SocketAddress) throws(SocketError) {
    try kernel.bind(d, to: address)
  }
  func listen(_ d: Descriptor, backlog: Int) throws(SocketError) { try kernel.listen(d, backlog: backlog) }
  func accept(_ d: Descriptor) throws(SocketError) -> (descriptor: Descriptor, peer: SocketAddress) {
    try kernel.accept(d)
  }
  func connect(_ d: Descriptor, to peer: SocketAddress) throws(SocketError) {
    try kernel.connect(d, to: peer)
  }
  func takeError(_ d: Descriptor) -> SocketError? { kernel.takeError(d) }
  func read(_ d: Descriptor, into target: inout MutableRawSpan) throws(SocketError) -> Int {
    try kernel.read(d, into: &target)
  }
  func write(_ d: Descriptor, _ bytes: RawSpan) throws(SocketError) -> Int { try kernel.write(d, bytes) }
  func drain(_ d: Descriptor, _ body: (RawSpan) -> Int) throws(SocketError) -> Int {
    try kernel.drain(d, body)
  }
  func fill(_ d: Descriptor, _ body: (inout MutableRawSpan) -> Int) throws(SocketError) -> Int {
    try kernel.fill(d, body)
  }
  func send(_ d: Descriptor, _ datagram: RawSpan, to peer: SocketAddress?) throws(SocketError) {
    try kernel.send(d, datagram, to: peer)
  }
  func receive(
    _ d: Descriptor, into target: inout MutableRawSpan
  ) throws(SocketError) -> (count: Int, from: SocketAddress) { try kernel.receive(d, into: &target) }
  func shutdown(_ d: Descriptor, _ way: Shutdown) throws(SocketError) { try kernel.shutdown(d, way) }
  func close(_ d: Descriptor) { kernel.close(d) }
  func abort(_ d: Descriptor) { kernel.abort(d) }
  func setOption(_ d: Descriptor, _ option: SocketOption) throws(SocketError) {
    try kernel.setOption(d, option)
  }
  func localAddress(_ d: Descriptor) throws(SocketError) -> SocketAddress { try kernel.localAddress(d) }
  func peerAddress(_ d: Descriptor) throws(SocketError) -> SocketAddress { try kernel.peerAddress(d) }
  func readiness(_ d: Descriptor) -> Readiness { kernel.readiness(d) }
  func unsent(_ d: Descriptor) -> Int { kernel.unsent(d) }
  func nextEvent() -> SocketEvent? { kernel.nextEvent() }
}
