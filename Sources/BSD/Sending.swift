import StrataBase
import StrataSockets
import StrataStack
import StrataTransport
import StrataWire

/// `write`, `writev`, `sendto` and `sendmsg`: it waits until all bytes of a stream are taken, or for room
/// for a datagram. No call ever sends a signal.
public struct Sending: WaitingCall {
  private let socket: BSDSocket
  private let pieces: [UnsafeRawBufferPointer]
  private let flags: MessageFlags
  private let address: [UInt8]?
  private let patience: Patience
  private let count: Int
  private var done = 0
  private var hasBegun = false

  public var deadline: Instant { patience.deadline }

  /// The memory of `pieces` stays with the caller. `address`: a `sockaddr`, for datagrams.
  public init(
    _ socket: BSDSocket, _ pieces: [UnsafeRawBufferPointer], flags: MessageFlags = [],
    to address: [UInt8]? = nil
  ) {
    self.socket = socket
    self.pieces = pieces
    self.flags = flags
    self.address = address
    count = pieces.reduce(0) { $0 + $1.count }
    patience = Patience(socket, timeout: socket.options.sendTimeout, flags: flags)
  }

  /// Bytes that were taken.
  public mutating func proceed() throws(ErrorNumber) -> Int? {
    guard socket.isOpen else { throw .badDescriptor }
    // What should be urgent would be so in name only: see `Connection`.
    if flags.contains(.outOfBand) { throw .notSupported }
    return socket.isStream ? try proceedStream() : try proceedDatagram()
  }

  // MARK: Streams

  /// The order of the questions is that of tcp_sendmsg_locked (net/ipv4/tcp.c).
  private mutating func proceedStream() throws(ErrorNumber) -> Int? {
    let status = try socket.status()
    if status.role == .connection(.synSent) || status.role == .connection(.synReceived) {
      if patience.isOver { throw .again }
      return nil
    }
    let isOpen = status.role == .connection(.established) || status.role == .connection(.closeWait)
    if !isOpen || status.writesNoMore || socket.shutdown.writes || status.failure != nil {
      if done > 0 { return done }
      throw socket.takeError() ?? .brokenPipe
    }
    if !hasBegun { try cork(options: socket.options.corks || flags.contains(.more)) }
    hasBegun = true
    try put()
    if done == count { return done }
    if patience.isOver {
      if done == 0 { throw .again }
      return done
    }
    return nil
  }

  private func cork(options corks: Bool) throws(ErrorNumber) {
    try socket.call { (table, d) throws(SocketError) in
      var settings = table.settings(d)
      if settings.corks == corks { return }
      settings.corks = corks
      try table.apply(settings, to: d)
    }
  }

  /// Puts into the stream what there is room for.
  private mutating func put() throws(ErrorNumber) {
    var skip = done
    for piece in pieces {
      let rest = UnsafeRawBufferPointer(rebasing: piece[min(skip, piece.count)...])
      skip = max(skip - piece.count, 0)
      if rest.isEmpty { continue }
      do throws(SocketError) {
        let n = try socket.table.write(socket.descriptor, RawSpan(_unsafeBytes: rest))
        done += n
        if n < rest.count { return }
      } catch .wouldBlock {
        return
      } catch {
        throw ErrorNumber(error)
      }
    }
  }

  // MARK: Datagrams

  private mutating func proceedDatagram() throws(ErrorNumber) -> Int? {
    // Even a call that fails gives the socket a port (inet_send_prepare).
    try socket.nameItself()
    if count + socket.corked.count > 0xffff { throw .messageTooLong }
    let peer = try destination()
    if peer == nil, !hasPeer { throw .destinationRequired }
    if let error = socket.takeError() { throw error }
    if socket.shutdown.writes { throw .brokenPipe }
    var bytes = socket.corked
    for piece in pieces { bytes.append(contentsOf: piece) }
    if flags.contains(.more) {
      socket.corked = bytes
      return count
    }
    do throws(SocketError) {
      try socket.table.send(socket.descriptor, bytes.span.bytes, to: peer)
    } catch .wouldBlock {
      if patience.isOver { throw .again }
      return nil
    } catch {
      socket.corked = []
      throw ErrorNumber(error)
    }
    socket.corked = []
    return count
  }

  private var hasPeer: Bool { (try? socket.peerName()) != nil }

  /// Nil: the peer's.
  private func destination() throws(ErrorNumber) -> SocketAddress? {
    guard let address, !address.isEmpty else { return nil }
    let bytes = address.span.bytes
    guard let family = AddressBytes.family(bytes) else { throw .invalidArgument }
    if socket.isV6, family == SocketType.unspecified { return nil }
    if socket.isV6, family != SocketType.inet6, family != SocketType.inet { throw .invalidArgument }
    if socket.isV6, family == SocketType.inet, socket.options.v6Only { throw .networkUnreachable }
    // To a socket of IPv4 no family is its own.
    let known = !socket.isV6 && family == SocketType.unspecified ? SocketType.inet : family
    let peer = try socket.peer(bytes, family: known)
    if peer.port == 0 { throw .invalidArgument }
    return peer
  }
}
