import StrataBase

// Internet Protocol, version 6 (RFC 8200 §3)
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-------+---------------+---------------------------------------+
// |Version| Traffic Class |              Flow Label               |
// +-------+---------------+-------+---------------+---------------+
// |        Payload Length         |  Next Header  |   Hop Limit   |
// +-------------------------------+---------------+---------------+
// |                                                               |
// |                        Source Address                         |
// |                                                               |
// |                                                               |
// +---------------------------------------------------------------+
// |                                                               |
// |                      Destination Address                      |
// |                                                               |
// |                                                               |
// +---------------------------------------------------------------+

/// An IPv6 packet that was read. It ends where its payload length says, not where the frame ends.
///
/// ```swift
/// let packet = try IPv6View(frame.payload)
/// if packet.nextHeader == .tcp { let segment = try TCPView(packet.payload) }
/// ```
@frozen public struct IPv6View: ~Escapable {
  public let raw: RawSpan

  /// Jumbograms (RFC 2675) are not carried: their payload length of zero means no payload here.
  @_lifetime(copy raw) @inline(__always)
  @inlinable public init(_ raw: RawSpan) throws(WireError) {
    guard raw.byteCount >= IPv6Header.count else { throw .short }
    guard raw.byte(at: 0) >> 4 == 6 else { throw .version }
    let total = IPv6Header.count &+ Int(raw.big16(at: IPv6Header.payloadCount))
    guard total <= raw.byteCount else { throw .totalLength }
    self.raw = raw.extracting(first: total)
  }

  /// Bytes of the packet: header, extension headers and payload.
  @inline(__always) @inlinable public var totalCount: Int { raw.byteCount }
  @inlinable public var trafficClass: UInt8 { UInt8(truncatingIfNeeded: raw.big16(at: 0) >> 4) }
  @inlinable public var flowLabel: UInt32 { raw.big32(at: 0) & 0xf_ffff }
  /// What follows this header: a protocol, or an extension header that `IPv6Extensions` walks over.
  @inline(__always) @inlinable public var nextHeader: IPProtocol {
    IPProtocol(rawValue: raw.byte(at: IPv6Header.nextHeader))
  }
  @inlinable public var hopLimit: UInt8 { raw.byte(at: IPv6Header.hopLimit) }
  @inline(__always) @inlinable public var source: Address {
    Address(high: raw.native64(at: IPv6Header.source), low: raw.native64(at: IPv6Header.source &+ 8))
  }
  @inline(__always) @inlinable public var destination: Address {
    Address(
      high: raw.native64(at: IPv6Header.destination), low: raw.native64(at: IPv6Header.destination &+ 8))
  }
  /// Everything behind this header, extension headers too.
  @inline(__always) @inlinable public var payload: RawSpan {
    @_lifetime(copy self) get { raw.extracting(droppingFirst: IPv6Header.count) }
  }
}

/// Writes IPv6 headers.
@frozen public enum IPv6Header {
  @inlinable public static var payloadCount: Int { 4 }
  @inlinable public static var nextHeader: Int { 6 }
  @inlinable public static var hopLimit: Int { 7 }
  @inlinable public static var source: Int { 8 }
  @inlinable public static var destination: Int { 24 }
  /// Bytes of a header.
  @inlinable public static var count: Int { 40 }
  /// The most bytes behind a header: what the length field can say.
  @inlinable public static var mostPayload: Int { 65_535 }
  /// The shortest packet that every link has to take whole (RFC 8200 §5).
  @inlinable public static var leastMTU: Int { 1_280 }

  /// Writes a header of 40 bytes. It has no checksum. At most `mostPayload` payload bytes.
  @_lifetime(out: copy out) @inline(__always)
  @inlinable public static func emit(
    _ out: inout MutableRawSpan, at o: Int, source: Address, destination: Address, nextHeader n: IPProtocol,
    payloadCount: Int, hopLimit: UInt8 = 64, trafficClass: UInt8 = 0, flowLabel: UInt32 = 0
  ) {
    let first = 0x6000_0000 | UInt32(trafficClass) << 20 | (flowLabel & 0xf_ffff)
    let length = UInt32(UInt16(truncatingIfNeeded: payloadCount)) << 16
    out.setBig32(first, at: o)
    out.setBig32(length | UInt32(n.rawValue) << 8 | UInt32(hopLimit), at: o &+ 4)
    out.setNative64(source.high, at: o &+ self.source)
    out.setNative64(source.low, at: o &+ self.source &+ 8)
    out.setNative64(destination.high, at: o &+ self.destination)
    out.setNative64(destination.low, at: o &+ self.destination &+ 8)
  }
}

extension IPv6View {
  /// What `tcpdump -v` prints, on one line.
  public var description: String {
    "IP6 (class 0x\(String(trafficClass, radix: 16)), flowlabel 0x\(String(flowLabel, radix: 16)), "
      + "hlim \(hopLimit), next-header \(nextHeader) (\(nextHeader.rawValue)) "
      + "payload length: \(payload.byteCount)) \(source) > \(destination)"
  }
}
