import StrataBase

/// The value of an option, as C has it.
enum OptionValue {
  static func int(_ value: Int32) -> [UInt8] { bytes(of: value) }
  static func flag(_ isOn: Bool) -> [UInt8] { int(isOn ? 1 : 0) }

  /// The integer that an option is set to; a shorter value is none.
  static func int(_ bytes: RawSpan) throws(ErrorNumber) -> Int32 {
    guard bytes.byteCount >= 4 else { throw .invalidArgument }
    return Int32(bitPattern: bytes.native32(at: 0))
  }

  /// The same where one byte will do too, as for options of IP.
  static func shortInt(_ bytes: RawSpan) throws(ErrorNumber) -> Int32 {
    if bytes.byteCount >= 4 { return try int(bytes) }
    guard bytes.byteCount >= 1 else { throw .invalidArgument }
    return Int32(bytes.byte(at: 0))
  }

  /// `struct timeval`: seconds and microseconds, 64 bits each.
  static func timeout(_ value: Interval?) -> [UInt8] {
    let nanoseconds = value?.nanoseconds ?? 0
    return bytes(of: nanoseconds / 1_000_000_000) + bytes(of: nanoseconds % 1_000_000_000 / 1_000)
  }

  /// Nil: for ever. A negative time is none at all (sock_set_timeout, net/core/sock.c).
  static func timeout(_ bytes: RawSpan) throws(ErrorNumber) -> Interval? {
    guard bytes.byteCount >= 16 else { throw .invalidArgument }
    let seconds = Int64(bitPattern: bytes.native64(at: 0))
    let microseconds = Int64(bitPattern: bytes.native64(at: 8))
    guard (0..<1_000_000).contains(microseconds) else { throw .outOfDomain }
    if seconds < 0 { return .zero }
    if seconds == 0, microseconds == 0 { return nil }
    return .seconds(min(seconds, longest)) + .microseconds(microseconds)
  }

  /// Seconds: a century.
  private static var longest: Int64 { 3_155_760_000 }

  private static func bytes<T: BitwiseCopyable>(of value: T) -> [UInt8] {
    withUnsafeBytes(of: value) { Array($0) }
  }
}
