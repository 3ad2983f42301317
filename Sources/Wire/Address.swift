/// An IPv6 address, or an IPv4 address as ::ffff:a.b.c.d (RFC 4291 §2.5.5.2), in wire order.
@frozen public struct Address: Hashable, Sendable {
  public var high: UInt64
  public var low: UInt64

  @inlinable public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
  @inlinable public init(v4: UInt32) { self.init(v4Native: v4.bigEndian) }
  @inlinable public init(v4Native: UInt32) {
    high = 0
    low = UInt64(bigEndian: 0xffff_0000_0000 | UInt64(UInt32(bigEndian: v4Native)))
  }
  @inlinable public var isV4: Bool { high == 0 && low.bigEndian >> 32 == 0xffff }
  @inlinable public var v4: UInt32 { UInt32(truncatingIfNeeded: low.bigEndian) }
  @inlinable public var v4Native: UInt32 { v4.bigEndian }
  public static var anyV4: Address { Address(v4: 0) }
  public static var any: Address { Address(high: 0, low: 0) }
  public static var loopbackV4: Address { Address(v4: 0x7f00_0001) }

  public init?(_ text: String) {
    if !text.contains(":") {
      let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
      guard parts.count == 4, !parts.contains(nil) else { return nil }
      self.init(v4: parts.reduce(0) { $0 << 8 | UInt32($1!) })
      return
    }
    var groups: [UInt16] = []
    var gap: Int? = nil
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    for (n, part) in parts.enumerated() {
      if part.isEmpty {
        if n > 0, n < parts.count - 1 || parts[n - 1].isEmpty, gap == nil { gap = groups.count }
        continue
      }
      guard let group = UInt16(part, radix: 16) else { return nil }
      groups.append(group)
    }
    guard groups.count == 8 || (gap != nil && groups.count < 8) else { return nil }
    if let gap { groups.insert(contentsOf: [UInt16](repeating: 0, count: 8 - groups.count), at: gap) }
    self.init(
      high: groups[..<4].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }.bigEndian,
      low: groups[4...].reduce(UInt64(0)) { $0 << 16 | UInt64($1) }.bigEndian)
  }
}

extension Address: CustomStringConvertible {
  public var description: String {
    if isV4 { return [24, 16, 8, 0].map { String(v4 >> $0 & 0xff) }.joined(separator: ".") }
    if high == 0 {
      let value = low.bigEndian
      if value < 0x10000 { return value == 0 ? "::" : "::" + String(value, radix: 16) }
    }
    return [high.bigEndian, low.bigEndian].flatMap { word in
      [48, 32, 16, 0].map { String(word >> UInt64($0) & 0xffff, radix: 16) }
    }.joined(separator: ":")
  }
}
