import CLoop
import Glibc
import StrataSockets

/// Single datagrams.
extension KernelSockets {
  public func send(_ d: Descriptor, _ datagram: RawSpan, to peer: SocketAddress?) throws(SocketError) {
    try checkDatagrams(d)
    if let identifier = self[d].rawIdentifier {
      return try sendRaw(d, datagram, as: identifier, to: peer)
    }
    try sendAsIs(d, datagram, to: peer)
  }

  func sendAsIs(_ d: Descriptor, _ datagram: RawSpan, to peer: SocketAddress?) throws(SocketError) {
    guard let peer else { return try sendToPeer(d, datagram) }
    if case .fresh = self[d].state {
      let any = SocketAddress(address: peer.address.isV4 ? .anyV4 : .any, port: 0)
      try bind(d, to: any)
    }
    if !peer.address.isV4, !self[d].isV6 { throw .networkUnreachable }
    var system = SystemAddress(peer, asV6: self[d].isV6)
    let n = datagram.withUnsafeBytes { bytes in
      system.withPointer {
        sendto(d.rawValue, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL), $0, $1)
      }
    }
    if n < 0 {
      let error = lastError()
      if error == .wouldBlock { self[d].isWriteBlocked = true }
      throw error
    }
  }

  public func receive(
    _ d: Descriptor, into target: inout MutableRawSpan
  ) throws(SocketError) -> (count: Int, from: SocketAddress) {
    let got = try receiveDatagram(d, into: &target)
    return (got.count, got.from)
  }

  public func receiveDatagram(
    _ d: Descriptor, into target: inout MutableRawSpan
  ) throws(SocketError) -> ReceivedDatagram {
    try checkDatagrams(d)
    if let identifier = self[d].rawIdentifier { return try receiveRaw(d, into: &target, identifier) }
    return try receiveAsIs(d, into: &target)
  }

  func receiveAsIs(
    _ d: Descriptor, into target: inout MutableRawSpan
  ) throws(SocketError) -> ReceivedDatagram {
    var system = SystemAddress()
    var message = strata_message()
    let result = target.withUnsafeMutableBytes { bytes in
      system.withPointer {
        strata_receive(d.rawValue, bytes.baseAddress, UInt64(bytes.count), $0, &$1, &message)
      }
    }
    if result < 0 { throw errno == EINTR ? .wouldBlock : lastError() }
    guard let from = system.address else { throw .notSupported }
    return ReceivedDatagram(
      count: Int(message.count), from: from, timeToLive: message.hops < 0 ? nil : Int(message.hops))
  }

  public func takeNetworkError(_ d: Descriptor) -> NetworkError? {
    guard isOpen(d), self[d].kind != .stream else { return nil }
    var payload = [UInt8](repeating: 0, count: NetworkError.mostPayload)
    var system = SystemAddress(), reporter = SystemAddress()
    var message = strata_message()
    while true {
      let result = payload.withUnsafeMutableBytes { bytes in
        reporter.withPointer { teller, _ in
          system.withPointer {
            strata_receive_error(
              d.rawValue, bytes.baseAddress, UInt64(bytes.count), $0, &$1, teller, &message)
          }
        }
      }
      if result < 0 { return nil }
      guard let cause = NetworkError.Cause(message), let to = system.address,
        isOurs(d, payload, Int(message.count))
      else { continue }
      let own = try? localAddress(d).address
      return NetworkError(
        cause: cause, code: message.code, reporter: reporter.address?.address ?? own ?? .any,
        destination: to, payload: Array(payload.prefix(Int(message.count))))
    }
  }

  private func sendToPeer(_ d: Descriptor, _ datagram: RawSpan) throws(SocketError) {
    let n = datagram.withUnsafeBytes { Glibc.send(d.rawValue, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    if n >= 0 { return }
    // send(2): without a peer the system says EDESTADDRREQ.
    if errno == EDESTADDRREQ { throw .notConnected }
    let error = lastError()
    if error == .wouldBlock { self[d].isWriteBlocked = true }
    throw error
  }

  /// Gives a datagram socket a peer.
  func connectDatagrams(_ d: Descriptor, to peer: SocketAddress) throws(SocketError) {
    if !peer.address.isV4, !self[d].isV6 { throw .networkUnreachable }
    var system = SystemAddress(peer, asV6: self[d].isV6)
    if system.withPointer({ Glibc.connect(d.rawValue, $0, $1) }) < 0 { throw lastError() }
    try openDatagrams(d)
    announce(d, .writable)
  }
}

extension NetworkError.Cause {
  /// What the system says of a datagram; nil for what is none of the network's.
  fileprivate init?(_ message: strata_message) {
    let isV4 = message.is_icmpv4 != 0
    // Communication administratively prohibited: RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1; RFC 4443 §3.1.
    let prohibited: Set<UInt8> = isV4 ? [9, 10, 13] : [1, 5, 6]
    let isUnreachable = message.type == (isV4 ? 3 : 1)
    switch SocketError(errno: Int32(bitPattern: message.error)) {
    case .messageTooLong: self = .tooBig(mtu: Int(message.mtu))
    case .connectionRefused: self = .portUnreachable
    case _ where isUnreachable && prohibited.contains(message.code): self = .prohibited
    case .networkUnreachable: self = .networkUnreachable
    case .hostUnreachable: self = isUnreachable ? .hostUnreachable : .timeExceeded
    // ENOPROTOOPT and EPROTO.
    case .notSupported, .system(71): self = .protocolUnreachable
    case .permissionDenied: self = .prohibited
    default: return nil
    }
  }
}
