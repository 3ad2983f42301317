import CLoop
import Glibc
import StrataBase
import StrataSockets
import StrataWire

/// What can be asked and set.
extension KernelSockets {
  public func localAddress(_ d: Descriptor) throws(SocketError) -> SocketAddress {
    try check(d)
    var system = SystemAddress()
    if system.withPointer({ getsockname(d.rawValue, $0, &$1) }) < 0 { throw lastError() }
    guard var address = system.address else { throw .notSupported }
    if let identifier = self[d].rawIdentifier { address.port = identifier }
    return address
  }

  public func timeToLive(_ d: Descriptor) throws(SocketError) -> Int {
    try check(d)
    var hops: Int32 = 0
    var count = socklen_t(4)
    let isV6 = self[d].isV6
    let level = Int32(isV6 ? IPPROTO_IPV6 : IPPROTO_IP)
    if getsockopt(d.rawValue, level, isV6 ? IPV6_UNICAST_HOPS : IP_TTL, &hops, &count) < 0 {
      throw lastError()
    }
    return Int(hops)
  }

  public func peerAddress(_ d: Descriptor) throws(SocketError) -> SocketAddress {
    try check(d)
    var system = SystemAddress()
    if system.withPointer({ getpeername(d.rawValue, $0, &$1) }) < 0 { throw lastError() }
    guard let address = system.address else { throw .notSupported }
    return address
  }

  public func readiness(_ d: Descriptor) -> Readiness {
    guard isOpen(d) else { return [] }
    let socket = self[d]
    if case .fresh = socket.state { return [] }
    let interest = Int16(POLLIN | POLLOUT | Int32(STRATA_RDHUP))
    var question = pollfd(fd: d.rawValue, events: interest, revents: 0)
    poll(&question, 1, 0)
    let answer = Int32(question.revents)
    var readiness: Readiness = []
    if answer & Int32(POLLERR) != 0 || socket.error != nil { readiness.insert(.failed) }
    if case .connecting = socket.state, answer & Int32(POLLHUP) != 0 { return .failed }
    if answer & Int32(POLLIN) != 0 || !socket.unread.isEmpty { readiness.insert(.readable) }
    if answer & Int32(POLLOUT) != 0, socket.unsent.isEmpty, !socket.isWriteEnded {
      readiness.insert(.writable)
    }
    if answer & Int32(STRATA_RDHUP) != 0 { readiness.formUnion([.readable, .peerClosed]) }
    return readiness
  }

  public func setOption(_ d: Descriptor, _ option: SocketOption) throws(SocketError) {
    try check(d)
    try apply(option, to: d)
    if case .v6Only = option { return }
    if case .fresh = self[d].state {
      // Kept for the socket that an IPv6 address may put in this one's place: the last of each case.
      self[d].options.removeAll { Self.isSameCase($0, option) }
      self[d].options.append(option)
    }
  }

  private static func isSameCase(_ a: SocketOption, _ b: SocketOption) -> Bool {
    switch (a, b) {
    case (.noDelay, .noDelay), (.keepAlive, .keepAlive), (.linger, .linger), (.reuseAddress, .reuseAddress),
      (.congestion, .congestion), (.userTimeout, .userTimeout),
      (.sendBuffer, .sendBuffer), (.receiveBuffer, .receiveBuffer), (.broadcast, .broadcast),
      (.groupInterface, .groupInterface), (.groupLoop, .groupLoop), (.groupTimeToLive, .groupTimeToLive),
      (.timeToLive, .timeToLive), (.receiveErrors, .receiveErrors):
      true
    default: false
    }
  }

