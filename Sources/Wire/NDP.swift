import StrataBase

// Neighbor Discovery for IPv6 (RFC 4861 §4), in ICMPv6 messages of types 133 to 137. Behind the first
// four bytes, which all have in common, lie
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +---------------+-+-+-----------+-------------------------------+
// | Cur Hop Limit |M|O|           |        Router Lifetime        |  router advertisement
// +---------------+-+-+-----------+-------------------------------+  (a solicitation has only the
// |                        Reachable Time                         |  first word, which is unused)
// +---------------------------------------------------------------+
// |                         Retrans Timer                         |
// +---------------------------------------------------------------+
//
// +-+-+-+---------------------------------------------------------+
// |R|S|O|                                                         |  neighbour advertisement; in a
// +-+-+-+---------------------------------------------------------+  solicitation and in a redirect
// |                   Target Address (16 bytes)                   |  the flags are unused, and a
// +---------------------------------------------------------------+  redirect's destination follows
//
// and then options:
// +---------------+---------------+-------------------------------+
// |     Type      |  Length / 8   |  Data ...                     |  1, 2: hardware address of source, target
// +---------------+---------------+-------------------------------+  3: prefix, 5: MTU (§4.6)

/// What a prefix option says (RFC 4861 §4.6.2).
@frozen public struct NDPPrefix: Hashable, Sendable {
  public var prefix: AddressPrefix
  /// Hosts of this prefix are on the link.
  public var isOnLink: Bool
  /// Addresses may be made of it (RFC 4862).
  public var isAutonomous: Bool
  /// In seconds; all ones is for ever.
  public var validLifetime: UInt32
  public var preferredLifetime: UInt32

  @inlinable public init(
    _ prefix: AddressPrefix, isOnLink: Bool = true, isAutonomous: Bool = true, validLifetime: UInt32,
    preferredLifetime: UInt32
  ) {
    self.prefix = prefix
    self.isOnLink = isOnLink
    self.isAutonomous = isAutonomous
    self.validLifetime = validLifetime
    self.preferredLifetime = preferredLifetime
  }
}

/// An option of a neighbour discovery message.
@frozen public enum NDPOption: Hashable, Sendable {
  case sourceHardware(HardwareAddress)
  case targetHardware(HardwareAddress)
  case prefix(NDPPrefix)
  case mtu(UInt32)
  /// One that is not read here.
  case other(UInt8)
}

/// A neighbour discovery message that was read: it is as long as its type needs, and every option fits.
///
/// ```swift
/// let message = try NDPView(packet.payload)
/// if message.type == .neighbourSolicitation, message.target == mine { ... }
/// ```
@frozen public struct NDPView: ~Escapable {
  public let raw: RawSpan
  public let type: ICMPv6Type
  /// Where the options begin.
  public let headerCount: Int

  /// `raw` is the whole ICMPv6 message. Other messages are `.unsupported`. RFC 4861 §6.1.1: "All included
  /// options have a length that is greater than zero."
  @_lifetime(copy raw)
  @inlinable public init(_ raw: RawSpan) throws(WireError) {
    guard raw.byteCount >= ICMPv6Header.count else { throw .short }
    type = ICMPv6Type(rawValue: raw.byte(at: 0))
    guard let headerCount = NDPHeader.count(type), raw.byte(at: 1) == 0 else { throw .unsupported }
    guard raw.byteCount >= headerCount else { throw .short }
    var at = headerCount
    while at < raw.byteCount {
      guard at &+ 8 <= raw.byteCount, raw.byte(at: at &+ 1) > 0 else { throw .option }
      at &+= Int(raw.byte(at: at &+ 1)) &* 8
    }
    guard at == raw.byteCount else { throw .option }
    self.raw = raw
    self.headerCount = headerCount
  }

  /// Of a router advertisement: what packets should begin with; 0 where it says nothing.
  @inlinable public var hopLimit: UInt8 { raw.byte(at: 4) }
  /// Of a router advertisement: addresses or other settings are to be had by DHCPv6.
  @inlinable public var isManaged: Bool { raw.byte(at: 5) & 0x80 != 0 }
  @inlinable public var hasOtherSettings: Bool { raw.byte(at: 5) & 0x40 != 0 }
  /// Of a router advertisement: seconds for which it may be the default router.
  @inlinable public var routerLifetime: UInt16 { raw.big16(at: 6) }
  /// Of a router advertisement: milliseconds; 0 where it says nothing.
  @inlinable public var reachableTime: UInt32 { raw.big32(at: 8) }
  @inlinable public var retransmissionTime: UInt32 { raw.big32(at: 12) }

