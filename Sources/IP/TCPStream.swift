import StrataBase
import StrataSockets
import StrataStack
import StrataWire
import Synchronization

/// One TCP connection of a `Stack`. One task may read while another writes. Closed when it is let go of.
///
/// ```swift
/// while case let bytes = try await stream.read(atMost: 16_384), !bytes.isEmpty {
///   try await stream.write(bytes)
/// }
/// stream.finish()
/// ```
public final class TCPStream: Sendable {
  public let localAddress: SocketAddress
  public let peerAddress: SocketAddress

  private let stack: Stack
  private let descriptor: Descriptor
  private let isClosed = Atomic(false)

  init(_ descriptor: Descriptor, of stack: Stack, local: SocketAddress, peer: SocketAddress) {
    self.descriptor = descriptor
    self.stack = stack
    localAddress = local
    peerAddress = peer
  }

  deinit { close() }

  /// What has arrived, at least a byte; nothing at the end of the stream.
  ///
  /// Throws `connectionReset`, `timedOut` and the like, `cancelled` when the task is, `badDescriptor` after
  /// `close`.
  public func read(atMost count: Int) async throws(SocketError) -> [UInt8] {
    precondition(count > 0, "read something")
    let descriptor = try open()
    return try await stack.perform(descriptor, .reading) { core throws(SocketError) in
      var bytes: [UInt8] = []
      while bytes.count < count {
        do throws(SocketError) {
          let read = try core.sockets.drain(descriptor) { piece in
            let part = piece.extracting(first: min(piece.byteCount, count - bytes.count))
            part.withUnsafeBytes { bytes.append(contentsOf: $0) }
            return part.byteCount
          }
          if read == 0 { break }
        } catch {
          if bytes.isEmpty { throw error }
          break
        }
      }
      return bytes
    }
  }

  /// Writes all of it, waiting where the other side does not read. Throws as `read`, and `brokenPipe` after
  /// `finish`.
  public func write(_ bytes: some Collection<UInt8> & Sendable) async throws(SocketError) {
    let descriptor = try open()
    let bytes = Array(bytes)
    var at = 0
    while at < bytes.count {
      let start = at
      at += try await stack.perform(descriptor, .writing) { core throws(SocketError) in
        try core.sockets.write(descriptor, bytes.span.bytes.extracting(droppingFirst: start))
      }
    }
  }

  /// Says that no more will be written. What was is still sent, and reading goes on.
  public func finish() {
    guard let descriptor = try? open() else { return }
    stack.turn { try? $0.sockets.shutdown(descriptor, .write) }
  }

  /// Ends it in order: what was written is still sent. Tasks that wait throw `badDescriptor`.
  public func close() { end(isAbort: false) }

  /// Ends it at once; the other side gets a reset.
  public func reset() { end(isAbort: true) }

  private func open() throws(SocketError) -> Descriptor {
    if isClosed.load(ordering: .acquiring) { throw .badDescriptor }
    return descriptor
  }

  private func end(isAbort: Bool) {
    if isClosed.exchange(true, ordering: .acquiringAndReleasing) { return }
    let descriptor = descriptor
    stack.turn { $0.close(descriptor, isAbort: isAbort) }
  }
}

extension Stack {
  /// Connects from the stack's own address. Throws `connectionRefused`, `timedOut`, `networkUnreachable`
  /// where it has no address of that version, and `cancelled`.
  public func connect(to peer: SocketAddress) async throws(SocketError) -> TCPStream {
    let d = try turn { core in Result { () throws(SocketError) in try core.sockets.socket(.stream) } }.get()
    do throws(SocketError) {
      var hasBegun = false
      let local = try await perform(d, .writing) { core throws(SocketError) in
        if !hasBegun {
          hasBegun = true
          try core.sockets.connect(d, to: peer)
        }
        if let error = core.sockets.takeError(d) { throw error }
        guard core.sockets.readiness(d).contains(.writable) else { throw .wouldBlock }
        return try core.sockets.localAddress(d)
      }
      return TCPStream(d, of: self, local: local, peer: peer)
    } catch {
      turn { $0.close(d, isAbort: true) }
      throw error
    }
  }
}
