import StrataBase

// Internet Protocol (RFC 791 §3.1)
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-------+-------+---------------+-------------------------------+
// |Version|  IHL  |Type of Service|          Total Length         |
// +-------+-------+---------------+-----+-------------------------+
// |        Identification         |Flags|     Fragment Offset     |
// +---------------+---------------+-----+-------------------------+
// | Time to Live  |   Protocol    |        Header Checksum        |
// +---------------+---------------+-------------------------------+
// |                        Source Address                         |
// +---------------------------------------------------------------+
// |                      Destination Address                      |
// +---------------------------------------------------------------+
// |            Options, padded to a multiple of 4 bytes           |
// +---------------------------------------------------------------+

/// What a packet carries (IANA "Protocol Numbers").
@frozen public struct IPProtocol: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt8
  @inline(__always) @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  @inlinable public static var icmp: IPProtocol { IPProtocol(rawValue: 1) }
  @inlinable public static var tcp: IPProtocol { IPProtocol(rawValue: 6) }
  @inlinable public static var udp: IPProtocol { IPProtocol(rawValue: 17) }
  @inlinable public static var icmpv6: IPProtocol { IPProtocol(rawValue: 58) }
}

/// An IPv4 packet that was read. It ends where its total length says, not where the frame ends.
///
/// ```swift
/// let packet = try IPv4View(frame.payload)
/// guard packet.checksumIsRight else { return }
/// if packet.protocol == .tcp { let segment = try TCPView(packet.payload) }
/// ```
@frozen public struct IPv4View: ~Escapable {
  public let raw: RawSpan
  /// Bytes of the header, options included: 20...60.
  public let headerCount: Int

  @_lifetime(copy raw) @inline(__always)
  @inlinable public init(_ raw: RawSpan) throws(WireError) {
    guard raw.byteCount >= IPv4Header.count else { throw .short }
    let first = raw.byte(at: 0)
    guard first >> 4 == 4 else { throw .version }
    let headerCount = Int(first & 15) &* 4
    guard headerCount >= IPv4Header.count else { throw .headerLength }
    let total = Int(raw.big16(at: IPv4Header.totalCount))
    guard total >= headerCount, total <= raw.byteCount else { throw .totalLength }
    self.raw = raw.extracting(first: total)
    self.headerCount = headerCount
  }

  /// Bytes of the packet: header and payload.
  @inline(__always) @inlinable public var totalCount: Int { raw.byteCount }
  @inlinable public var typeOfService: UInt8 { raw.byte(at: IPv4Header.typeOfService) }
  @inlinable public var identification: UInt16 { raw.big16(at: IPv4Header.identification) }
  @inlinable public var dontFragment: Bool { raw.byte(at: IPv4Header.fragment) & 0x40 != 0 }
  @inlinable public var moreFragments: Bool { raw.byte(at: IPv4Header.fragment) & 0x20 != 0 }
  /// Where this piece begins in the whole payload, in bytes.
  @inlinable public var fragmentOffset: Int { Int(raw.big16(at: IPv4Header.fragment) & 0x1fff) &* 8 }
  /// Whether this is a piece of a larger packet.
  @inline(__always) @inlinable public var isFragment: Bool {
    raw.big16(at: IPv4Header.fragment) & 0x3fff != 0
  }
  @inlinable public var timeToLive: UInt8 { raw.byte(at: IPv4Header.timeToLive) }
  @inline(__always) @inlinable public var `protocol`: IPProtocol {
    IPProtocol(rawValue: raw.byte(at: IPv4Header.protocol))
  }
  /// The source as it lies in the packet.
  @inline(__always) @inlinable public var source: UInt32 { raw.native32(at: IPv4Header.source) }
  /// The destination as it lies in the packet.
  @inline(__always) @inlinable public var destination: UInt32 { raw.native32(at: IPv4Header.destination) }
  @inline(__always) @inlinable public var sourceAddress: Address { Address(v4Native: source) }
  @inline(__always) @inlinable public var destinationAddress: Address { Address(v4Native: destination) }
  @inline(__always) @inlinable public var hasOptions: Bool { headerCount > IPv4Header.count }
  @inline(__always) @inlinable public var payload: RawSpan {
    @_lifetime(copy self) get { raw.extracting(droppingFirst: headerCount) }
  }

