import StrataSockets
import StrataWire

/// A URL of the http scheme (RFC 9110 §4.2.1), taken apart.
///
/// ```swift
/// let url = WebAddress("http://10.0.0.2:8080/a.txt?x=1")!
/// url.socketAddress   // 10.0.0.2:8080; nil for a name, which the caller looks up
/// url.path            // "/a.txt?x=1"
/// ```
public struct WebAddress: Hashable, Sendable, CustomStringConvertible {
  /// A name or an address, without brackets.
  public let host: String
  /// 80 when the URL names none.
  public let port: UInt16
  /// What Host says.
  public let authority: String
  /// With the query, without the fragment; "/" at least.
  public let path: String

  /// Nil for another scheme and for what is no URL. Without a scheme it is http.
  public init?(_ text: String) {
    var rest = Substring(text)
    if let scheme = rest.firstRange(of: "://") {
      guard rest[..<scheme.lowerBound].lowercased() == "http" else { return nil }
      rest = rest[scheme.upperBound...]
    }
    if let fragment = rest.firstIndex(of: "#") { rest = rest[..<fragment] }
    let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    let (place, target) = (rest[..<end], rest[end...])
    guard !place.isEmpty, !place.contains("@") else { return nil }
    guard target.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else { return nil }

    var name = place
    var digits: Substring?
    if place.first == "[" {
      guard let close = place.firstIndex(of: "]") else { return nil }
      name = place[place.index(after: place.startIndex)..<close]
      let behind = place[place.index(after: close)...]
      if !behind.isEmpty {
        guard behind.first == ":" else { return nil }
        digits = behind.dropFirst()
      }
      if Address(String(name)) == nil { return nil }
    } else if let colon = place.firstIndex(of: ":") {
      name = place[..<colon]
      digits = place[place.index(after: colon)...]
    }
    guard !name.isEmpty else { return nil }
    var port: UInt16 = 80
    if let digits, !digits.isEmpty {
      let isNumber = digits.utf8.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
      guard isNumber, let number = UInt16(digits), number > 0 else { return nil }
      port = number
    }
    host = String(name)
    self.port = port
    authority = String(place)
    path = target.first == "/" ? String(target) : "/" + target
  }

  /// Where a reference leads that stands in an answer for this URL, as in Location (RFC 3986 §5.2); nil when
  /// that is no URL of the http scheme.
  public func resolve(_ reference: String) -> WebAddress? {
    let end = reference.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? reference.endIndex
    // A colon in the first segment ends a scheme.
    if reference[..<end].contains(":") {
      return reference.contains("://") ? WebAddress(reference) : nil
    }
    if reference.hasPrefix("//") { return WebAddress("http:" + reference) }
    let own = path[..<(path.firstIndex(of: "?") ?? path.endIndex)]
    switch reference.first {
    case nil, "#": return self
    case "?": return WebAddress("http://\(authority)\(own)\(reference)")
    case "/": return WebAddress("http://\(authority)\(Self.withoutDots(reference))")
    default:
      let folder = own[...(own.lastIndex(of: "/") ?? own.startIndex)]
      return WebAddress("http://\(authority)\(Self.withoutDots(folder + reference))")
    }
  }

  /// Without the segments "." and ".." (RFC 3986 §5.2.4).
  private static func withoutDots(_ target: String) -> String {
    let end = target.firstIndex { $0 == "?" || $0 == "#" } ?? target.endIndex
    var segments: [Substring] = []
    let parts = target[..<end].split(separator: "/", omittingEmptySubsequences: false).dropFirst()
    for (index, part) in zip(parts.indices, parts) {
      let isLast = index == parts.endIndex - 1
      if part == ".." { _ = segments.popLast() }
      if part != "." && part != ".." { segments.append(part) } else if isLast { segments.append("") }
    }
    return "/" + segments.joined(separator: "/") + target[end...]
  }

  /// Where to connect; nil when the host is a name.
  public var socketAddress: SocketAddress? {
    Address(host).map { SocketAddress(address: $0, port: port) }
  }

  /// The last segment of the path, to name a file by; nil when there is none.
  public var fileName: String? {
    let end = path.firstIndex(of: "?") ?? path.endIndex
    let last = path[..<end].split(separator: "/", omittingEmptySubsequences: false).last ?? ""
    return last.isEmpty || last == "." || last == ".." ? nil : String(last)
  }

  public var description: String { "http://\(authority)\(path)" }
}

extension Substring {
  fileprivate func firstRange(of part: String) -> Range<Index>? {
    var at = startIndex
    while at < endIndex {
      if self[at...].hasPrefix(part) { return at..<index(at, offsetBy: part.count) }
      at = index(after: at)
    }
    return nil
  }
}
