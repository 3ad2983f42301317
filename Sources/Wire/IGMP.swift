import StrataBase

// Internet Group Management Protocol, version 3 (RFC 9776 §4, before it RFC 3376; version 2: RFC 2236)
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +---------------+---------------+-------------------------------+
// |     Type      | Max Resp Code |           Checksum            |
// +---------------+---------------+-------------------------------+
// |     Group (query, version 2), or Number of Records (report)   |
// +-------+-+-----+---------------+-------------------------------+
// | Resv  |S| QRV |     QQIC      |  Number of Sources (query)    |
// +-------+-+-----+---------------+-------------------------------+
//
// A record of a report:
// +---------------+---------------+-------------------------------+
// |  Record Type  |  Aux Data Len |       Number of Sources       |
// +---------------+---------------+-------------------------------+
// |                             Group                             |
// +---------------------------------------------------------------+
// |                       Sources, auxiliary data                 |
// +---------------------------------------------------------------+

/// What a message is.
@frozen public struct IGMPType: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt8
  @inline(__always) @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  @inlinable public static var query: IGMPType { IGMPType(rawValue: 0x11) }
  @inlinable public static var reportV2: IGMPType { IGMPType(rawValue: 0x16) }
  @inlinable public static var leaveV2: IGMPType { IGMPType(rawValue: 0x17) }
  @inlinable public static var report: IGMPType { IGMPType(rawValue: 0x22) }
}

/// What a record of a report says. MLD numbers its records alike (RFC 9777 §5.2.5).
@frozen public enum GroupRecordType: UInt8, Sendable {
  case modeIsInclude = 1
  case modeIsExclude = 2
  case changeToInclude = 3
  case changeToExclude = 4
  case allowNewSources = 5
  case blockOldSources = 6
}

/// A message that was read.
///
/// ```swift
/// let message = try IGMPView(packet.payload)
/// guard message.checksumIsRight else { return }
/// if message.type == .query { answer(message.group, within: message.maximumResponse) }
/// ```
@frozen public struct IGMPView: ~Escapable {
  public let raw: RawSpan

  @_lifetime(copy raw) @inline(__always)
  @inlinable public init(_ raw: RawSpan) throws(WireError) {
    guard raw.byteCount >= IGMPHeader.count else { throw .short }
    self.raw = raw
  }

  @inlinable public var type: IGMPType { IGMPType(rawValue: raw.byte(at: 0)) }
  @inlinable public var code: UInt8 { raw.byte(at: IGMPHeader.code) }
  /// Of queries and of version 2: which group; 0.0.0.0 in a query asks for all.
  @inlinable public var group: Address { Address(v4Native: raw.native32(at: IGMPHeader.group)) }
  /// The second word as a number: of a report, its lower half is the number of records.
  @inlinable public var rest: UInt32 { raw.big32(at: IGMPHeader.group) }
  @inlinable public var recordCount: Int { Int(rest & 0xffff) }
  /// What follows the first two words.
  @inlinable public var body: RawSpan {
    @_lifetime(copy self) get { raw.extracting(droppingFirst: IGMPHeader.count) }
  }
  /// The checksum covers the whole message.
  @inlinable public var checksumIsRight: Bool { Checksum.fold(Checksum.sum(raw)) == 0xffff }

  /// Of a query: the time in which to answer, in tenths of a second. RFC 9776 §4.1.1: from 128 on the
  /// code is a small floating-point number; RFC 2236 §4: version 1 sends 0 and means ten seconds.
  public var maximumResponse: Int {
    if raw.byteCount < IGMPHeader.queryCount { return code == 0 ? 100 : Int(code) }
    return code < 128 ? Int(code) : Int(code & 15 | 16) << Int((code >> 4 & 7) + 3)
  }

  /// A record of a report: where it lies in `body`, what it says, and where the next one lies. Nil: it
  /// is not whole.
  public func record(at offset: Int) -> (type: UInt8, group: Address, sources: Int, next: Int)? {
    let body = body
    guard offset >= 0, body.byteCount - offset >= IGMPHeader.recordCount else { return nil }
    let sources = Int(body.big16(at: offset + 2)), auxiliary = Int(body.byte(at: offset + 1))
    let next = offset + IGMPHeader.recordCount + 4 * (sources + auxiliary)
    guard next <= body.byteCount else { return nil }
    return (body.byte(at: offset), Address(v4Native: body.native32(at: offset + 4)), sources, next)
  }
}

/// Writes messages with their checksums.
@frozen public enum IGMPHeader {
  @inlinable public static var code: Int { 1 }
  @inlinable public static var checksum: Int { 2 }
  @inlinable public static var group: Int { 4 }
  /// Bytes in front of the body.
  @inlinable public static var count: Int { 8 }
  /// The fewest bytes of a query of version 3 (RFC 9776 §7.1).
  @inlinable public static var queryCount: Int { 12 }
  /// Bytes of a record without sources.
  @inlinable public static var recordCount: Int { 8 }

  /// Writes a message whose body lies behind it already: `bodyCount` bytes from `at + count` on.
  @_lifetime(out: copy out)
  @inlinable public static func emit(
    _ out: inout MutableRawSpan, at o: Int, type: IGMPType, code c: UInt8, rest: UInt32, bodyCount: Int
  ) {
    out.setBig16(UInt16(type.rawValue) << 8 | UInt16(c), at: o)
    out.setNative16(0, at: o &+ checksum)
    out.setBig32(rest, at: o &+ group)
    let sum = Checksum.sum(out.bytes.extracting(o..<(o &+ count &+ bodyCount)))
    out.setNative16(~Checksum.fold(sum), at: o &+ checksum)
  }

  /// Writes a record without sources.
  @_lifetime(out: copy out)
  @inlinable public static func emitRecord(
    _ out: inout MutableRawSpan, at o: Int, type: GroupRecordType, group g: Address
  ) {
    out.setBig32(UInt32(type.rawValue) << 24, at: o)
    out.setNative32(g.v4Native, at: o &+ 4)
  }
}

extension IPProtocol {
  @inlinable public static var igmp: IPProtocol { IPProtocol(rawValue: 2) }
}

extension IGMPView {
  /// As tcpdump prints it.
  public var description: String {
    switch type {
    case .query: return "igmp query v\(raw.byteCount < IGMPHeader.queryCount ? 2 : 3) [gaddr \(group)]"
    case .reportV2: return "igmp v2 report \(group)"
    case .leaveV2: return "igmp leave \(group)"
    case .report:
      var text = "igmp v3 report, \(recordCount) group record(s)"
      var at = 0
      for _ in 0..<recordCount {
        guard let record = record(at: at) else { return text + " [incomplete]" }
        let name = GroupRecordType(rawValue: record.type).map { "\($0)" } ?? "type \(record.type)"
        text += " [gaddr \(record.group) \(name) { \(record.sources) }]"
        at = record.next
      }
      return text
    default: return "igmp type 0x\(String(type.rawValue, radix: 16))"
    }
  }
}
