/// The path of a request, taken apart into names as the file system has them.
///
/// Names are bytes: one that is no UTF-8 can be asked for too. What could lead elsewhere is refused:
/// `.` and `..`, encoded slashes, NUL. Empty segments count for nothing.
///
/// ```swift
/// let path = try StorePath("/music/caf%C3%A9/?sort=name")
/// path.names      // ["music", "café"]
/// path.isFolder   // true
/// path.query      // "sort=name"
/// ```
public struct StorePath: Hashable, Sendable {
  /// Why a path is refused.
  public enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    case notAPath
    case tooLong
    case badEncoding
    case traversal

    public var description: String {
      switch self {
      case .notAPath: "The target does not begin with a slash: ask for a path."
      case .tooLong: "The path is too long: no file has such a name."
      case .badEncoding: "The path has broken percent-encoding, NUL or an encoded slash: encode it anew."
      case .traversal: "The path has a segment '.' or '..': ask for the path that is meant."
      }
    }
  }

  /// The most bytes of a path as it came, and its most names.
  public static var mostBytes: Int { 4_096 }
  public static var mostNames: Int { 128 }

  public let names: [FileName]
  /// It ends in a slash, as the path of a folder does.
  public let isFolder: Bool
  /// What is behind the first question mark, as it came.
  public let query: String?

  /// Takes path and query of a request target (RFC 3986 §3.3).
  public init(_ target: String) throws(Refusal) {
    let bytes = Array(target.utf8)
    guard bytes.first == 0x2f else { throw .notAPath }
    let end = bytes.firstIndex(of: 0x3f) ?? bytes.count
    if end > Self.mostBytes { throw .tooLong }
    var names: [FileName] = []
    for part in bytes[..<end].split(separator: 0x2f) {
      let name = FileName(try Self.decoded(part))
      if name.bytes == [0x2e] || name.bytes == [0x2e, 0x2e] { throw .traversal }
      if !name.isPlain || names.count == Self.mostNames { throw .tooLong }
      names.append(name)
    }
    self.names = names
    isFolder = bytes[end - 1] == 0x2f
    query = end < bytes.count ? String(decoding: bytes[(end + 1)...], as: UTF8.self) : nil
  }

  private static func decoded(_ part: ArraySlice<UInt8>) throws(Refusal) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(part.count)
    var at = part.startIndex
    while at < part.endIndex {
      var byte = part[at]
      if byte == 0x25 {
        guard at + 2 < part.endIndex, let high = hex(part[at + 1]), let low = hex(part[at + 2]) else {
          throw .badEncoding
        }
        byte = high << 4 | low
        if byte == 0x2f { throw .badEncoding }
        at += 2
      }
      if byte == 0 { throw .badEncoding }
      result.append(byte)
      at += 1
    }
    return result
  }

  private static func hex(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }
}
