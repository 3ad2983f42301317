import StrataBase
import StrataCorpus
import StrataWire

/// Packets of IPv6 for a host at fd00::1: discovery, errors, groups, extension headers, pieces.
struct ForgedIPv6 {
  static let host = Address("fd00::1")!
  /// Who sends: neighbours, strangers, the host itself, and addresses that may send nothing.
  private static let sources = [
    "fd00::2", "fd00::3", "fe80::2", "fe80::99", "2001:db8::8", "fd00::1", "::", "::1", "ff02::1",
    "::ffff:10.0.0.2",
  ].map { Address($0)! }
  private static let targets = [
    "fd00::1", "fd00::1", "fd00::1", "fe80::ff:fe00:1", "ff02::1", "ff02::1:ff00:1", "ff02::16", "fd00::7",
    "2001:db8::8",
  ].map { Address($0)! }
  private static let carried: [(IPProtocol, [Vector])] = [
    (.icmpv6, WireFormat.icmpv6.vectors), (.icmpv6, WireFormat.ndp.vectors),
    (.icmpv6, WireFormat.mldQuery.vectors), (.icmpv6, WireFormat.mldReport.vectors),
    (.udp, WireFormat.udp.vectors), (.tcp, WireFormat.tcp.vectors),
  ]

  /// A packet whose checksum is right where it carries one.
  static func packet(_ random: inout Random) -> [UInt8] {
    if random.once(in: 4) { return random.one(of: WireFormat.ipv6.vectors).bytes }
    let source = random.one(of: sources), target = random.one(of: targets)
    let (kind, vectors) = random.one(of: carried)
    var payload = random.one(of: vectors).bytes
    seal(&payload, kind, from: source, to: target)
    var next = kind
    if random.once(in: 4) {
      // A piece; now and then it is the whole packet.
      payload =
        [kind.rawValue, 0, 0, random.one(of: [0, 1, 8, 9]), 0, 0, 0, UInt8(random.number(4))] + payload
      next = .fragment
    }
    if random.once(in: 5) {
      payload = [next.rawValue, 0, random.one(of: [1, 5, 0x3e, 0x7e, 0xbe, 0xfe]), 4, 0, 0, 0, 0] + payload
      next = random.one(of: [.hopByHop, .destinationOptions, .routing])
    }
    var header = [UInt8](repeating: 0, count: IPv6Header.count)
    var span = header.mutableSpan
    var out = span.mutableBytes
    IPv6Header.emit(
      &out, at: 0, source: source, destination: target, nextHeader: next, payloadCount: payload.count,
      hopLimit: random.one(of: [255, 255, 64, 1, 0]))
    return header + payload
  }

  private static func seal(_ bytes: inout [UInt8], _ kind: IPProtocol, from: Address, to: Address) {
    let field =
      kind == .icmpv6 ? ICMPv6Header.checksum : kind == .udp ? UDPHeader.checksum : TCPHeader.checksum
    guard bytes.count >= field + 2 else { return }
    (bytes[field], bytes[field + 1]) = (0, 0)
    let pseudo = PseudoHeader.sum(source: from, destination: to, protocol: kind, count: bytes.count)
    let sum = ~Checksum.fold(pseudo &+ Checksum.sum(bytes.span.bytes))
    (bytes[field], bytes[field + 1]) = (UInt8(truncatingIfNeeded: sum), UInt8(truncatingIfNeeded: sum >> 8))
  }

  /// What leaves a host is always right.
  static func check(_ packet: RawSpan) throws {
    let view = try IPv6View(packet)
    let source = view.source
    try StrataFuzz.check(
      source == host || source.isLinkLocal || source == .any, "it sends in a foreign name: \(source)")
    guard let walk = try? IPv6ExtensionsView(view.raw) else {
      throw Finding("it sends extension headers that cannot be read: \(packet.array)")
    }
    if walk.fragment != nil { return }
    let payload = walk.payload
    let pseudo = PseudoHeader.sum(
      source: source, destination: view.destination, protocol: walk.upper, count: payload.byteCount)
    try StrataFuzz.check(
      Checksum.fold(pseudo &+ Checksum.sum(payload)) == 0xffff, "it sends a wrong checksum: \(packet.array)")
  }
}
