/// One segment of a path: the bytes of a name, as the file system keeps them.
///
/// Linux names are bytes, not text. A name that is no valid UTF-8 is shown with replacement characters
/// and travels in URLs by percent-encoding, so that its link still finds it.
///
/// ```swift
/// let name: FileName = "a b.txt"
/// name.percentEncoded  // "a%20b.txt"
/// ```
public struct FileName: Hashable, Sendable, Codable {
  public var bytes: [UInt8]

  public init(_ bytes: [UInt8]) { self.bytes = bytes }
  public init(_ text: String) { bytes = Array(text.utf8) }

  /// Whether it names an entry of a folder: not empty, not "." or "..", no slash and no NUL in it, and at
  /// most 255 bytes.
  public var isPlain: Bool {
    if bytes.isEmpty || bytes.count > 255 { return false }
    if bytes == [0x2e] || bytes == [0x2e, 0x2e] { return false }
    return !bytes.contains(0) && !bytes.contains(0x2f)
  }

  /// As one segment of a URL's path (RFC 3986 §3.3): all but unreserved characters become %XX.
  public var percentEncoded: String {
    var text = ""
    for byte in bytes {
      switch byte {
      case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f, 0x7e:
        text.unicodeScalars.append(Unicode.Scalar(byte))
      default:
        text += byte < 16 ? "%0" : "%"
        text += String(byte, radix: 16, uppercase: true)
      }
    }
    return text
  }

  /// The part behind the last point, in lower case; empty when there is none or the point comes first.
  public var fileExtension: String {
    guard let point = bytes.lastIndex(of: 0x2e), point > 0 else { return "" }
    return String(decoding: bytes[(point + 1)...], as: UTF8.self).lowercased()
  }
}

extension FileName: CustomStringConvertible, ExpressibleByStringLiteral {
  public init(stringLiteral text: String) { self.init(text) }
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}

extension FileName: Comparable {
  /// By bytes, which for UTF-8 is the order of code points.
  public static func < (a: FileName, b: FileName) -> Bool { a.bytes.lexicographicallyPrecedes(b.bytes) }
}

extension [FileName] {
  /// The path from the root of a site, without a slash at its end: "/a%20b/c", and "" for the root.
  public var percentEncoded: String {
    var text = ""
    for name in self { text += "/" + name.percentEncoded }
    return text
  }
}
