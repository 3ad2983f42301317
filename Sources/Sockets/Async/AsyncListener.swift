import StrataBase

/// A listening socket whose `accept` waits. Closed when its last reference goes.
///
/// ```swift
/// let listener = try net.listen(SocketAddress("[::]:80")!, backlog: 128)
/// let socket = try await listener.accept()
/// ```
public final class AsyncListener<Calls: SocketCalls>: @unchecked Sendable {
  public let descriptor: Descriptor
  let net: AsyncSockets<Calls>
  private var isClosed = false

  init(_ descriptor: Descriptor, of net: AsyncSockets<Calls>) {
    self.descriptor = descriptor
    self.net = net
  }
  deinit { close() }

  /// The next connection. Throws `timedOut` after `deadline`, `cancelled` when the task is.
  nonisolated(nonsending) public func accept(
    until deadline: Instant? = nil
  ) async throws(SocketError) -> AsyncStreamSocket<Calls> {
    try await net.checkGround()
    while true {
      if isClosed { throw .badDescriptor }
      do throws(SocketError) {
        return AsyncStreamSocket(try net.calls.accept(descriptor).descriptor, of: net)
      } catch .wouldBlock {
      } catch {
        throw error
      }
      try await net.wait(descriptor, .reading, until: deadline)
    }
  }

  public var localAddress: SocketAddress {
    get throws(SocketError) {
      if isClosed { throw .badDescriptor }
      return try net.calls.localAddress(descriptor)
    }
  }

  /// Accepts no more. A task that waits throws `badDescriptor`.
  public func close() {
    if isClosed { return }
    isClosed = true
    net.calls.close(descriptor)
    net.release(descriptor)
  }
}
