import StrataWire

/// What the headers of an arriving packet say of the exchange it belongs to. The ports stay as they lie
/// in memory, so that a key costs five loads and no swap.
struct ConnectionKey: Sendable {
  /// Who sent the packet.
  var remote: Address
  /// Whom it was sent to: us.
  var local: Address
  /// Source and destination port as an arriving header has them.
  var ports: UInt32

  @inline(__always) init(remote: Address, local: Address, ports: UInt32) {
    self.remote = remote
    self.local = local
    self.ports = ports
  }
  init(local: SocketName, remote: SocketName) {
    self.init(
      remote: remote.address, local: local.address,
      ports: TCPHeader.ports(source: remote.port, destination: local.port))
  }
  init(_ name: ConnectionName) {
    self.init(remote: name.remoteAddress, local: name.localAddress, ports: name.portsIn)
  }

  var localName: SocketName { SocketName(local, UInt16(truncatingIfNeeded: UInt32(bigEndian: ports))) }
  var remoteName: SocketName { SocketName(remote, UInt16(UInt32(bigEndian: ports) >> 16)) }
  /// The ports as a header of ours has them.
  @inline(__always) var portsOut: UInt32 { ports << 16 | ports >> 16 }
}

extension ConnectionKey: Equatable {
  // Spelled out: one comparison of all differences instead of five branches.
  @inline(__always) static func == (a: ConnectionKey, b: ConnectionKey) -> Bool {
    let remote = (a.remote.high ^ b.remote.high) | (a.remote.low ^ b.remote.low)
    let local = (a.local.high ^ b.local.high) | (a.local.low ^ b.local.low)
    return remote | local | UInt64(a.ports ^ b.ports) == 0
  }
}
