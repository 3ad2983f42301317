import StrataBase
import StrataWire

/// What has crossed a cable: names each frame for the draws of its faults, and counts how often it crossed
/// before.
@usableFromInline final class Crossings {
  /// The most connections that are remembered. One that was forgotten is taken for a new one.
  static let mostConnections = 4_096
  /// The most places that are remembered, at 24 bytes or so. What was forgotten counts from 0 again.
  static let mostPlaces = 65_536

  /// A connection by its ends, as the cable's end 0 has it.
  private struct Name: Hashable {
    let addresses: (Address, Address)
    let ports: UInt32

    static func == (a: Name, b: Name) -> Bool { a.addresses == b.addresses && a.ports == b.ports }
    func hash(into hasher: inout Hasher) {
      hasher.combine(addresses.0)
      hasher.combine(addresses.1)
      hasher.combine(ports)
    }
  }

  private struct Connection {
    let ordinal: UInt32
    /// The sequence number in front of the first byte, by the end that sends: its SYN's.
    var origins: (UInt32?, UInt32?) = (nil, nil)

    subscript(end: Int) -> UInt32? {
      get { end == 0 ? origins.0 : origins.1 }
      set { if end == 0 { origins.0 = newValue } else { origins.1 = newValue } }
    }
  }

  private var connections = RecentTable<Name, Connection>(most: Crossings.mostConnections)
  private var counts = RecentTable<UInt64, UInt32>(most: Crossings.mostPlaces)
  private(set) var connectionCount: UInt32 = 0
  var placeCount: Int { counts.count }

  /// The identity of a frame that an end sends now. Each call is a crossing.
  func identity(of frame: RawSpan, from end: Int) -> FrameIdentity {
    var identity = name(frame, end)
    let key = identity.placeBits
    identity.crossing = counts[key] ?? 0
    counts[key] = identity.crossing &+ 1
    return identity
  }

  private func name(_ frame: RawSpan, _ end: Int) -> FrameIdentity {
    guard let ethernet = try? EthernetView(frame) else { return FrameIdentity(.other, direction: end) }
    if ethernet.type == .vlan, let tag = try? VLANView(ethernet.payload) {
      return name(tag.type, tag.payload, end)
    }
    return name(ethernet.type, ethernet.payload, end)
  }

  private func name(_ type: EtherType, _ payload: RawSpan, _ end: Int) -> FrameIdentity {
    if type == .arp { return FrameIdentity(.resolution, direction: end) }
    if type == .ipv4, let packet = try? IPv4View(payload), !packet.isFragment {
      return name(packet.protocol, packet.payload, packet.sourceAddress, packet.destinationAddress, end)
    }
    if type == .ipv6, let packet = try? IPv6View(payload) {
      return name(packet.nextHeader, packet.payload, packet.source, packet.destination, end)
    }
    return FrameIdentity(.other, direction: end)
  }

  private func name(
    _ type: IPProtocol, _ payload: RawSpan, _ source: Address, _ destination: Address, _ end: Int
  ) -> FrameIdentity {
    switch type {
    case .tcp:
      guard let segment = try? TCPView(payload) else { break }
      let (from, to) = (UInt32(segment.sourcePort), UInt32(segment.destinationPort))
      let name =
        end == 0
        ? Name(addresses: (source, destination), ports: from << 16 | to)
        : Name(addresses: (destination, source), ports: to << 16 | from)
      return self.name(segment, of: name, end)
    case .udp: return FrameIdentity(.datagram, direction: end)
    case .icmp, .icmpv6: return FrameIdentity(.control, direction: end)
    default: break
    }
    return FrameIdentity(.other, direction: end)
  }

  private func name(_ segment: borrowing TCPView, of name: Name, _ end: Int) -> FrameIdentity {
    let connection = connection(name, segment, end)
    func identity(_ kind: FrameIdentity.Kind, at place: UInt32 = 0) -> FrameIdentity {
      FrameIdentity(kind, direction: end, connection: connection?.ordinal ?? 0, place: UInt64(place))
    }
    if segment.flags.contains(.rst) { return identity(.reset) }
    if segment.flags.contains(.syn) { return identity(.synchronize) }
    let size = FrameIdentity.blockSize
    if segment.payloadCount > 0, let origin = connection?[end] {
      let start = segment.sequence.rawValue &- origin &- 1
      let block = start / size
      let intoBlock = start % size
      if intoBlock == 0 { return identity(.block, at: block) }
      let begins = UInt64(segment.payloadCount) > UInt64(size - intoBlock)
      return begins ? identity(.block, at: block + 1) : identity(.inner, at: block)
    }
    if segment.flags.contains(.fin) { return identity(.finish) }
    let acknowledged = connection?[1 - end].map { (segment.acknowledgment.rawValue &- $0 &- 1) / size }
    return identity(.acknowledgment, at: acknowledged ?? 0)
  }

  /// The connection of a segment, made where it is new. A reset makes none.
  private func connection(_ name: Name, _ segment: borrowing TCPView, _ end: Int) -> Connection? {
    var connection = connections[name]
    let (flags, sequence) = (segment.flags, segment.sequence.rawValue)
    if flags.contains(.rst) { return connection }
    if flags.contains(.syn) {
      // The same ends with another first number: the port is used again.
      if !flags.contains(.ack), let origin = connection?[end], origin != sequence { connection = nil }
    } else if connection?[end] != nil {
      return connection
    }
    if connection == nil {
      connectionCount &+= 1
      connection = Connection(ordinal: connectionCount)
    }
    // Where the faults were switched on later, the stream begins with what is seen first of it.
    connection![end] = flags.contains(.syn) ? sequence : sequence &- 1
    connections[name] = connection
    return connection
  }
}
