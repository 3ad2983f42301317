import StrataBase

// Internet Control Message Protocol for IPv6 (RFC 4443 §2.1)
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +---------------+---------------+-------------------------------+
// |     Type      |     Code      |           Checksum            |
// +---------------+---------------+-------------------------------+
// |   Identifier and sequence (echo), MTU, pointer, or unused     |
// +---------------------------------------------------------------+
// |  Data (echo), or as much of the packet as fits 1,280 bytes    |
// +---------------------------------------------------------------+

/// What a control message is about (IANA "ICMPv6 Parameters").
@frozen public struct ICMPv6Type: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt8
  @inline(__always) @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  @inlinable public static var destinationUnreachable: ICMPv6Type { ICMPv6Type(rawValue: 1) }
  @inlinable public static var packetTooBig: ICMPv6Type { ICMPv6Type(rawValue: 2) }
  @inlinable public static var timeExceeded: ICMPv6Type { ICMPv6Type(rawValue: 3) }
  @inlinable public static var parameterProblem: ICMPv6Type { ICMPv6Type(rawValue: 4) }
  @inlinable public static var echoRequest: ICMPv6Type { ICMPv6Type(rawValue: 128) }
  @inlinable public static var echoReply: ICMPv6Type { ICMPv6Type(rawValue: 129) }
  @inlinable public static var listenerQuery: ICMPv6Type { ICMPv6Type(rawValue: 130) }
  @inlinable public static var routerSolicitation: ICMPv6Type { ICMPv6Type(rawValue: 133) }
  @inlinable public static var routerAdvertisement: ICMPv6Type { ICMPv6Type(rawValue: 134) }
  @inlinable public static var neighbourSolicitation: ICMPv6Type { ICMPv6Type(rawValue: 135) }
  @inlinable public static var neighbourAdvertisement: ICMPv6Type { ICMPv6Type(rawValue: 136) }
  @inlinable public static var redirect: ICMPv6Type { ICMPv6Type(rawValue: 137) }
  @inlinable public static var listenerReport: ICMPv6Type { ICMPv6Type(rawValue: 143) }

  /// The highest bit tells information from errors (RFC 4443 §2.1).
  @inlinable public var isError: Bool { rawValue < 128 }
}

/// Why a destination could not be reached: the code of that message.
@frozen public enum ICMPv6Unreachable: UInt8, Sendable {
  case noRoute = 0
  case prohibited = 1
  case beyondScope = 2
  case address = 3
  case port = 4
  case sourcePolicy = 5
  case rejectRoute = 6
}

/// What of a header could not be used: the code of that message.
@frozen public enum ICMPv6ParameterProblem: UInt8, Sendable {
  case badField = 0
  case unknownNextHeader = 1
  case unknownOption = 2
}

/// A control message that was read.
///
/// ```swift
/// let message = try ICMPv6View(packet.payload)
/// let pseudo = PseudoHeader.sum(
///   source: from, destination: to, protocol: .icmpv6, count: message.raw.byteCount)
/// guard message.checksumIsRight(pseudo: pseudo) else { return }
/// ```
@frozen public struct ICMPv6View: ~Escapable {
  public let raw: RawSpan

  @_lifetime(copy raw) @inline(__always)
  @inlinable public init(_ raw: RawSpan) throws(WireError) {
    guard raw.byteCount >= ICMPv6Header.count else { throw .short }
    self.raw = raw
  }

  @inlinable public var type: ICMPv6Type { ICMPv6Type(rawValue: raw.byte(at: 0)) }
  @inlinable public var code: UInt8 { raw.byte(at: ICMPv6Header.code) }
  /// The second word: what it means depends on the type.
  @inlinable public var rest: UInt32 { raw.big32(at: ICMPv6Header.rest) }
  /// Of echo messages.
  @inlinable public var identifier: UInt16 { raw.big16(at: ICMPv6Header.rest) }
  /// Of echo messages.
  @inlinable public var sequence: UInt16 { raw.big16(at: ICMPv6Header.rest &+ 2) }
  /// The code of a destination-unreachable message; nil for other messages and unknown codes.
  @inlinable public var unreachable: ICMPv6Unreachable? {
    type == .destinationUnreachable ? ICMPv6Unreachable(rawValue: code) : nil
  }
  /// Of packet-too-big messages: what the next link takes.
  @inlinable public var mtu: UInt32 { rest }
  /// An echo's data, or the packet that an error is about, as far as it fits.
  @inlinable public var body: RawSpan {
    @_lifetime(copy self) get { raw.extracting(droppingFirst: ICMPv6Header.count) }
  }
  /// The checksum covers the whole message and a pseudo header that counts `raw.byteCount` bytes.
  @inlinable public func checksumIsRight(pseudo: UInt64) -> Bool {
    Checksum.fold(pseudo &+ Checksum.sum(raw)) == 0xffff
  }
}

/// Writes control messages with their checksums.
@frozen public enum ICMPv6Header {
  @inlinable public static var code: Int { 1 }
  @inlinable public static var checksum: Int { 2 }
  @inlinable public static var rest: Int { 4 }
  /// Bytes in front of the body.
  @inlinable public static var count: Int { 8 }

  /// Writes any message: its first word, `rest` as the second, and the body. `pseudo` counts header and
  /// body.
  @_lifetime(out: copy out)
  @inlinable public static func emit(
    _ out: inout MutableRawSpan, at o: Int, type: ICMPv6Type, code c: UInt8 = 0, rest r: UInt32 = 0,
    body: RawSpan, pseudo: UInt64
  ) {
    out.setBig16(UInt16(type.rawValue) << 8 | UInt16(c), at: o)
    out.setBig32(r, at: o &+ rest)
    out.set(body, at: o &+ count)
    seal(&out, at: o, count: count &+ body.byteCount, pseudo: pseudo)
  }

  /// Makes the checksum of a message of `count` bytes that is written already.
  @_lifetime(out: copy out)
  @inlinable public static func seal(_ out: inout MutableRawSpan, at o: Int, count: Int, pseudo: UInt64) {
    out.setNative16(0, at: o &+ checksum)
    let sum = Checksum.sum(out.bytes.extracting(o..<(o &+ count)))
    out.setNative16(~Checksum.fold(pseudo &+ sum), at: o &+ checksum)
  }
}

extension ICMPv6View {
  /// As tcpdump prints it.
  public var description: String {
    let what: String
    switch type {
    case .echoRequest: what = "echo request, id \(identifier), seq \(sequence)"
    case .echoReply: what = "echo reply, id \(identifier), seq \(sequence)"
    case .destinationUnreachable:
      what = "destination unreachable, \(unreachable.map { "\($0)" } ?? "code \(code)")"
    case .packetTooBig: what = "packet too big, mtu \(mtu)"
    case .timeExceeded: what = "time exceeded \(code == 0 ? "in-transit" : "in reassembly")"
    case .parameterProblem: what = "parameter problem, code \(code), at \(rest)"
    default: what = "type-#\(type.rawValue), code \(code)"
    }
    return "ICMP6, \(what), length \(raw.byteCount)"
  }
}