  /// Of a neighbour advertisement.
  @inlinable public var isRouter: Bool { raw.byte(at: 4) & 0x80 != 0 }
  @inlinable public var isSolicited: Bool { raw.byte(at: 4) & 0x40 != 0 }
  @inlinable public var overrides: Bool { raw.byte(at: 4) & 0x20 != 0 }
  /// Who is asked for or tells of itself; of a redirect: the better next hop.
  @inlinable public var target: Address {
    Address(high: raw.native64(at: NDPHeader.target), low: raw.native64(at: NDPHeader.target &+ 8))
  }
  /// Of a redirect: whom the better way leads to.
  @inlinable public var destination: Address {
    Address(high: raw.native64(at: NDPHeader.destination), low: raw.native64(at: NDPHeader.destination &+ 8))
  }

  /// The option at `offset`, which is moved behind it; nil at the end. Begin at `headerCount`.
  @inlinable public func option(at offset: inout Int) -> NDPOption? {
    guard offset >= headerCount, offset < raw.byteCount else { return nil }
    let at = offset
    let kind = raw.byte(at: at), count = Int(raw.byte(at: at &+ 1)) &* 8
    offset &+= count
    switch (kind, count) {
    case (1, 8): return .sourceHardware(HardwareAddress(raw, at: at &+ 2))
    case (2, 8): return .targetHardware(HardwareAddress(raw, at: at &+ 2))
    case (3, 32):
      let address = Address(high: raw.native64(at: at &+ 16), low: raw.native64(at: at &+ 24))
      let length = Int(raw.byte(at: at &+ 2)), flags = raw.byte(at: at &+ 3)
      guard length <= 128, !address.isV4 else { return .other(kind) }
      return .prefix(
        NDPPrefix(
          AddressPrefix(address, length: length), isOnLink: flags & 0x80 != 0,
          isAutonomous: flags & 0x40 != 0,
          validLifetime: raw.big32(at: at &+ 4), preferredLifetime: raw.big32(at: at &+ 8)))
    case (5, 8): return .mtu(raw.big32(at: at &+ 4))
    default: return .other(kind)
    }
  }

  /// The hardware address in the option of this kind: 1 the source's, 2 the target's.
  @inlinable public func hardware(_ kind: UInt8) -> HardwareAddress? {
    var at = headerCount
    while let option = option(at: &at) {
      switch option {
      case .sourceHardware(let hardware) where kind == 1: return hardware
      case .targetHardware(let hardware) where kind == 2: return hardware
      default: continue
      }
    }
    return nil
  }
}

/// Writes neighbour discovery messages, without their checksums: `ICMPv6Header.seal` comes last.
@frozen public enum NDPHeader {
  @inlinable public static var target: Int { 8 }
  @inlinable public static var destination: Int { 24 }
  /// Bytes of a prefix option.
  @inlinable public static var prefixCount: Int { 32 }
  /// Bytes of an option with a hardware address, or with an MTU.
  @inlinable public static var shortCount: Int { 8 }

  /// Bytes in front of the options; nil for other messages.
  @inlinable public static func count(_ type: ICMPv6Type) -> Int? {
    switch type {
    case .routerSolicitation: 8
    case .routerAdvertisement: 16
    case .neighbourSolicitation, .neighbourAdvertisement: 24
    case .redirect: 40
    default: nil
    }
  }

  /// Writes a router solicitation's 8 bytes.
  @_lifetime(out: copy out)
  @inlinable public static func emitRouterSolicitation(_ out: inout MutableRawSpan, at o: Int) {
    emitFirst(&out, at: o, .routerSolicitation, 0)
  }

  /// Writes a router advertisement's 16 bytes; the lifetime in seconds, the times in milliseconds.
  @_lifetime(out: copy out)
  @inlinable public static func emitRouterAdvertisement(
    _ out: inout MutableRawSpan, at o: Int, hopLimit: UInt8 = 64, isManaged: Bool = false,
    hasOtherSettings: Bool = false, lifetime: UInt16, reachableTime: UInt32 = 0,
    retransmissionTime: UInt32 = 0
  ) {
    let flags = (isManaged ? 0x80_0000 : 0) | (hasOtherSettings ? 0x40_0000 : 0) as UInt32
    emitFirst(&out, at: o, .routerAdvertisement, UInt32(hopLimit) << 24 | flags | UInt32(lifetime))
    out.setBig32(reachableTime, at: o &+ 8)
    out.setBig32(retransmissionTime, at: o &+ 12)
  }

  /// Writes a neighbour solicitation's 24 bytes.
  @_lifetime(out: copy out)
  @inlinable public static func emitNeighbourSolicitation(
    _ out: inout MutableRawSpan, at o: Int, target t: Address
  ) {
    emitFirst(&out, at: o, .neighbourSolicitation, 0)
    emit(t, &out, at: o &+ target)
  }

