import StrataBase

/// A connected stream whose calls wait. One task may read while another writes; a second reader or
/// writer that would have to wait throws `invalidArgument`. Closed when its last reference goes.
///
/// ```swift
/// let socket = try await net.connect(to: SocketAddress("10.0.0.1:7")!)
/// try await socket.write([1, 2, 3])
/// try socket.closeWrite()
/// let answer = try await socket.read(atMost: 1_024, until: net.calls.now + .seconds(5))
/// ```
public final class AsyncStreamSocket<Calls: SocketCalls>: @unchecked Sendable {
  public let descriptor: Descriptor
  let net: AsyncSockets<Calls>
  private var isClosed = false

  init(_ descriptor: Descriptor, of net: AsyncSockets<Calls>) {
    self.descriptor = descriptor
    self.net = net
  }
  deinit { close() }

  // MARK: Reading

  /// Reads what is there into the front of `target` and gives its count; 0 is the end of the stream.
  nonisolated(nonsending) public func read(
    into target: inout MutableRawSpan, until deadline: Instant? = nil
  ) async throws(SocketError) -> Int {
    while true {
      try checkOpen()
      do throws(SocketError) {
        return try net.calls.read(descriptor, into: &target)
      } catch .wouldBlock {
      } catch {
        throw error
      }
      try await net.wait(descriptor, .reading, until: deadline)
    }
  }

  /// Reads what is there, at most so many bytes; none is the end of the stream.
  nonisolated(nonsending) public func read(
    atMost count: Int, until deadline: Instant? = nil
  ) async throws(SocketError) -> [UInt8] {
    guard count > 0 else { throw .invalidArgument }
    var bytes: [UInt8] = []
    _ = try await drain(until: deadline) { span in
      let n = min(count, span.byteCount)
      bytes = span.extracting(0..<n).array
      return n
    }
    return bytes
  }

  /// Reads in place, as `SocketCalls.drain` does; 0 without a call of `body` is the end of the stream.
  nonisolated(nonsending) public func drain(
    until deadline: Instant? = nil, _ body: (RawSpan) -> Int
  ) async throws(SocketError) -> Int {
    while true {
      try checkOpen()
      do throws(SocketError) {
        return try net.calls.drain(descriptor, body)
      } catch .wouldBlock {
      } catch {
        throw error
      }
      try await net.wait(descriptor, .reading, until: deadline)
    }
  }

  // MARK: Writing

  /// Writes all of it. When it throws, an unknown part was written.
  nonisolated(nonsending) public func write(
    _ bytes: RawSpan, until deadline: Instant? = nil
  ) async throws(SocketError) {
    var done = 0
    while done < bytes.byteCount {
      try checkOpen()
      do throws(SocketError) {
        done += try net.calls.write(descriptor, bytes.extracting(done..<bytes.byteCount))
        continue
      } catch .wouldBlock {
      } catch {
        throw error
      }
      try await net.wait(descriptor, .writing, until: deadline)
    }
  }

  /// Writes all of it.
  nonisolated(nonsending) public func write(
    _ bytes: [UInt8], until deadline: Instant? = nil
  ) async throws(SocketError) {
    try await write(bytes.span.bytes, until: deadline)
  }

  /// Writes in place, as `SocketCalls.fill` does.
  nonisolated(nonsending) public func fill(
    until deadline: Instant? = nil, _ body: (inout MutableRawSpan) -> Int
  ) async throws(SocketError) -> Int {
    while true {
      try checkOpen()
      do throws(SocketError) {
        return try net.calls.fill(descriptor, body)
      } catch .wouldBlock {
      } catch {
        throw error
      }
      try await net.wait(descriptor, .writing, until: deadline)
    }
  }

  // MARK: Closing

  /// Writes no more: the peer reads the end of the stream after what was written.
  public func closeWrite() throws(SocketError) {
    try checkOpen()
    try net.calls.shutdown(descriptor, .write)
  }

  /// Closes in order, as `SocketCalls.close` does. A task that waits throws `badDescriptor`.
  public func close() {
    if isClosed { return }
    isClosed = true
    net.calls.close(descriptor)
    net.release(descriptor)
  }

  /// Closes at once: the peer's calls throw `connectionReset`.
  public func abort() {
    if isClosed { return }
    isClosed = true
    net.calls.abort(descriptor)
    net.release(descriptor)
  }

  // MARK: State

  public var localAddress: SocketAddress {
    get throws(SocketError) {
      try checkOpen()
      return try net.calls.localAddress(descriptor)
    }
  }

  public var peerAddress: SocketAddress {
    get throws(SocketError) {
      try checkOpen()
      return try net.calls.peerAddress(descriptor)
    }
  }

  public func setOption(_ option: SocketOption) throws(SocketError) {
    try checkOpen()
    try net.calls.setOption(descriptor, option)
  }

  private func checkOpen() throws(SocketError) {
    if isClosed { throw .badDescriptor }
  }
}
