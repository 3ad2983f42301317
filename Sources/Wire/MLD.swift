import StrataBase

// Multicast Listener Discovery, version 2 (RFC 9777 §5; first RFC 3810), in ICMPv6 messages
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +---------------+---------------+-------------------------------+
// |   Type 130    |     Code      |           Checksum            |  query
// +---------------+---------------+-------------------------------+
// |    Maximum Response Code      |           Reserved            |
// +-------------------------------+-------------------------------+
// |             Multicast Address (16 bytes; zero: all)           |
// +-------+-+-----+---------------+-------------------------------+
// | Resv  |S| QRV |     QQIC      |     Number of Sources (N)     |
// +-------+-+-----+---------------+-------------------------------+
// |             Source addresses, 16 bytes each ...               |
// +---------------------------------------------------------------+
//
// +---------------+---------------+-------------------------------+
// |   Type 143    |   Reserved    |           Checksum            |  report
// +---------------+---------------+-------------------------------+
// |           Reserved            |  Number of Address Records    |
// +---------------+---------------+-------------------------------+
// |  Record Type  | Aux Data / 4  |     Number of Sources (N)     |  each record
// +---------------+---------------+-------------------------------+
// |                 Multicast Address (16 bytes)                  |
// +---------------------------------------------------------------+
// |       Source addresses, 16 bytes each; auxiliary data         |
// +---------------------------------------------------------------+

/// A query that was read, of either version.
@frozen public struct MLDQueryView: ~Escapable {
  public let raw: RawSpan

  /// `raw` is the whole ICMPv6 message.
  @_lifetime(copy raw)
  @inlinable public init(_ raw: RawSpan) throws(WireError) {
    guard raw.byteCount >= MLDHeader.oldQueryCount else { throw .short }
    guard raw.byte(at: 0) == ICMPv6Type.listenerQuery.rawValue else { throw .unsupported }
    // RFC 9777 §8.1: 24 bytes are version 1, 28 and more version 2; "Query messages that do not match any
    // of the above conditions (e.g., a Query of length 26 octets) MUST be silently ignored".
    if raw.byteCount > MLDHeader.oldQueryCount {
      guard raw.byteCount >= MLDHeader.queryCount else { throw .totalLength }
      let sources = Int(raw.big16(at: 26)) &* 16
      guard MLDHeader.queryCount &+ sources <= raw.byteCount else { throw .totalLength }
    }
    self.raw = raw
  }

  /// The longest that an answer may be held back, in milliseconds (RFC 9777 §5.1.3).
  @inlinable public var maximumResponse: Int {
    let code = Int(raw.big16(at: 4))
    return code < 32_768 ? code : (code & 0xfff | 0x1000) << ((code >> 12 & 7) &+ 3)
  }
  /// The group that is asked for; unspecified: all.
  @inlinable public var group: Address { Address(high: raw.native64(at: 8), low: raw.native64(at: 16)) }
  @inlinable public var isOld: Bool { raw.byteCount == MLDHeader.oldQueryCount }
}

/// A report that was read: every record fits.
@frozen public struct MLDReportView: ~Escapable {
  public let raw: RawSpan

  /// `raw` is the whole ICMPv6 message.
  @_lifetime(copy raw)
  @inlinable public init(_ raw: RawSpan) throws(WireError) {
    guard raw.byteCount >= MLDHeader.reportCount else { throw .short }
    guard raw.byte(at: 0) == ICMPv6Type.listenerReport.rawValue else { throw .unsupported }
    var at = MLDHeader.reportCount
    for _ in 0..<Int(raw.big16(at: 6)) {
      guard at &+ MLDHeader.recordCount <= raw.byteCount else { throw .totalLength }
      at &+= MLDHeader.recordCount &+ Int(raw.big16(at: at &+ 2)) &* 16 &+ Int(raw.byte(at: at &+ 1)) &* 4
    }
    guard at <= raw.byteCount else { throw .totalLength }
    self.raw = raw
  }

