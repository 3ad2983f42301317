/// A set of ASCII characters, as one bit each. No byte of 128 and more is in any.
struct ByteClass {
  private let low: UInt64
  private let high: UInt64

  init(_ characters: StaticString) {
    var low: UInt64 = 0
    var high: UInt64 = 0
    characters.withUTF8Buffer { buffer in
      for byte in buffer {
        if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte & 63) }
      }
    }
    self.low = low
    self.high = high
  }
  private init(low: UInt64, high: UInt64) {
    self.low = low
    self.high = high
  }

  @inline(__always) func contains(_ byte: UInt8) -> Bool {
    let word = byte < 64 ? low : high
    return byte < 128 && word >> UInt64(byte & 63) & 1 == 1
  }
  func union(_ characters: StaticString) -> ByteClass {
    let other = ByteClass(characters)
    return ByteClass(low: low | other.low, high: high | other.high)
  }

  private static let alphanumeric = ByteClass(
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
  /// tchar, RFC 9110 §5.6.2.
  static let token = alphanumeric.union("!#$%&'*+-.^_`|~")
  /// What a host's name may be made of: reg-name of RFC 3986 §3.2.2.
  static let registeredName = alphanumeric.union("-._~%!$&'()*+,;=")
  /// The same with the colon of a port and the brackets of an IPv6 address.
  static let host = alphanumeric.union("-._~%!$&'()*+,;=:[]")
  /// What a path may be made of: pchar of RFC 3986 §3.3, and what browsers send unencoded.
  static let path = alphanumeric.union("-._~%!$&'()*+,;=:@/[]|")
  /// What a query may be made of, with what the URL standard lets browsers send unencoded.
  static let query = alphanumeric.union("-._~%!$&'()*+,;=:@/[]|?\\^`{}")

  @inline(__always) static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
  /// The value of a hexadecimal digit.
  @inline(__always) static func hex(_ byte: UInt8) -> UInt8? {
    if byte &- 0x30 < 10 { return byte &- 0x30 }
    let letter = (byte | 0x20) &- 0x61
    return letter < 6 ? letter &+ 10 : nil
  }
}

extension UInt8 {
  @inline(__always) static var tab: UInt8 { 0x09 }
  @inline(__always) static var lineFeed: UInt8 { 0x0a }
  @inline(__always) static var carriageReturn: UInt8 { 0x0d }
  @inline(__always) static var space: UInt8 { 0x20 }
}
