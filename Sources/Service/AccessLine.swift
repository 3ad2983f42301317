import StrataHTTP

/// One request as a line of an access log, in the Combined Log Format that most programs read.
///
/// ```swift
/// print(AccessLine(record, clock: clock))
/// // 10.0.0.1 - - [23/Nov/2026:18:11:51 +0000] "GET /a.txt HTTP/1.1" 200 17 "-" "curl/8.5.0"
/// ```
public struct AccessLine: CustomStringConvertible {
  public let description: String

  /// Without the end of the line. Quotes and whatever is no visible ASCII become `\xHH`: a request cannot
  /// make up lines.
  public init(_ record: RequestRecord, clock: WallClock) {
    let date = HTTPDate(secondsSince1970: clock.seconds(at: record.started)).description
    // "Sun, 06 Nov 1994 08:49:37 GMT"
    let parts = date.split(separator: " ")
    let time = "\(parts[1])/\(parts[2])/\(parts[3]):\(parts[4]) +0000"
    let request = "\(record.method) \(record.target) HTTP/1.\(record.isHTTP10 ? 0 : 1)"
    description = """
      \(record.peer.address) - - [\(time)] "\(Self.escaped(request))" \(record.status) \(record.bytes) \
      "\(Self.escaped(record.referrer ?? "-"))" "\(Self.escaped(record.agent ?? "-"))"
      """
  }

  private static func escaped(_ text: String) -> String {
    func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte < 0x7f && byte != 0x22 && byte != 0x5c }
    if text.utf8.allSatisfy(isPlain) { return text }
    var result = ""
    for byte in text.utf8 {
      if isPlain(byte) {
        result.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        result += byte < 16 ? "\\x0" : "\\x"
        result += String(byte, radix: 16)
      }
    }
    return result
  }
}
