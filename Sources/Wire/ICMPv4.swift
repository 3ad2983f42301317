import StrataBase

// Internet Control Message Protocol (RFC 792; RFC 1122 §3.2.2; RFC 1191 §4 for the MTU)
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +---------------+---------------+-------------------------------+
// |     Type      |     Code      |           Checksum            |
// +---------------+---------------+-------------------------------+
// |   Identifier (echo), unused   |  Sequence (echo), next MTU    |
// +-------------------------------+-------------------------------+
// |  Data (echo), or the header and first bytes of the packet     |
// +---------------------------------------------------------------+

/// What a control message is about.
@frozen public struct ICMPv4Type: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt8
  @inline(__always) @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  @inlinable public static var echoReply: ICMPv4Type { ICMPv4Type(rawValue: 0) }
  @inlinable public static var destinationUnreachable: ICMPv4Type { ICMPv4Type(rawValue: 3) }
  @inlinable public static var redirect: ICMPv4Type { ICMPv4Type(rawValue: 5) }
  @inlinable public static var echoRequest: ICMPv4Type { ICMPv4Type(rawValue: 8) }
  @inlinable public static var timeExceeded: ICMPv4Type { ICMPv4Type(rawValue: 11) }

  /// Errors are never answered with errors (RFC 1122 §3.2.2).
  @inlinable public var isError: Bool {
    switch rawValue {
    case 3, 4, 5, 11, 12: true
    default: false
    }
  }
}

/// Why a destination could not be reached: the code of that message.
@frozen public enum ICMPv4Unreachable: UInt8, Sendable {
  case network = 0
  case host = 1
  case `protocol` = 2
  case port = 3
  case fragmentationNeeded = 4
  case sourceRouteFailed = 5
  case networkUnknown = 6
  case hostUnknown = 7
  case sourceHostIsolated = 8
  case networkProhibited = 9
  case hostProhibited = 10
  case networkForService = 11
  case hostForService = 12
  case prohibited = 13
  case precedenceViolation = 14
  case precedenceCutoff = 15
}

/// Whose time ran out: the code of that message.
@frozen public enum ICMPv4TimeExceeded: UInt8, Sendable {
  case inTransit = 0
  case inReassembly = 1
}

/// A control message that was read.
///
/// ```swift
/// let message = try ICMPv4View(packet.payload)
/// guard message.checksumIsRight else { return }
/// if message.type == .echoRequest { ... }
/// ```
@frozen public struct ICMPv4View: ~Escapable {
  public let raw: RawSpan

  @_lifetime(copy raw) @inline(__always)
  @inlinable public init(_ raw: RawSpan) throws(WireError) {
    guard raw.byteCount >= ICMPv4Header.count else { throw .short }
    self.raw = raw
  }

  @inlinable public var type: ICMPv4Type { ICMPv4Type(rawValue: raw.byte(at: 0)) }
  @inlinable public var code: UInt8 { raw.byte(at: ICMPv4Header.code) }
  /// Of echo messages.
  @inlinable public var identifier: UInt16 { raw.big16(at: ICMPv4Header.identifier) }
  /// Of echo messages.
  @inlinable public var sequence: UInt16 { raw.big16(at: ICMPv4Header.sequence) }
  /// The code of a destination-unreachable message; nil for other messages and unknown codes.
  @inlinable public var unreachable: ICMPv4Unreachable? {
    type == .destinationUnreachable ? ICMPv4Unreachable(rawValue: code) : nil
  }
  /// The largest packet the next link takes, where a router says so; 0 from old ones (RFC 1191 §4).
  @inlinable public var nextMTU: UInt16 { raw.big16(at: ICMPv4Header.sequence) }
  /// An echo's data, or the header and first bytes of the packet an error is about.
  @inlinable public var body: RawSpan {
    @_lifetime(copy self) get { raw.extracting(droppingFirst: ICMPv4Header.count) }
  }
  /// The checksum covers the whole message.
  @inlinable public var checksumIsRight: Bool { Checksum.fold(Checksum.sum(raw)) == 0xffff }
}

/// Writes control messages with their checksums.
@frozen public enum ICMPv4Header {
  @inlinable public static var code: Int { 1 }
  @inlinable public static var checksum: Int { 2 }
  @inlinable public static var identifier: Int { 4 }
  @inlinable public static var sequence: Int { 6 }
  /// Bytes in front of the body.
  @inlinable public static var count: Int { 8 }

  /// Writes an echo request, or the reply that carries the same identifier, sequence and data back.
  @_lifetime(out: copy out)
  @inlinable public static func emitEcho(
    _ out: inout MutableRawSpan, at o: Int, isReply: Bool, identifier: UInt16, sequence: UInt16, body: RawSpan
  ) {
    emit(
      &out, at: o, type: isReply ? .echoReply : .echoRequest, code: 0,
      rest: UInt32(identifier) << 16 | UInt32(sequence), body: body)
  }

  /// Writes a destination-unreachable message. `original` is the header of the packet it is about and
  /// at least eight bytes of what it carried; `nextMTU` goes with `.fragmentationNeeded`.
  @_lifetime(out: copy out)
  @inlinable public static func emitUnreachable(
    _ out: inout MutableRawSpan, at o: Int, code: ICMPv4Unreachable, nextMTU: UInt16 = 0, original: RawSpan
  ) {
    emit(
      &out, at: o, type: .destinationUnreachable, code: code.rawValue, rest: UInt32(nextMTU), body: original)
  }

  /// Writes a time-exceeded message about the packet that `original` is the beginning of.
  @_lifetime(out: copy out)
  @inlinable public static func emitTimeExceeded(
    _ out: inout MutableRawSpan, at o: Int, code: ICMPv4TimeExceeded, original: RawSpan
  ) {
    emit(&out, at: o, type: .timeExceeded, code: code.rawValue, rest: 0, body: original)
  }

  /// Writes any message: its first word, `rest` as the second, and the body.
  @_lifetime(out: copy out)
  @inlinable public static func emit(
    _ out: inout MutableRawSpan, at o: Int, type: ICMPv4Type, code c: UInt8, rest: UInt32, body: RawSpan
  ) {
    let first = (UInt16(type.rawValue) << 8 | UInt16(c)).bigEndian
    let sum = UInt64(first) &+ UInt64(rest.bigEndian) &+ Checksum.sum(body)
    out.setNative16(first, at: o)
    out.setNative16(~Checksum.fold(sum), at: o &+ checksum)
    out.setBig32(rest, at: o &+ identifier)
    out.set(body, at: o &+ count)
  }
}

extension ICMPv4View {
  /// As tcpdump prints it.
  public var description: String {
    let what: String
    switch type {
    case .echoRequest: what = "echo request, id \(identifier), seq \(sequence)"
    case .echoReply: what = "echo reply, id \(identifier), seq \(sequence)"
    case .destinationUnreachable:
      let name = unreachable.map { "\($0)" } ?? "code \(code)"
      what = "\(name) unreachable" + (code == 4 && nextMTU > 0 ? ", need to frag (mtu \(nextMTU))" : "")
    case .timeExceeded: what = "time exceeded \(code == 0 ? "in-transit" : "in reassembly")"
    default: what = "type-#\(type.rawValue), code \(code)"
    }
    return "ICMP \(what), length \(raw.byteCount)"
  }
}