  /// The sum of a header with a right checksum is 0xffff (RFC 1071 §1).
  @inline(__always) @inlinable public var checksumIsRight: Bool {
    var sum = UInt64(raw.native32(at: 0)) &+ UInt64(raw.native32(at: 4)) &+ UInt64(raw.native32(at: 8))
    sum &+= UInt64(raw.native32(at: 12)) &+ UInt64(raw.native32(at: 16))
    if hasOptions { sum &+= optionsSum }
    return Checksum.fold(sum) == 0xffff
  }
  // Apart and not inlined: as one loop over the whole header the compiler makes vectors of it, which
  // cost more than what they sum (892 instead of 799 instructions a segment).
  @inline(never) @usableFromInline var optionsSum: UInt64 {
    var sum: UInt64 = 0
    for at in stride(from: IPv4Header.count, to: headerCount, by: 4) { sum &+= UInt64(raw.native32(at: at)) }
    return sum
  }
}

/// Writes IPv4 headers.
@frozen public enum IPv4Header {
  @inlinable public static var typeOfService: Int { 1 }
  @inlinable public static var totalCount: Int { 2 }
  @inlinable public static var identification: Int { 4 }
  @inlinable public static var fragment: Int { 6 }
  @inlinable public static var timeToLive: Int { 8 }
  @inlinable public static var `protocol`: Int { 9 }
  @inlinable public static var checksum: Int { 10 }
  @inlinable public static var source: Int { 12 }
  @inlinable public static var destination: Int { 16 }
  /// Bytes of a header without options.
  @inlinable public static var count: Int { 20 }
  /// The most bytes of a packet: what the length field can say.
  @inlinable public static var mostTotal: Int { 65_535 }

  /// Writes a header of 20 bytes with its checksum. `source` and `destination` are as they lie in the
  /// packet; `fragmentOffset` is in bytes, a multiple of 8. At most `mostTotal - count` payload bytes.
  @_lifetime(out: copy out) @inline(__always)
  @inlinable public static func emit(
    _ out: inout MutableRawSpan, at o: Int, source: UInt32, destination: UInt32, protocol p: IPProtocol,
    payloadCount: Int, identification: UInt16, timeToLive: UInt8 = 64, typeOfService: UInt8 = 0,
    dontFragment: Bool = true, moreFragments: Bool = false, fragmentOffset: Int = 0
  ) {
    // The sum is made from the values at hand: reading back what was just stored would stall the load.
    let total = UInt16(truncatingIfNeeded: count &+ payloadCount)
    let pieces = UInt16(truncatingIfNeeded: fragmentOffset &>> 3) & 0x1fff
    let flags = (dontFragment ? 0x4000 : 0) | (moreFragments ? 0x2000 : 0) | pieces
    let first = (0x4500_0000 | UInt32(typeOfService) << 16 | UInt32(total)).bigEndian
    let second = (UInt32(identification) << 16 | UInt32(flags)).bigEndian
    let third = UInt32(timeToLive) << 24 | UInt32(p.rawValue) << 16
    var sum = UInt64(first) &+ UInt64(second) &+ UInt64(third.bigEndian)
    sum &+= UInt64(source) &+ UInt64(destination)
    out.setNative32(first, at: o)
    out.setNative32(second, at: o &+ 4)
    out.setBig32(third | UInt32(UInt16(bigEndian: ~Checksum.fold(sum))), at: o &+ 8)
    out.setNative32(source, at: o &+ self.source)
    out.setNative32(destination, at: o &+ self.destination)
  }
}

extension IPProtocol: CustomStringConvertible {
  public var description: String {
    switch self {
    case .icmp: "ICMP"
    case .tcp: "TCP"
    case .udp: "UDP"
    case .icmpv6: "ICMPv6"
    default: "protocol"
    }
  }
}

extension IPv4View {
  /// What `tcpdump -v` prints, on one line.
  public var description: String {
    var flags = dontFragment ? "DF" : ""
    if moreFragments { flags += flags.isEmpty ? "+" : ", +" }
    return "IP (tos 0x\(String(typeOfService, radix: 16)), ttl \(timeToLive), id \(identification), "
      + "offset \(fragmentOffset), flags [\(flags.isEmpty ? "none" : flags)], "
      + "proto \(`protocol`) (\(`protocol`.rawValue)), length \(totalCount)) "
      + "\(sourceAddress) > \(destinationAddress)"
  }
}
