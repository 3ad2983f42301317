import StrataBase
import StrataSockets
import StrataTransport
import StrataWire

/// The calls that move datagrams.
extension SocketTable {
  /// The handle of a socket for datagrams; gives it a name first where it has none.
  private func datagrams(_ d: Descriptor) throws(SocketError) -> Handle {
    let entry = try entry(d)
    guard entry.pointee.kind == .datagrams else { throw .notSupported }
    if let handle = entry.pointee.handle { return handle }
    return try bindDatagrams(d, to: SocketName(.anyV4, 0))
  }

  func bindDatagrams(_ d: Descriptor, to name: SocketName) throws(SocketError) -> Handle {
    let owner = owner(d).rawValue
    let handle = try call { () throws(TransportError) in
      try layers.pointee.udp.bind(name, owner: owner, layers.pointee.internet)
    }
    try entry(d).pointee.handle = handle
    return handle
  }

  public func send(
    _ d: Descriptor, _ datagram: RawSpan, to peer: SocketAddress
  ) throws(SocketError) {
    let handle = try datagrams(d)
    do throws(TransportError) {
      try layers.pointee.udp.send(
        handle, datagram, to: SocketName(peer.address, peer.port), &layers.pointee.internet,
        at: layers.pointee.now)
    } catch .noBuffers {
      waitForRoom(d)
      throw .wouldBlock
    } catch {
      throw SocketError(error)
    }
  }

  private func waitForRoom(_ d: Descriptor) {
    guard let entry = open.pointee.entry(d) else { return }
    entry.pointee.marks.insert(.isWriteBlocked)
    if entry.pointee.marks.contains(.waitsForRoom) { return }
    entry.pointee.marks.insert(.waitsForRoom)
    layers.pointee.waitForRoom(owner(d))
  }

  public func receive(
    _ d: Descriptor, into target: inout MutableRawSpan
  ) throws(SocketError) -> (count: Int, from: SocketAddress) {
    let handle = try datagrams(d)
    if let error = takeError(d) { throw error }
    guard let datagram = layers.pointee.udp.next(handle) else { throw .wouldBlock }
    let count = min(datagram.frame.count, target.byteCount)
    target.set(datagram.frame.bytes.extracting(first: count), at: 0)
    return (count, SocketAddress(datagram.source))
  }
}
