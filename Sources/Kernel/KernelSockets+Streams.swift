import CLoop
import Glibc
import StrataBase
import StrataSockets

/// Bytes go in and out of connected streams.
extension KernelSockets {
  /// The stream can be read and written, or has to wait until it is connected.
  private func checkConnected(_ d: Descriptor) throws(SocketError) {
    try check(d, .stream)
    if let error = self[d].error {
      self[d].error = nil
      throw error
    }
    switch self[d].state {
    // The system may know of the connection before the loop has told us; and it says when there is none.
    case .connected, .connecting: return
    default: throw .notConnected
    }
  }

  // MARK: Reading

  public func read(_ d: Descriptor, into target: inout MutableRawSpan) throws(SocketError) -> Int {
    try checkConnected(d)
    if target.byteCount == 0 { throw .invalidArgument }
    if !self[d].unread.isEmpty {
      let n = target.withUnsafeMutableBytes { self[d].unread.copy(to: $0) }
      self[d].unread.drop(n)
      return n
    }
    if self[d].isDry { throw .wouldBlock }
    let n = target.withUnsafeMutableBytes { recv(d.rawValue, $0.baseAddress, $0.count, 0) }
    let error = n < 0 ? readError() : nil
    noteDryness(d, read: n, of: target.byteCount)
    if let error { throw error }
    return n
  }

  public func drain(_ d: Descriptor, _ body: (RawSpan) -> Int) throws(SocketError) -> Int {
    try checkConnected(d)
    if self[d].isDry, self[d].unread.isEmpty { throw .wouldBlock }
    let piece = takeReadPiece()
    defer { giveReadPiece(piece) }
    var count = self[d].unread.copy(to: piece)
    let kept = count
    if count < piece.count, !self[d].isDry {
      let n = recv(d.rawValue, piece.baseAddress! + count, piece.count - count, 0)
      let error = n < 0 ? readError() : nil
      noteDryness(d, read: n, of: piece.count - kept)
      if n > 0 { count += n }
      if let error {
        if kept == 0 { throw error }
        // What came before the error is shown before it.
        if error != .wouldBlock { self[d].error = error }
      }
    }
    if count == 0 { return 0 }
    let serial = self[d].serial
    let used = body(RawSpan(_unsafeStart: UnsafeRawPointer(piece.baseAddress!), byteCount: count))
    guard isSame(d, serial) else { return used }
    guard used >= 0, used <= count else { throw .invalidArgument }
    if count == kept {
      self[d].unread.drop(used)
    } else {
      self[d].unread.set(UnsafeRawBufferPointer(rebasing: piece[used..<count]))
    }
    return used
  }

  /// sendfile(2) knows no MSG_NOSIGNAL: without this, a peer that is gone ends the process. A program that
  /// wants the signal has said so before.
  private static let ignoreBrokenPipes: Void = {
    let before = signal(SIGPIPE, SIG_IGN)
    if let before, unsafeBitCast(before, to: Int.self) > 1 { signal(SIGPIPE, before) }
  }()

  /// After a read that found nothing, or less than it had room for.
  private func noteDryness(_ d: Descriptor, read: Int, of room: Int) {
    if readsByEvents, read != 0, read < room, !self[d].endIsNear { self[d].isDry = true }
  }

  private func readError() -> SocketError { errno == EINTR ? .wouldBlock : lastError() }

  // MARK: Writing

  public func write(_ d: Descriptor, _ bytes: RawSpan) throws(SocketError) -> Int {
    try checkWritable(d)
    if bytes.byteCount == 0 { return 0 }
    let n = bytes.withUnsafeBytes { Glibc.send(d.rawValue, $0.baseAddress, $0.count, Self.sendFlags) }
    if n < bytes.byteCount { self[d].isWriteBlocked = true }
    if n < 0 { throw lastError() }
    self[d].state = .connected
    return n
  }

  public func fill(
    _ d: Descriptor, _ body: (inout MutableRawSpan) -> Int
  ) throws(SocketError) -> Int {
    try checkWritable(d)
    // What the body fills is accepted, so there has to be a connection for it.
    if case .connecting = self[d].state {
      if readiness(d).isDisjoint(with: .writable) { throw .wouldBlock }
      self[d].state = .connected
    }
    let piece = takeWritePiece()
    defer { giveWritePiece(piece) }
    let serial = self[d].serial
    var span = MutableRawSpan(_unsafeBytes: piece)
    let filled = body(&span)
    guard filled >= 0, filled <= piece.count else { throw .invalidArgument }
    guard isSame(d, serial) else { throw .badDescriptor }
    if filled == 0 { return 0 }
    var n = Glibc.send(d.rawValue, piece.baseAddress, filled, Self.sendFlags)
    if n < 0 {
      let error = lastError()
      if error != .wouldBlock { throw error }
      n = 0
    }
    if n < filled { self[d].unsent.set(UnsafeRawBufferPointer(rebasing: piece[n..<filled])) }
    return filled
  }

  public func sendFile(
    _ d: Descriptor, from file: Int32, at offset: UInt64, count: Int
  ) throws(SocketError) -> Int {
    try checkWritable(d)
    guard count > 0, let start = off_t(exactly: offset) else { throw .invalidArgument }
    Self.ignoreBrokenPipes
    var at = start
    let n = Glibc.sendfile(d.rawValue, file, &at, count)
    if n < count { self[d].isWriteBlocked = true }
    if n < 0 { throw lastError() }
    return n
  }

  private static var sendFlags: Int32 { Int32(MSG_NOSIGNAL) }

  private func checkWritable(_ d: Descriptor) throws(SocketError) {
    try checkConnected(d)
    if self[d].isWriteEnded { throw .brokenPipe }
    if flush(d) { return }
    if let error = self[d].error {
      self[d].error = nil
      throw error
    }
    self[d].isWriteBlocked = true
    throw .wouldBlock
  }

  /// Hands what an earlier `fill` left to the system. True when nothing is left; false when there is no
  /// room, or when it failed, with the error kept.
  func flush(_ d: Descriptor) -> Bool {
    if self[d].unsent.isEmpty { return true }
    while !self[d].unsent.isEmpty {
      let n = self[d].unsent.withUnsafeBytes {
        Glibc.send(d.rawValue, $0.baseAddress, $0.count, Self.sendFlags)
      }
      if n < 0 {
        let error = lastError()
        if error == .wouldBlock { return false }
        self[d].unsent = Leftover()
        self[d].error = error
        return false
      }
      self[d].unsent.drop(n)
    }
    if self[d].isWriteEnded { try? endWriting(d) }
    return true
  }

  public func unsent(_ d: Descriptor) -> Int {
    guard isOpen(d), self[d].kind == .stream else { return 0 }
    return self[d].unsent.count + Int(max(0, strata_unsent(d.rawValue)))
  }
}
