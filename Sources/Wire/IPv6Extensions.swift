import StrataBase

// Extension headers of IPv6 (RFC 8200 §4)
//
// Hop-by-hop options and destination options:       Fragment (always 8 bytes):
// +-------------+-------------+--------------+      +-------------+----------+-------------+---+-+
// | Next Header | Length / 8  | Options ...  |      | Next Header | Reserved | Offset / 8  |Res|M|
// |             |  without 8  |              |      +-------------+----------+-------------+---+-+
// +-------------+-------------+--------------+      |              Identification                |
//                                                   +--------------------------------------------+
// Routing:                                          An option:
// +-------------+-------------+------+-------+      +--------+--------+----------+
// | Next Header | Length / 8  | Type | Left  |      |  Type  | Length | Data ... |   type 0: one byte
// |             |  without 8  |      |       |      +--------+--------+----------+   of padding
// +-------------+-------------+------+-------+      the two highest bits of a type say what becomes
// | Data ...                                 |      of the packet where nobody knows the option

/// A piece of a larger packet, as its fragment header says (RFC 8200 §4.5).
@frozen public struct IPv6Fragment: Hashable, Sendable {
  public var identification: UInt32
  /// Where this piece begins in the whole fragmentable part, in bytes.
  public var offset: Int
  public var moreFragments: Bool
  /// What the whole begins with.
  public var nextHeader: IPProtocol

  @inlinable public init(identification: UInt32, offset: Int, moreFragments: Bool, nextHeader: IPProtocol) {
    self.identification = identification
    self.offset = offset
    self.moreFragments = moreFragments
    self.nextHeader = nextHeader
  }

  /// Writes a fragment header.
  @_lifetime(out: copy out)
  @inlinable public func emit(_ out: inout MutableRawSpan, at o: Int) {
    out.setBig16(UInt16(nextHeader.rawValue) << 8, at: o)
    out.setBig16(UInt16(truncatingIfNeeded: offset) & 0xfff8 | (moreFragments ? 1 : 0), at: o &+ 2)
    out.setBig32(identification, at: o &+ 4)
  }

  /// Bytes of a fragment header.
  @inlinable public static var headerCount: Int { 8 }
}

/// Why extension headers stop a packet.
@frozen public enum IPv6Refusal: Error, Hashable, Sendable {
  /// A header or option that does not fit, or more of them than are read.
  case malformed
  /// An option that says by its type: drop the packet, and say nothing.
  case option
  /// The sender is to be told by a parameter problem; `pointer` counts bytes from the packet's start.
  /// `answersGroups`: even where the packet went to a group.
  case problem(ICMPv6ParameterProblem, pointer: Int, answersGroups: Bool)
}

/// The extension headers of a packet, walked over once.
///
/// ```swift
/// let packet = try IPv6View(bytes)
/// let walk = try IPv6ExtensionsView(packet.raw)
/// if walk.upper == .udp, walk.fragment == nil { let datagram = try UDPView(walk.payload) }
/// ```
@frozen public struct IPv6ExtensionsView: ~Escapable {
  /// The whole packet.
  public let raw: RawSpan
  /// The protocol behind all extension headers. In a fragment that is not the first it is what the
  /// fragment header names, and `payload` begins somewhere inside of it.
  public let upper: IPProtocol
  /// Bytes in front of `payload`: the IPv6 header and all extension headers.
  public let headerCount: Int
  /// Set where this is a piece of a larger packet.
  public let fragment: IPv6Fragment?
  /// Of a fragment: where the number lies that says that a fragment header follows. Reassembly writes
  /// there what the whole begins with (RFC 8200 §4.5).
  public let fragmentName: Int
  /// Where the number lies that names `upper`.
  public let upperName: Int
  /// Whether a router alert option is in it (RFC 2711).
  public let hasRouterAlert: Bool

  /// The most extension headers that are walked over. RFC 8200 §4.1 names six kinds, one of them twice.
  @inlinable public static var mostHeaders: Int { 8 }

  /// `raw` has to be a packet that `IPv6View` took, from its first byte to its last.
  @_lifetime(copy raw)
  @inline(never) public init(_ raw: RawSpan) throws(IPv6Refusal) {
    var walk = IPv6Walk(raw)
    try walk.run(raw)
    self.raw = raw
    upper = walk.next
    headerCount = walk.at
    fragment = walk.fragment
    fragmentName = walk.fragmentName
    upperName = walk.nameAt
    hasRouterAlert = walk.hasRouterAlert
  }

  public var payload: RawSpan {
    @_lifetime(copy self) get { raw.extracting(droppingFirst: headerCount) }
  }
}

/// A place between two headers.
private struct IPv6Walk {
  var next: IPProtocol
  var at = IPv6Header.count
  var nameAt = IPv6Header.nextHeader
  var fragmentName = IPv6Header.nextHeader
  var fragment: IPv6Fragment?
  var hasRouterAlert = false

  init(_ raw: RawSpan) { next = IPProtocol(rawValue: raw.byte(at: nameAt)) }

