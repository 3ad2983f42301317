/// An Internet address: 16 bytes. An IPv4 address is held as IPv6 writes it, `::ffff:a.b.c.d`
/// (RFC 4291 §2.5.5.2), so that both versions share one path.
///
/// The two words hold the bytes in the order in which they lie in a packet: a header is filled by two
/// stores, and a checksum adds them as they are.
///
/// ```swift
/// let address = Address("10.0.0.1")!
/// address.isV4            // true
/// Address("2001:DB8:0:0::1")!.description   // "2001:db8::1"
/// ```
@frozen public struct Address: Hashable, Sendable {
  /// The first eight bytes as they lie in memory.
  public var high: UInt64
  /// The last eight bytes as they lie in memory.
  public var low: UInt64

  @inline(__always) @inlinable public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
  /// An IPv4 address from a number in host order: `0x0a00_0001` is 10.0.0.1.
  @inline(__always) @inlinable public init(v4: UInt32) {
    high = 0
    low = (0xffff_0000_0000 | UInt64(v4)).bigEndian
  }
  /// An IPv4 address from four bytes as they lie in a packet.
  @inline(__always) @inlinable public init(v4Native: UInt32) {
    self.init(v4: UInt32(bigEndian: v4Native))
  }

  /// Whether this is an IPv4 address in IPv6 clothes.
  @inline(__always) @inlinable public var isV4: Bool {
    high == 0 && UInt64(bigEndian: low) >> 32 == 0xffff
  }
  /// The IPv4 address as a number in host order. Meaningful where `isV4`.
  @inline(__always) @inlinable public var v4: UInt32 { UInt32(truncatingIfNeeded: UInt64(bigEndian: low)) }
  /// The IPv4 address as it lies in a packet. Meaningful where `isV4`.
  @inline(__always) @inlinable public var v4Native: UInt32 { v4.bigEndian }

  /// 0.0.0.0
  @inlinable public static var anyV4: Address { Address(v4: 0) }
  /// ::
  @inlinable public static var any: Address { Address(high: 0, low: 0) }
  /// 255.255.255.255, which no router passes on.
  @inlinable public static var broadcastV4: Address { Address(v4: 0xffff_ffff) }
  /// 127.0.0.1
  @inlinable public static var loopbackV4: Address { Address(v4: 0x7f00_0001) }
  /// ::1
  @inlinable public static var loopback: Address { Address(high: 0, low: UInt64(1).bigEndian) }

  /// 0.0.0.0 or ::
  @inlinable public var isUnspecified: Bool { self == .anyV4 || self == .any }
  /// 224.0.0.0/4 or ff00::/8
  @inlinable public var isMulticast: Bool {
    isV4 ? v4 >> 28 == 0xe : UInt64(bigEndian: high) >> 56 == 0xff
  }
  /// 255.255.255.255. The broadcast of one network is `AddressPrefix.broadcast`.
  @inlinable public var isBroadcast: Bool { self == .broadcastV4 }
  /// 127.0.0.0/8 or ::1
  @inlinable public var isLoopback: Bool { isV4 ? v4 >> 24 == 127 : self == .loopback }
}

// MARK: - Text

extension Address {
  /// Reads dotted decimal, or any IPv6 form of RFC 4291 §2.2: full, with `::`, with an IPv4 tail.
  /// Nil for anything else; zones (`%eth0`) and IPv4 numbers with leading zeros are refused.
  public init?(_ text: String) {
    var text = text
    let parsed: Address? = text.withUTF8 { bytes in
      let span = bytes.span
      if let v4 = Address.v4(span, from: 0) { return Address(v4: v4) }
      return Address.v6(span)
    }
    guard let parsed else { return nil }
    self = parsed
  }

  /// Four decimal numbers from `start` to the end.
  private static func v4(_ text: Span<UInt8>, from start: Int) -> UInt32? {
    var value: UInt32 = 0
    var parts = 0, digits = 0
    var part: UInt32 = 0
    for at in start..<text.count {
      switch text[at] {
      case let c where Self.isDigit(c):
        // A leading zero would be octal to some readers and decimal to others (RFC 6943 §3.1.1).
        if digits == 3 || (digits == 1 && part == 0) { return nil }
        part = part * 10 + UInt32(c - 0x30)
        digits += 1
      case 0x2e:
        guard digits > 0, part <= 255, parts < 3 else { return nil }
        value = value << 8 | part
        parts += 1
        part = 0
        digits = 0
      default: return nil
      }
    }
    guard parts == 3, digits > 0, part <= 255 else { return nil }
    return value << 8 | part
  }