  /// Writes a neighbour advertisement's 24 bytes.
  @_lifetime(out: copy out)
  @inlinable public static func emitNeighbourAdvertisement(
    _ out: inout MutableRawSpan, at o: Int, target t: Address, isRouter: Bool, isSolicited: Bool,
    overrides: Bool
  ) {
    let flags: UInt32 = (isRouter ? 0x8000_0000 : 0) | (isSolicited ? 0x4000_0000 : 0)
    emitFirst(&out, at: o, .neighbourAdvertisement, flags | (overrides ? 0x2000_0000 : 0))
    emit(t, &out, at: o &+ target)
  }

  /// Writes a redirect's 40 bytes.
  @_lifetime(out: copy out)
  @inlinable public static func emitRedirect(
    _ out: inout MutableRawSpan, at o: Int, target t: Address, destination d: Address
  ) {
    emitFirst(&out, at: o, .redirect, 0)
    emit(t, &out, at: o &+ target)
    emit(d, &out, at: o &+ destination)
  }

  /// Writes an option and gives its bytes. `.other` cannot be written.
  @_lifetime(out: copy out)
  @inlinable public static func emit(_ option: NDPOption, _ out: inout MutableRawSpan, at o: Int) -> Int {
    switch option {
    case .sourceHardware(let hardware), .targetHardware(let hardware):
      var isTarget = false
      if case .targetHardware = option { isTarget = true }
      out.setBig16(isTarget ? 0x0201 : 0x0101, at: o)
      hardware.emit(&out, at: o &+ 2)
      return shortCount
    case .mtu(let mtu):
      out.setBig32(0x0501_0000, at: o)
      out.setBig32(mtu, at: o &+ 4)
      return shortCount
    case .prefix(let prefix):
      let flags = (prefix.isOnLink ? 0x80 : 0) | (prefix.isAutonomous ? 0x40 : 0) as UInt32
      out.setBig32(0x0304_0000 | UInt32(prefix.prefix.length) << 8 | flags, at: o)
      out.setBig32(prefix.validLifetime, at: o &+ 4)
      out.setBig32(prefix.preferredLifetime, at: o &+ 8)
      out.setBig32(0, at: o &+ 12)
      emit(prefix.prefix.address, &out, at: o &+ 16)
      return prefixCount
    case .other: return 0
    }
  }

  @_lifetime(out: copy out)
  @inlinable static func emitFirst(_ out: inout MutableRawSpan, at o: Int, _ type: ICMPv6Type, _ rest: UInt32)
  {
    out.setBig32(UInt32(type.rawValue) << 24, at: o)
    out.setBig32(rest, at: o &+ 4)
  }

  @_lifetime(out: copy out)
  @inlinable static func emit(_ address: Address, _ out: inout MutableRawSpan, at o: Int) {
    out.setNative64(address.high, at: o)
    out.setNative64(address.low, at: o &+ 8)
  }
}

extension NDPOption: CustomStringConvertible {
  public var description: String {
    switch self {
    case .sourceHardware(let hardware): "source link-address \(hardware)"
    case .targetHardware(let hardware): "destination link-address \(hardware)"
    case .mtu(let mtu): "mtu \(mtu)"
    case .prefix(let p):
      "prefix \(p.prefix)\(p.isOnLink ? " onlink" : "")\(p.isAutonomous ? " auto" : "") "
        + "valid \(p.validLifetime)s preferred \(p.preferredLifetime)s"
    case .other(let kind): "option-#\(kind)"
    }
  }
}

extension NDPView {
  /// As tcpdump prints it.
  public var description: String {
    var text: String
    switch type {
    case .routerSolicitation: text = "router solicitation"
    case .routerAdvertisement:
      text = "router advertisement, hop limit \(hopLimit)\(isManaged ? ", managed" : "")"
      text += "\(hasOtherSettings ? ", other stateful" : ""), lifetime \(routerLifetime)s, "
      text += "reachable \(reachableTime)ms, retrans \(retransmissionTime)ms"
    case .neighbourSolicitation: text = "neighbor solicitation, who has \(target)"
    case .neighbourAdvertisement:
      text = "neighbor advertisement, tgt is \(target)\(isRouter ? ", router" : "")"
      text += "\(isSolicited ? ", solicited" : "")\(overrides ? ", override" : "")"
    default: text = "redirect, \(destination) to \(target)"
    }
    var at = headerCount
    while let option = option(at: &at) { text += ", \(option)" }
    return "ICMP6, \(text), length \(raw.byteCount)"
  }
}
