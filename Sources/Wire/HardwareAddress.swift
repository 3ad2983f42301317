import StrataBase

/// The six bytes that name a device on an Ethernet (IEEE 802 EUI-48), as they lie in a frame.
///
/// ```swift
/// HardwareAddress("02:00:00:00:00:01") == HardwareAddress(2, 0, 0, 0, 0, 1)   // true
/// ```
@frozen public struct HardwareAddress: Hashable, Sendable {
  /// The first four bytes as they lie in memory.
  public var high: UInt32
  /// The last two bytes as they lie in memory.
  public var low: UInt16

  @inline(__always) @inlinable public init(high: UInt32, low: UInt16) {
    self.high = high
    self.low = low
  }
  @inlinable public init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, _ e: UInt8, _ f: UInt8) {
    high = (UInt32(a) << 24 | UInt32(b) << 16 | UInt32(c) << 8 | UInt32(d)).bigEndian
    low = (UInt16(e) << 8 | UInt16(f)).bigEndian
  }
  /// Six bytes of a frame at `offset`.
  @inline(__always) @inlinable public init(_ bytes: RawSpan, at offset: Int) {
    high = bytes.native32(at: offset)
    low = bytes.native16(at: offset &+ 4)
  }

  /// ff:ff:ff:ff:ff:ff
  @inlinable public static var broadcast: HardwareAddress { HardwareAddress(high: .max, low: .max) }
  /// 00:00:00:00:00:00, where an address is not known.
  @inlinable public static var zero: HardwareAddress { HardwareAddress(high: 0, low: 0) }

  @inlinable public var isBroadcast: Bool { self == .broadcast }
  /// A group's address, the broadcast among them: the lowest bit of the first byte (IEEE 802 §8.2.2).
  @inlinable public var isMulticast: Bool { UInt32(bigEndian: high) & 0x0100_0000 != 0 }

  /// All six bytes as one number, the first byte highest.
  @inlinable public var number: UInt64 {
    UInt64(UInt32(bigEndian: high)) << 16 | UInt64(UInt16(bigEndian: low))
  }
  /// The lowest 48 bits of a number, the first byte highest.
  @inlinable public init(number: UInt64) {
    high = UInt32(truncatingIfNeeded: number >> 16).bigEndian
    low = UInt16(truncatingIfNeeded: number).bigEndian
  }

  /// Writes the six bytes into a frame.
  @_lifetime(out: copy out) @inline(__always)
  @inlinable public func emit(_ out: inout MutableRawSpan, at offset: Int) {
    out.setNative32(high, at: offset)
    out.setNative16(low, at: offset &+ 4)
  }
}

extension HardwareAddress: CustomStringConvertible {
  /// Reads six bytes of two hexadecimal digits with `:` or `-` between them.
  public init?(_ text: String) {
    let parts = text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "-" }
    guard parts.count == 6 else { return nil }
    var number: UInt64 = 0
    for part in parts {
      guard part.utf8.count == 2, part.first != "+", let byte = UInt8(part, radix: 16) else { return nil }
      number = number << 8 | UInt64(byte)
    }
    self.init(number: number)
  }

  public var description: String {
    var text = ""
    for shift in stride(from: 40, through: 0, by: -8) {
      let byte = number >> UInt64(shift) & 255
      text += (byte < 16 ? "0" : "") + String(byte, radix: 16) + (shift > 0 ? ":" : "")
    }
    return text
  }
}
