import CLoop
import Glibc
import StrataBase
import StrataLoop
import StrataSockets
import StrataWire

/// Sockets are made, named, connected and closed.
extension KernelSockets {
  public func socket(_ kind: SocketKind) throws(SocketError) -> Descriptor {
    if count >= capacity { throw .tooManyDescriptors }
    let (fd, isRaw) = try makeSocket(kind, AF_INET)
    let d = adopt(fd, kind)
    if isRaw { self[d].rawIdentifier = UInt16.random(in: 1...UInt16.max) }
    return d
  }

  private func makeSocket(
    _ kind: SocketKind, _ family: Int32
  ) throws(SocketError) -> (fd: Int32, isRaw: Bool) {
    let type = kind == .stream ? SOCK_STREAM : SOCK_DGRAM
    let flags = SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
    let echo = family == AF_INET ? Int32(IPPROTO_ICMP) : Int32(IPPROTO_ICMPV6)
    var fd = Glibc.socket(family, Int32(type.rawValue | flags), kind == .echo ? echo : 0)
    // net.ipv4.ping_group_range leaves our group out; a raw socket takes another right (CAP_NET_RAW).
    let isRaw = kind == .echo && fd < 0 && errno == EACCES
    if isRaw { fd = strata_raw_echo(family) }
    if fd < 0 { throw lastError() }
    if kind != .stream, strata_tell_hops(fd, family) < 0 {
      Glibc.close(fd)
      throw lastError()
    }
    var on: Int32 = 1
    if kind == .stream, sharesPorts { setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, 4) }
    if kind == .stream, let unsentLimit {
      // Accepted sockets have it from their listener (tcp(7)).
      var limit = Int32(clamping: unsentLimit)
      setsockopt(fd, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &limit, 4)
    }
    return (fd, isRaw)
  }

  /// The family of a socket is known only with its first address; until then it is AF_INET. For an
  /// IPv6 address another socket takes the descriptor's place.
  func settleFamily(_ d: Descriptor, for address: Address) throws(SocketError) {
    guard !address.isV4, !self[d].isV6, case .fresh = self[d].state else { return }
    let other = try makeSocket(self[d].kind, AF_INET6).fd
    defer { Glibc.close(other) }
    var isV6Only: Int32 = self[d].v6Only ? 1 : 0
    if self[d].kind != .echo { setsockopt(other, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &isV6Only, 4) }
    if strata_duplicate_over(other, d.rawValue) < 0 { throw lastError() }
    self[d].isV6 = true
    for option in self[d].options { try apply(option, to: d) }
  }

  public func bind(_ d: Descriptor, to address: SocketAddress) throws(SocketError) {
    try check(d)
    guard case .fresh = self[d].state else { throw .invalidArgument }
    try settleFamily(d, for: address.address)
    var system = SystemAddress(address, asV6: self[d].isV6)
    if system.withPointer({ Glibc.bind(d.rawValue, $0, $1) }) < 0 { throw lastError() }
    if self[d].rawIdentifier != nil, address.port != 0 { self[d].rawIdentifier = address.port }
    if self[d].kind != .stream { try openDatagrams(d) }
  }

  /// A datagram socket has a port now, so datagrams can come.
  func openDatagrams(_ d: Descriptor) throws(SocketError) {
    guard case .fresh = self[d].state else { return }
    try watch(d)
    self[d].state = .open
  }

  public func listen(_ d: Descriptor, backlog: Int) throws(SocketError) {
    try check(d, .stream)
    guard case .fresh = self[d].state, backlog >= 0 else { throw .invalidArgument }
    if Glibc.listen(d.rawValue, Int32(clamping: backlog)) < 0 { throw lastError() }
    try watch(d)
    self[d].state = .listening
  }

  public func accept(_ d: Descriptor) throws(SocketError) -> (descriptor: Descriptor, peer: SocketAddress) {
    try check(d, .stream)
    guard case .listening = self[d].state else { throw .invalidArgument }
    if count >= capacity {
      starve(d)
      throw .tooManyDescriptors
    }
    while true {
      var system = SystemAddress()
      let fd = system.withPointer { strata_accept(d.rawValue, $0, &$1) }
      if fd < 0 {
        let error = lastError()
        // accept(2): errors of a connection that went away meanwhile are to be treated like EAGAIN.
        if error == .connectionAborted || errno == EINTR { continue }
        if error == .tooManyDescriptors { starve(d) }
        throw error
      }
      let client = adopt(fd, .stream)
      do throws(SocketError) {
        try watch(client)
      } catch {
        release(client)
        throw error
      }
      self[client].state = .connected
      self[client].isV6 = self[d].isV6
      guard let peer = system.address else { throw .notSupported }
      return (client, peer)
    }
  }

  public func connect(_ d: Descriptor, to peer: SocketAddress) throws(SocketError) {
    try check(d)
    if self[d].kind != .stream {
      try settleFamily(d, for: peer.address)
      return try connectDatagrams(d, to: peer)
    }
    switch self[d].state {
    case .fresh: break
    case .connecting: throw .inProgress
    case .connected: throw .alreadyConnected
    default: throw .invalidArgument
    }
    try settleFamily(d, for: peer.address)
    if !peer.address.isV4, !self[d].isV6 { throw .networkUnreachable }
    var system = SystemAddress(peer, asV6: self[d].isV6)
    let result = system.withPointer { Glibc.connect(d.rawValue, $0, $1) }
    let error = result < 0 ? lastError() : nil
    if let error, error != .inProgress { throw error }
    try watch(d)
    // `writable` comes with the loop's next turn, for a connection that is there already too.
    self[d].state = .connecting
    if let error { throw error }
  }

  public func takeError(_ d: Descriptor) -> SocketError? {
    guard isOpen(d) else { return nil }
    if let error = self[d].error {
      self[d].error = nil
      return error
    }
    var number: Int32 = 0
    var count = socklen_t(4)
    guard getsockopt(d.rawValue, SOL_SOCKET, SO_ERROR, &number, &count) == 0, number != 0 else { return nil }
    return SocketError(errno: number)
  }

  // MARK: Closing

  public func close(_ d: Descriptor) {
    guard isOpen(d) else { return }
    let socket = self[d]
    // The system would say nothing of bytes that it gave us and nobody read.
    if !socket.unread.isEmpty || socket.linger == .zero { return abort(d) }
    if let linger = socket.linger { limitSilence(d, linger) }
    if flush(d) || self[d].error != nil { return release(d) }
    withdraw(d)
    if socket.linger == nil { limitSilence(d, Self.closingLimit) }
    self[d].state = .closing
  }

  /// Goes on sending what a closed socket still has.
  func finishClosing(_ d: Descriptor) {
    if flush(d) || self[d].error != nil { release(d) }
  }

  /// Ends the connection when the peer takes nothing for so long (RFC 5482; SO_LINGER would block).
  private func limitSilence(_ d: Descriptor, _ limit: Interval) {
    var milliseconds = Int32(clamping: max(1, limit.nanoseconds / 1_000_000))
    setsockopt(d.rawValue, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds, 4)
  }

  public func abort(_ d: Descriptor) {
    guard isOpen(d) else { return }
    if self[d].kind == .stream {
      // socket(7): with a lingering time of zero, close sends a reset.
      var now = Glibc.linger(l_onoff: 1, l_linger: 0)
      setsockopt(d.rawValue, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout.size(ofValue: now)))
    }
    release(d)
  }

  public func shutdown(_ d: Descriptor, _ way: Shutdown) throws(SocketError) {
    try check(d, .stream)
    switch self[d].state {
    case .connected, .connecting: break
    default: throw .notConnected
    }
    if way != .write {
      self[d].unread = Leftover()
      self[d].isDry = false
      self[d].endIsNear = true
      if Glibc.shutdown(d.rawValue, Int32(SHUT_RD)) < 0 { throw lastError() }
    }
    if way != .read, !self[d].isWriteEnded {
      self[d].isWriteEnded = true
      if flush(d) { try endWriting(d) }
    }
  }

  func endWriting(_ d: Descriptor) throws(SocketError) {
    if Glibc.shutdown(d.rawValue, Int32(SHUT_WR)) < 0 { throw lastError() }
  }
}
