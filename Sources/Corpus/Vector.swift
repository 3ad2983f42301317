/// Bytes that a parser is tested with, and what is known of them.
public struct Vector: Sendable {
  public let name: String
  public let bytes: [UInt8]
  /// Whether writing what was read gives these very bytes.
  public let isCanonical: Bool

  /// `hex` may have blanks in it.
  public init(_ name: String, _ hex: String, isCanonical: Bool = true) {
    self.name = name
    self.bytes = Vector.bytes(hex)
    self.isCanonical = isCanonical
  }

  /// The bytes that pairs of hexadecimal digits stand for.
  public static func bytes(_ hex: String) -> [UInt8] {
    var bytes: [UInt8] = []
    var high: UInt8?
    for character in hex where !character.isWhitespace {
      guard let digit = character.hexDigitValue.map(UInt8.init) else {
        preconditionFailure("not hexadecimal: \(hex)")
      }
      if let first = high {
        bytes.append(first << 4 | digit)
        high = nil
      } else {
        high = digit
      }
    }
    precondition(high == nil, "half a byte is left: \(hex)")
    return bytes
  }

  /// Two hexadecimal digits a byte.
  public static func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
