/// The path of a request taken apart: segments without percent-encoding, and the query as it came.
///
/// Everything by which a path could mean another place than it seems to is refused: `..`, encoded
/// slashes, NUL, overlong UTF-8. Empty segments count for nothing.
///
/// ```swift
/// let target = try RequestTarget("/music/caf%C3%A9/?sort=name")
/// target.segments       // ["music", "café"]
/// target.endsInSlash    // true
/// target.query          // "sort=name"
/// ```
public struct RequestTarget: Hashable, Sendable {
  /// Why a path is refused. All are the client's mistake: 400, or 414 for `tooLong`.
  public enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
    case notAPath
    case tooLong
    case badEncoding
    case traversal

    public var description: String {
      switch self {
      case .notAPath: "the target does not begin with a slash: ask for a path"
      case .tooLong: "the path or one of its segments is too long: shorten it"
      case .badEncoding: "the path has broken percent-encoding, NUL or an encoded slash: encode it as UTF-8"
      case .traversal: "the path has a segment '.' or '..': ask for the resolved path"
      }
    }
  }

  /// The most bytes of a path, and of one segment when it is decoded: what file systems take.
  public static let mostBytes = 4_096
  public static let mostSegmentBytes = 255

  public let segments: [String]
  /// The path ends in a slash, as that of a folder does.
  public let endsInSlash: Bool
  /// What is behind the first question mark, still encoded.
  public let query: String?

  /// Takes `HTTPRequest.path`.
  public init(_ path: String) throws(Refusal) {
    let bytes = Array(path.utf8)
    guard bytes.first == 0x2f else { throw .notAPath }
    let end = bytes.firstIndex(of: 0x3f) ?? bytes.count
    if end > Self.mostBytes { throw .tooLong }
    var segments: [String] = []
    for part in bytes[..<end].split(separator: 0x2f) {
      let segment = try Self.decode(part)
      if segment == "." || segment == ".." { throw .traversal }
      segments.append(segment)
    }
    self.segments = segments
    endsInSlash = bytes[end - 1] == 0x2f
    query = end < bytes.count ? String(decoding: bytes[(end + 1)...], as: UTF8.self) : nil
  }

  private static func decode(_ part: ArraySlice<UInt8>) throws(Refusal) -> String {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(part.count)
    var at = part.startIndex
    while at < part.endIndex {
      var byte = part[at]
      if byte == 0x25 {
        guard at + 2 < part.endIndex, let high = ByteClass.hex(part[at + 1]),
          let low = ByteClass.hex(part[at + 2])
        else { throw .badEncoding }
        byte = high << 4 | low
        if byte == 0x2f { throw .badEncoding }
        at += 2
      }
      if byte == 0 { throw .badEncoding }
      decoded.append(byte)
      at += 1
    }
    if decoded.count > mostSegmentBytes { throw .tooLong }
    // Overlong forms are no UTF-8: `%C0%AE` is not a dot.
    guard let text = String(validating: decoded, as: UTF8.self) else { throw .badEncoding }
    return text
  }

  /// One segment in percent-encoding, for links and Location: all but unreserved characters is encoded.
  public static func encode(_ segment: String) -> String {
    let hex = Array("0123456789ABCDEF".utf8)
    var encoded: [UInt8] = []
    for byte in segment.utf8 {
      if ByteClass.unreserved.contains(byte) {
        encoded.append(byte)
      } else {
        encoded += [0x25, hex[Int(byte >> 4)], hex[Int(byte & 15)]]
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }
}