  @inlinable public var recordCount: Int { Int(raw.big16(at: 6)) }

  /// The record at `offset`, which is moved behind it; nil at the end. Begin at `MLDHeader.reportCount`.
  /// Unknown types are nil.
  @inlinable public func record(
    at offset: inout Int
  ) -> (type: GroupRecordType?, group: Address, sources: Int)? {
    guard offset &+ MLDHeader.recordCount <= raw.byteCount else { return nil }
    let at = offset
    let sources = Int(raw.big16(at: at &+ 2))
    offset &+= MLDHeader.recordCount &+ sources &* 16 &+ Int(raw.byte(at: at &+ 1)) &* 4
    guard offset <= raw.byteCount else { return nil }
    return (
      GroupRecordType(rawValue: raw.byte(at: at)),
      Address(high: raw.native64(at: at &+ 4), low: raw.native64(at: at &+ 12)), sources
    )
  }
}

/// Writes reports and queries, without their checksums: `ICMPv6Header.seal` comes last.
@frozen public enum MLDHeader {
  /// Bytes of a query of version 1, and of one of version 2 without sources.
  @inlinable public static var oldQueryCount: Int { 24 }
  @inlinable public static var queryCount: Int { 28 }
  /// Bytes of a report without records, and of a record without sources.
  @inlinable public static var reportCount: Int { 8 }
  @inlinable public static var recordCount: Int { 20 }

  /// Writes a report's first 8 bytes.
  @_lifetime(out: copy out)
  @inlinable public static func emitReport(_ out: inout MutableRawSpan, at o: Int, records: Int) {
    out.setBig32(UInt32(ICMPv6Type.listenerReport.rawValue) << 24, at: o)
    out.setBig32(UInt32(UInt16(truncatingIfNeeded: records)), at: o &+ 4)
  }

  /// Writes a record without sources, of 20 bytes.
  @_lifetime(out: copy out)
  @inlinable public static func emitRecord(
    _ out: inout MutableRawSpan, at o: Int, _ type: GroupRecordType, _ group: Address
  ) {
    out.setBig32(UInt32(type.rawValue) << 24, at: o)
    out.setNative64(group.high, at: o &+ 4)
    out.setNative64(group.low, at: o &+ 12)
  }

  /// Writes a query without sources, of 28 bytes. `maximumResponse` is in milliseconds, below 32,768.
  @_lifetime(out: copy out)
  @inlinable public static func emitQuery(
    _ out: inout MutableRawSpan, at o: Int, group: Address, maximumResponse: UInt16
  ) {
    out.setBig32(UInt32(ICMPv6Type.listenerQuery.rawValue) << 24, at: o)
    out.setBig32(UInt32(maximumResponse) << 16, at: o &+ 4)
    out.setNative64(group.high, at: o &+ 8)
    out.setNative64(group.low, at: o &+ 16)
    // Robustness 2, an interval of 125 s: the defaults of RFC 9777 §9.
    out.setBig32(0x027d_0000, at: o &+ 24)
  }
}

extension MLDQueryView {
  /// As tcpdump prints it.
  public var description: String {
    "ICMP6, multicast listener query \(isOld ? "v1" : "v2") max resp delay: \(maximumResponse), "
      + "addr: \(group), length \(raw.byteCount)"
  }
}

extension MLDReportView {
  /// As tcpdump prints it.
  public var description: String {
    var text = "ICMP6, multicast listener report v2, \(recordCount) group record(s)"
    var at = MLDHeader.reportCount
    for _ in 0..<recordCount {
      guard let record = record(at: &at) else { break }
      text +=
        " [gaddr \(record.group) \(record.type.map { "\($0)" } ?? "unknown"), \(record.sources) source(s)]"
    }
    return text + ", length \(raw.byteCount)"
  }
}
