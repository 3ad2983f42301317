import StrataBase

// Virtual LAN tag (IEEE 802.1Q §9.6): what follows the type 0x8100 of an Ethernet header
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-----+-+-----------------------+-------------------------------+
// | PCP |D|        VLAN ID        |             Type              |
// +-----+-+-----------------------+-------------------------------+

/// A tag that was read, with what follows it.
///
/// ```swift
/// let frame = try EthernetView(bytes)
/// if frame.type == .vlan { let tag = try VLANView(frame.payload) }
/// ```
@frozen public struct VLANView: ~Escapable {
  public let raw: RawSpan

  @_lifetime(copy raw) @inline(__always)
  @inlinable public init(_ raw: RawSpan) throws(WireError) {
    guard raw.byteCount >= VLANHeader.count else { throw .short }
    self.raw = raw
  }

  /// PCP: 0...7.
  @inlinable public var priority: UInt8 { raw.byte(at: 0) >> 5 }
  /// DEI: the frame may be dropped before others.
  @inlinable public var isDropEligible: Bool { raw.byte(at: 0) & 0x10 != 0 }
  /// 1...4,094; 0 says that there is a priority only, and 4,095 is reserved.
  @inlinable public var number: UInt16 { raw.big16(at: 0) & 0xfff }
  /// What the frame carries behind the tag.
  @inlinable public var type: EtherType { EtherType(rawValue: raw.big16(at: VLANHeader.type)) }
  @inlinable public var payload: RawSpan {
    @_lifetime(copy self) get { raw.extracting(droppingFirst: VLANHeader.count) }
  }
}

/// Writes tags.
@frozen public enum VLANHeader {
  @inlinable public static var type: Int { 2 }
  /// Bytes that a tag makes a frame longer.
  @inlinable public static var count: Int { 4 }

  /// Writes a tag behind the type 0x8100 of an Ethernet header; `type` is what follows.
  @_lifetime(out: copy out) @inline(__always)
  @inlinable public static func emit(
    _ out: inout MutableRawSpan, at o: Int, number: UInt16, priority: UInt8 = 0, isDropEligible: Bool = false,
    type t: EtherType
  ) {
    let control = UInt16(priority & 7) << 13 | (isDropEligible ? 0x1000 : 0) | number & 0xfff
    out.setBig16(control, at: o)
    out.setBig16(t.rawValue, at: o &+ type)
  }
}

extension VLANView {
  /// As `tcpdump -e` prints it.
  public var description: String {
    "vlan \(number), p \(priority)\(isDropEligible ? ", DEI" : ""), ethertype \(type) (\(type.rawValue))"
  }
}
