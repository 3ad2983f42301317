import StrataBase
import StrataSockets
import StrataStack
import StrataTransport

/// `read`, `readv`, `recvfrom` and `recvmsg`: it waits for bytes, or for a datagram.
public struct Receiving: WaitingCall {
  private let socket: BSDSocket
  private let pieces: [UnsafeMutableRawBufferPointer]
  private let flags: MessageFlags
  private let patience: Patience
  private let capacity: Int
  private var done = 0

  public var deadline: Instant { patience.deadline }

  /// The memory of `pieces`, which is filled one after the other, stays with the caller.
  public init(_ socket: BSDSocket, into pieces: [UnsafeMutableRawBufferPointer], flags: MessageFlags = []) {
    self.socket = socket
    self.pieces = pieces
    self.flags = flags
    capacity = pieces.reduce(0) { $0 + $1.count }
    patience = Patience(socket, timeout: socket.options.receiveTimeout, flags: flags)
  }

  public mutating func proceed() throws(ErrorNumber) -> Received? {
    guard socket.isOpen else { throw .badDescriptor }
    // Errors are not queued, so there is never one.
    if flags.contains(.errorQueue) { throw .again }
    return socket.isStream ? try proceedStream() : try proceedDatagram()
  }

  // MARK: Streams

  /// The order of the questions is that of tcp_recvmsg_locked (net/ipv4/tcp.c).
  private mutating func proceedStream() throws(ErrorNumber) -> Received? {
    var status = try socket.status()
    if case .listener = status.role { throw .notConnected }
    // Urgent bytes stay in the stream (RFC 6093), so there are none to be had apart.
    if flags.contains(.outOfBand) { throw .invalidArgument }
    if status.readable > 0 {
      if capacity == 0 { return Received(count: 0) }
      try take()
      status = try socket.status()
    }
    let wanted = flags.contains(.waitForAll) ? capacity : min(socket.options.lowWater, capacity)
    if done >= max(wanted, 1) { return Received(count: done) }
    let isShut = status.peerEnded || status.readsNoMore || socket.shutdown.reads
    if done > 0 {
      let isEnd = isShut || status.failure != nil || patience.isOver
      return isEnd ? Received(count: done) : nil
    }
    if status.peerEnded { return Received(count: 0) }
    if let error = socket.takeError() { throw error }
    if isShut { return Received(count: 0) }
    if status.role == .fresh { throw .notConnected }
    if patience.isOver { throw .again }
    return nil
  }

  /// Moves what came into the pieces, or only copies it with MSG_PEEK, or throws it away with MSG_TRUNC.
  private mutating func take() throws(ErrorNumber) {
    if flags.contains(.peek) {
      done = 0
      for piece in pieces where !piece.isEmpty {
        done += socket.table.peek(socket.descriptor, into: piece, from: done)
      }
    } else if flags.contains(.truncated) {
      while done < capacity, try socket.status().readable > 0 {
        let most = capacity - done
        done += try socket.call { (table, d) throws(SocketError) in
          try table.drain(d) { min($0.byteCount, most) }
        }
      }
    } else {
      var skip = done
      for piece in pieces {
        let rest = UnsafeMutableRawBufferPointer(rebasing: piece[min(skip, piece.count)...])
        skip = max(skip - piece.count, 0)
        guard !rest.isEmpty, try socket.status().readable > 0 else { continue }
        var target = MutableRawSpan(_unsafeBytes: rest)
        do throws(SocketError) {
          done += try socket.table.read(socket.descriptor, into: &target)
        } catch {
          throw ErrorNumber(error)
        }
      }
    }
  }

  // MARK: Datagrams

  private mutating func proceedDatagram() throws(ErrorNumber) -> Received? {
    if let error = socket.takeError() { throw error }
    if socket.isNamed, let received = try takeDatagram() { return received }
    if patience.isOver { throw .again }
    return socket.shutdown.reads ? Received(count: 0) : nil
  }

  private func takeDatagram() throws(ErrorNumber) -> Received? {
    let keeps = flags.contains(.peek)
    return try socket.call { (table, d) throws(SocketError) in
      try table.withDatagram(d, keeps: keeps) { datagram in
        let bytes = datagram.frame.bytes
        var stored = 0
        for piece in pieces where stored < bytes.byteCount && !piece.isEmpty {
          let part = bytes.extracting(stored..<min(stored + piece.count, bytes.byteCount))
          var target = MutableRawSpan(_unsafeBytes: piece)
          target.set(part, at: 0)
          stored += part.byteCount
        }
        let from = SocketAddress(address: datagram.source.address, port: datagram.source.port)
        var received = Received(count: stored, from: AddressBytes.bytes(from, asV6: socket.isV6))
        if stored < bytes.byteCount { received.flags.insert(.truncated) }
        if flags.contains(.truncated) { received.count = bytes.byteCount }
        received.control = socket.control(for: datagram)
        return received
      }
    }
  }
}
