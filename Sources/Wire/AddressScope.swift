/// How far an address reaches (RFC 4291 §2.7 numbers the scopes of groups; unicast addresses have the
/// scope of the same number, RFC 6724 §3.1).
///
/// ```swift
/// Address("fe80::1")!.scope == .link          // true
/// Address("fd00::1")!.scope == .global        // true: a unique local address is global (RFC 4193)
/// ```
@frozen public struct AddressScope: RawRepresentable, Hashable, Comparable, Sendable {
  public var rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  @inlinable public static var interface: AddressScope { AddressScope(rawValue: 1) }
  @inlinable public static var link: AddressScope { AddressScope(rawValue: 2) }
  @inlinable public static var site: AddressScope { AddressScope(rawValue: 5) }
  @inlinable public static var global: AddressScope { AddressScope(rawValue: 14) }

  @inlinable public static func < (a: AddressScope, b: AddressScope) -> Bool { a.rawValue < b.rawValue }
}

extension Address {
  /// fe80::/10, which no router passes on.
  @inlinable public var isLinkLocal: Bool { UInt64(bigEndian: high) >> 54 == 0xfe80 >> 6 }

  /// Of an IPv6 address.
  @inlinable public var scope: AddressScope {
    if isMulticast { return AddressScope(rawValue: UInt8(UInt64(bigEndian: high) >> 48 & 15)) }
    return isLinkLocal || isLoopback ? .link : .global
  }

  /// The bits that two addresses have in common from the front.
  @inlinable public func commonBits(with other: Address) -> Int {
    let upper = UInt64(bigEndian: high ^ other.high)
    return upper != 0
      ? upper.leadingZeroBitCount : 64 &+ UInt64(bigEndian: low ^ other.low).leadingZeroBitCount
  }

  /// The group of all whose addresses end in the same 24 bits: whom a question after this address goes
  /// to (RFC 4291 §2.7.1).
  @inlinable public var solicitedNode: Address {
    let tail = UInt64(bigEndian: low) & 0xff_ffff
    return Address(
      high: (0xff02 << 48 as UInt64).bigEndian, low: (0x1_ff00_0000 | tail as UInt64).bigEndian)
  }

  /// ff02::1, every IPv6 host on the link.
  @inlinable public static var allNodes: Address { linkGroup(1) }
  /// ff02::2
  @inlinable public static var allRouters: Address { linkGroup(2) }
  /// ff02::16, the routers that keep account of groups (RFC 9777 §5.2.14).
  @inlinable public static var allListenerRouters: Address { linkGroup(0x16) }

  @inlinable static func linkGroup(_ number: UInt64) -> Address {
    Address(high: (0xff02 << 48 as UInt64).bigEndian, low: number.bigEndian)
  }

  /// An address from the first 64 bits of `prefix` and an interface's identifier, first byte highest.
  @inlinable public init(prefix: Address, identifier: UInt64) {
    self.init(high: prefix.high, low: identifier.bigEndian)
  }

  /// fe80::
  @inlinable public static var linkLocalPrefix: Address {
    Address(high: (0xfe80 << 48 as UInt64).bigEndian, low: 0)
  }
}

extension HardwareAddress {
  /// The interface identifier made of this address (modified EUI-64, RFC 4291 Appendix A).
  @inlinable public var interfaceIdentifier: UInt64 {
    let upper = number >> 24, lower = number & 0xff_ffff
    return (upper << 40 | 0xff_fe00_0000 | lower) ^ 0x0200_0000_0000_0000
  }

  /// The address of an IPv6 group on Ethernet: 33:33 and its last four bytes (RFC 2464 §7).
  @inlinable public init(ipv6Group group: Address) {
    self.init(number: 0x3333_0000_0000 | UInt64(bigEndian: group.low) & 0xffff_ffff)
  }
  /// Whether this is the address of an IPv6 group.
  @inlinable public var isIPv6Group: Bool { number >> 32 == 0x3333 }
}