  mutating func run(_ raw: RawSpan) throws(IPv6Refusal) {
    for number in 0... {
      switch next {
      case .hopByHop:
        // RFC 8200 §4.1: the hop-by-hop options header "is restricted to appear immediately after an IPv6
        // header only". Anywhere else it is a next header that nobody knows (§4).
        guard at == IPv6Header.count else {
          throw .problem(.unknownNextHeader, pointer: nameAt, answersGroups: false)
        }
        try options(raw)
      case .destinationOptions: try options(raw)
      case .routing: try routing(raw)
      case .fragment:
        try fragmentHeader(raw)
        if fragment != nil { return }
      case .noNextHeader: return
      default: return
      }
      if number == IPv6ExtensionsView.mostHeaders - 1 { break }
    }
    if next.isExtension { throw .malformed }
  }

  /// The bytes of the header here.
  private func length(_ raw: RawSpan) throws(IPv6Refusal) -> Int {
    guard at + 8 <= raw.byteCount else { throw .malformed }
    let count = (Int(raw.byte(at: at + 1)) + 1) * 8
    guard at + count <= raw.byteCount else { throw .malformed }
    return count
  }

  private mutating func step(_ raw: RawSpan, over count: Int) {
    next = IPProtocol(rawValue: raw.byte(at: at))
    nameAt = at
    at += count
  }

  private mutating func options(_ raw: RawSpan) throws(IPv6Refusal) {
    let end = at + (try length(raw))
    var option = at + 2
    while option < end {
      let type = raw.byte(at: option)
      if type == 0 {  // Pad1
        option += 1
        continue
      }
      guard option + 2 <= end else { throw .malformed }
      let count = 2 + Int(raw.byte(at: option + 1))
      guard option + count <= end else { throw .malformed }
      if type == 5, count == 4 {
        hasRouterAlert = true
      } else if type != 1 {  // PadN
        // RFC 8200 §4.2: the highest two bits "specify the action that must be taken if the processing
        // IPv6 node does not recognize the Option Type".
        switch type >> 6 {
        case 0: break
        case 1: throw .option
        case 2: throw .problem(.unknownOption, pointer: option, answersGroups: true)
        default: throw .problem(.unknownOption, pointer: option, answersGroups: false)
        }
      }
      option += count
    }
    step(raw, over: end - at)
  }

  // RFC 8200 §4.4: of an unrecognized type, "If Segments Left is zero, the node must ignore the Routing
  // header [...]. If Segments Left is non-zero, the node must discard the packet and send an ICMP
  // Parameter Problem, Code 0, message to the packet's Source Address, pointing to the unrecognized
  // Routing Type." Every type is one that we do not recognize; type 0 must be (RFC 5095 §3).
  private mutating func routing(_ raw: RawSpan) throws(IPv6Refusal) {
    let count = try length(raw)
    guard raw.byte(at: at + 3) == 0 else {
      throw .problem(.badField, pointer: at + 2, answersGroups: false)
    }
    step(raw, over: count)
  }

  private mutating func fragmentHeader(_ raw: RawSpan) throws(IPv6Refusal) {
    guard at + IPv6Fragment.headerCount <= raw.byteCount else { throw .malformed }
    let word = raw.big16(at: at + 2)
    let piece = IPv6Fragment(
      identification: raw.big32(at: at + 4), offset: Int(word & 0xfff8), moreFragments: word & 1 != 0,
      nextHeader: IPProtocol(rawValue: raw.byte(at: at)))
    // RFC 6946 §4: a fragment that is the whole packet is processed as that.
    if piece.offset > 0 || piece.moreFragments { fragment = piece }
    fragmentName = nameAt
    step(raw, over: IPv6Fragment.headerCount)
  }
}

/// Writes hop-by-hop options headers.
@frozen public enum IPv6Options {
  /// Bytes of a header with a router alert.
  @inlinable public static var routerAlertCount: Int { 8 }

  /// Writes a header of 8 bytes with a router alert for a listener message (RFC 2711 §2.1).
  @_lifetime(out: copy out)
  @inlinable public static func emitRouterAlert(
    _ out: inout MutableRawSpan, at o: Int, nextHeader: IPProtocol
  ) {
    out.setBig64(UInt64(nextHeader.rawValue) << 56 | 0x0502_0000_0100, at: o)
  }
}

extension IPProtocol {
  @inlinable public static var hopByHop: IPProtocol { IPProtocol(rawValue: 0) }
  @inlinable public static var routing: IPProtocol { IPProtocol(rawValue: 43) }
  @inlinable public static var fragment: IPProtocol { IPProtocol(rawValue: 44) }
  @inlinable public static var noNextHeader: IPProtocol { IPProtocol(rawValue: 59) }
  @inlinable public static var destinationOptions: IPProtocol { IPProtocol(rawValue: 60) }

  /// Whether IPv6 has this as an extension header that is walked over.
  @inlinable public var isExtension: Bool {
    switch self {
    case .hopByHop, .routing, .fragment, .destinationOptions: true
    default: false
    }
  }
}

extension IPv6ExtensionsView {
  /// What is behind the headers, as tcpdump says it.
  public var description: String {
    var text = "\(upper) (\(upper.rawValue)) at \(headerCount)"
    if hasRouterAlert { text += ", rtalert" }
    if let fragment {
      text += ", frag (0x\(String(fragment.identification, radix: 16)):\(fragment.offset)"
      text += "|\(payload.byteCount)\(fragment.moreFragments ? "+" : ""))"
    }
    return text
  }
}