  /// Groups of hexadecimal digits. Those behind `::` move to the back; without it there are eight.
  private static func v6(_ text: Span<UInt8>) -> Address? {
    var groups = Groups()
    var gap: Int?
    var at = 0
    if text.count >= 2, text[0] == colon, text[1] == colon {
      gap = 0
      at = 2
    }
    while at < text.count {
      let start = at
      var group: UInt16 = 0
      while at < text.count, let digit = hexValue(text[at]) {
        if at - start == 4 { return nil }
        group = group << 4 | UInt16(digit)
        at += 1
      }
      if at < text.count, text[at] == 0x2e {
        guard let tail = v4(text, from: start), groups.append(UInt16(tail >> 16)),
          groups.append(UInt16(tail & 0xffff))
        else { return nil }
        break
      }
      guard at > start, groups.append(group) else { return nil }
      if at == text.count { break }
      guard text[at] == colon, at + 1 < text.count else { return nil }
      at += 1
      if text[at] == colon {
        if gap != nil { return nil }
        gap = groups.count
        at += 1
      }
    }
    return groups.address(gap: gap)
  }

  private static var colon: UInt8 { 0x3a }
  private static func isDigit(_ c: UInt8) -> Bool { c >= 0x30 && c <= 0x39 }
  private static func hexValue(_ c: UInt8) -> UInt8? {
    switch c {
    case 0x30...0x39: c - 0x30
    case 0x41...0x46: c - 0x41 + 10
    case 0x61...0x66: c - 0x61 + 10
    default: nil
    }
  }
}

/// Up to eight groups of sixteen bits, the text form of an IPv6 address, held as 128 bits.
private struct Groups {
  var bits: (high: UInt64, low: UInt64) = (0, 0)
  var count = 0

  /// False when eight groups are there already.
  mutating func append(_ group: UInt16) -> Bool {
    if count == 8 { return false }
    let shift = UInt64(48 - 16 * (count & 3))
    if count < 4 { bits.high |= UInt64(group) << shift } else { bits.low |= UInt64(group) << shift }
    count += 1
    return true
  }

  subscript(_ index: Int) -> UInt16 {
    let word = index < 4 ? bits.high : bits.low
    return UInt16(truncatingIfNeeded: word >> UInt64(48 - 16 * (index & 3)))
  }

  /// The address, with zeros filled in where the gap is.
  func address(gap: Int?) -> Address? {
    var whole = Groups()
    guard let gap else { return count == 8 ? address : nil }
    if count == 8 { return nil }
    for index in 0..<gap { _ = whole.append(self[index]) }
    for _ in count..<8 { _ = whole.append(0) }
    for index in gap..<count { _ = whole.append(self[index]) }
    return whole.address
  }
  var address: Address { Address(high: bits.high.bigEndian, low: bits.low.bigEndian) }

  /// RFC 5952 §4.2: the longest run of at least two zero groups, the first of equals.
  var longestZeros: Range<Int> {
    var best = 0..<0
    var start = 0
    for index in 0...8 {
      if index < 8, self[index] == 0 { continue }
      if index - start > max(best.count, 1) { best = start..<index }
      start = index + 1
    }
    return best
  }
}

extension Address: CustomStringConvertible {
  /// Dotted decimal, or the one text form of RFC 5952 §4.
  public var description: String {
    if isV4 { return "\(v4 >> 24).\(v4 >> 16 & 255).\(v4 >> 8 & 255).\(v4 & 255)" }
    var groups = Groups()
    groups.bits = (UInt64(bigEndian: high), UInt64(bigEndian: low))
    let zeros = groups.longestZeros
    var text = ""
    for index in 0..<8 where !zeros.contains(index) {
      if index > 0 && index != zeros.upperBound { text += ":" }
      if index == zeros.upperBound && !zeros.isEmpty { text += "::" }
      text += String(groups[index], radix: 16)
    }
    if zeros.upperBound == 8 { text += "::" }
    return text
  }
}
