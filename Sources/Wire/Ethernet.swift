import StrataBase

// Ethernet II (IEEE 802.3 §3.1.1; DIX 2.0; RFC 894 for IP in it)
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +---------------------------------------------------------------+
// |                          Destination                          |
// |                               +-------------------------------+
// |                               |            Source             |
// +-------------------------------+                               |
// |                                                               |
// +-------------------------------+-------------------------------+
// |             Type              |  Payload, padded to 46 bytes  |
// +-------------------------------+-------------------------------+

/// What a frame carries (IANA "IEEE 802 Numbers").
@frozen public struct EtherType: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt16
  @inline(__always) @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }

  @inlinable public static var ipv4: EtherType { EtherType(rawValue: 0x0800) }
  @inlinable public static var arp: EtherType { EtherType(rawValue: 0x0806) }
  @inlinable public static var ipv6: EtherType { EtherType(rawValue: 0x86dd) }
  /// A tag (`VLANView`) comes first.
  @inlinable public static var vlan: EtherType { EtherType(rawValue: 0x8100) }
}

/// An Ethernet frame that was read. Its payload may end in padding; the layer above knows how much.
///
/// ```swift
/// let frame = try EthernetView(bytes)
/// if frame.type == .ipv4 { let packet = try IPv4View(frame.payload) }
/// ```
@frozen public struct EthernetView: ~Escapable {
  public let raw: RawSpan

  @_lifetime(copy raw) @inline(__always)
  @inlinable public init(_ raw: RawSpan) throws(WireError) {
    guard raw.byteCount >= EthernetHeader.count else { throw .short }
    self.raw = raw
  }

  @inline(__always) @inlinable public var destination: HardwareAddress {
    HardwareAddress(raw, at: EthernetHeader.destination)
  }
  @inline(__always) @inlinable public var source: HardwareAddress {
    HardwareAddress(raw, at: EthernetHeader.source)
  }
  @inline(__always) @inlinable public var type: EtherType {
    EtherType(rawValue: raw.big16(at: EthernetHeader.type))
  }
  @inline(__always) @inlinable public var payload: RawSpan {
    @_lifetime(copy self) get { raw.extracting(droppingFirst: EthernetHeader.count) }
  }
}

/// Writes Ethernet headers.
@frozen public enum EthernetHeader {
  @inlinable public static var destination: Int { 0 }
  @inlinable public static var source: Int { 6 }
  @inlinable public static var type: Int { 12 }
  /// Bytes of a header.
  @inlinable public static var count: Int { 14 }
  /// The shortest frame, without its check sequence (IEEE 802.3 §4A.2.3.2.4).
  @inlinable public static var smallestFrame: Int { 60 }

  @_lifetime(out: copy out) @inline(__always)
  @inlinable public static func emit(
    _ out: inout MutableRawSpan, at o: Int, to: HardwareAddress, from: HardwareAddress, type t: EtherType
  ) {
    to.emit(&out, at: o &+ destination)
    from.emit(&out, at: o &+ source)
    out.setBig16(t.rawValue, at: o &+ type)
  }
}

extension EtherType: CustomStringConvertible {
  public var description: String {
    switch self {
    case .ipv4: "IPv4"
    case .arp: "ARP"
    case .ipv6: "IPv6"
    case .vlan: "802.1Q"
    default: "Unknown"
    }
  }
}

extension EthernetView {
  /// As `tcpdump -e` prints it.
  public var description: String {
    let digits = String(type.rawValue, radix: 16)
    let number = "0x" + String(repeating: "0", count: 4 - digits.count) + digits
    return "\(source) > \(destination), ethertype \(type) (\(number)), length \(raw.byteCount)"
  }
}