  func apply(_ option: SocketOption, to d: Descriptor) throws(SocketError) {
    switch option {
    case .noDelay(let isOn):
      try check(d, .stream)
      try set(d, Int32(IPPROTO_TCP), TCP_NODELAY, isOn ? 1 : 0)
    case .keepAlive(let idle, let interval, let count):
      try check(d, .stream)
      guard let idle else { return try set(d, SOL_SOCKET, SO_KEEPALIVE, 0) }
      guard idle > .zero, interval > .zero, count > 0 else { throw .invalidArgument }
      try set(d, Int32(IPPROTO_TCP), TCP_KEEPIDLE, Self.seconds(idle))
      try set(d, Int32(IPPROTO_TCP), TCP_KEEPINTVL, Self.seconds(interval))
      try set(d, Int32(IPPROTO_TCP), TCP_KEEPCNT, Int32(clamping: min(count, 127)))
      try set(d, SOL_SOCKET, SO_KEEPALIVE, 1)
    case .linger(let time):
      try check(d, .stream)
      if let time, time < .zero { throw .invalidArgument }
      self[d].linger = time
    case .userTimeout(let time):
      try check(d, .stream)
      if let time, time <= .zero { throw .invalidArgument }
      let milliseconds = Int32(clamping: ((time?.nanoseconds ?? 0) + 999_999) / 1_000_000)
      try set(d, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, milliseconds)
    case .congestion(let algorithm): try setCongestion(d, algorithm)
    case .reuseAddress(let isOn): try set(d, SOL_SOCKET, SO_REUSEADDR, isOn ? 1 : 0)
    case .v6Only(let isOn):
      guard case .fresh = self[d].state, !self[d].isV6 else { throw .invalidArgument }
      self[d].v6Only = isOn
    case .sendBuffer(let count):
      guard count > 0 else { throw .invalidArgument }
      try set(d, SOL_SOCKET, SO_SNDBUF, Int32(clamping: count))
    case .receiveBuffer(let count):
      guard count > 0 else { throw .invalidArgument }
      try set(d, SOL_SOCKET, SO_RCVBUF, Int32(clamping: count))
    case .timeToLive(let hops):
      guard (1...255).contains(hops) else { throw .invalidArgument }
      try setBoth(d, IP_TTL, IPV6_UNICAST_HOPS, Int32(hops))
    case .receiveErrors(let isOn):
      try checkDatagrams(d)
      let family = self[d].isV6 ? AF_INET6 : AF_INET
      if strata_keep_errors(d.rawValue, family, isOn ? 1 : 0) < 0 { throw lastError() }
    case .broadcast, .joinGroup, .leaveGroup, .groupInterface, .groupLoop, .groupTimeToLive:
      try checkDatagrams(d)
      try applyGroupOption(option, to: d)
    }
  }

  /// A kernel without this algorithm says ENOENT.
  private func setCongestion(_ d: Descriptor, _ algorithm: CongestionAlgorithm) throws(SocketError) {
    try check(d, .stream)
    let name = Array(algorithm.rawValue.utf8)
    let done = setsockopt(d.rawValue, Int32(IPPROTO_TCP), TCP_CONGESTION, name, socklen_t(name.count))
    if done < 0 { throw errno == ENOENT ? .notSupported : lastError() }
  }

  /// Whole seconds, as the system counts here: rounded up, at most its bound of 32,767.
  private static func seconds(_ interval: Interval) -> Int32 {
    Int32(clamping: min(32_767, (interval.nanoseconds - 1) / 1_000_000_000 + 1))
  }

  func set(_ d: Descriptor, _ level: Int32, _ name: Int32, _ value: Int32) throws(SocketError) {
    var value = value
    if setsockopt(d.rawValue, level, name, &value, 4) < 0 { throw lastError() }
  }

  /// Sets what the two versions have names of their own for. A socket of IPv6 has IPv4 peers too, but for
  /// one of echo, where the name of IPv4 fails.
  func setBoth(_ d: Descriptor, _ v4: Int32, _ v6: Int32, _ value: Int32) throws(SocketError) {
    guard self[d].isV6 else { return try set(d, Int32(IPPROTO_IP), v4, value) }
    try set(d, Int32(IPPROTO_IPV6), v6, value)
    try? set(d, Int32(IPPROTO_IP), v4, value)
  }
}
