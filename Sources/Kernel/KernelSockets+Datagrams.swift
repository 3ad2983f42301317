import Glibc
import StrataSockets

/// Single datagrams.
extension KernelSockets {
  public func send(_ d: Descriptor, _ datagram: RawSpan, to peer: SocketAddress?) throws(SocketError) {
    try check(d, .datagram)
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
    try check(d, .datagram)
    var system = SystemAddress()
    let n = target.withUnsafeMutableBytes { bytes in
      system.withPointer { recvfrom(d.rawValue, bytes.baseAddress, bytes.count, 0, $0, &$1) }
    }
    if n < 0 { throw errno == EINTR ? .wouldBlock : lastError() }
    guard let from = system.address else { throw .notSupported }
    return (n, from)
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
