import StrataBase
import StrataSockets
import StrataWire

/// What the server of a cable ground answers with: echo on port 7 (RFC 862) and discard on port 9
/// (RFC 863), over TCP and UDP, IPv4 and IPv6.
struct EchoServices: Program {
  static var echo: UInt16 { 7 }
  static var discard: UInt16 { 9 }

  private var echoListener: Descriptor?
  private var discardListener: Descriptor?
  private var echoDatagrams: Descriptor?
  private var discardDatagrams: Descriptor?
  /// Connections whose bytes are let go. All others are sent back theirs.
  private var discarding: Set<Descriptor> = []

  mutating func start(_ sockets: some SocketCalls) {
    echoListener = Self.open(.stream, Self.echo, sockets)
    discardListener = Self.open(.stream, Self.discard, sockets)
    echoDatagrams = Self.open(.datagram, Self.echo, sockets)
    discardDatagrams = Self.open(.datagram, Self.discard, sockets)
  }

  /// A socket of both versions; nil where somebody else has its port.
  private static func open(_ kind: SocketKind, _ port: UInt16, _ sockets: some SocketCalls) -> Descriptor? {
    do throws(SocketError) {
      let d = try sockets.socket(kind)
      try sockets.bind(d, to: SocketAddress(address: .any, port: port))
      if kind == .stream { try sockets.listen(d, backlog: 128) }
      return d
    } catch { return nil }
  }

  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    let d = event.descriptor
    switch d {
    case echoListener, discardListener:
      while let (client, _) = try? sockets.accept(d) {
        if d == discardListener { discarding.insert(client) }
      }
    case echoDatagrams, discardDatagrams: answer(d, sockets)
    default:
      if !pass(d, sockets) {
        discarding.remove(d)
        sockets.close(d)
      }
    }
  }

  /// Takes all datagrams that wait.
  private func answer(_ d: Descriptor, _ sockets: some SocketCalls) {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    var span = bytes.mutableSpan
    var room = span.mutableBytes
    while let got = try? sockets.receive(d, into: &room) {
      if d == echoDatagrams { try? sockets.send(d, room.bytes.extracting(first: got.count), to: got.from) }
    }
  }

  /// Moves what a connection has for us, as far as its peer takes it back. False: it is over.
  private func pass(_ d: Descriptor, _ sockets: some SocketCalls) -> Bool {
    let isDiscarded = discarding.contains(d)
    do throws(SocketError) {
      while true {
        var isEnd = true
        var failure: SocketError?
        _ = try sockets.drain(d) { bytes in
          isEnd = false
          if isDiscarded { return bytes.byteCount }
          do throws(SocketError) { return try sockets.write(d, bytes) } catch {
            failure = error
            return 0
          }
        }
        if let failure { throw failure }
        if isEnd { return false }
      }
    } catch { return error == .wouldBlock }
  }
}
