/// A name for one version of a resource (RFC 9110 §8.8.3).
///
/// ```swift
/// EntityTag("W/\"v1\"")!.matchesWeakly(EntityTag(opaque: "v1")!)   // true
/// ```
public struct EntityTag: Hashable, Sendable {
  /// Two versions of one weak tag may differ in their bytes, though not in their meaning.
  public let isWeak: Bool
  /// What stands between the quotation marks.
  public let opaque: String

  /// Nil if `opaque` has a character that a tag may not have: white space, quotation marks, controls.
  public init?(opaque: String, isWeak: Bool = false) {
    for byte in opaque.utf8 where byte < 0x21 || byte == 0x22 || byte == 0x7f { return nil }
    self.opaque = opaque
    self.isWeak = isWeak
  }

  /// Reads one tag: `"v1"` or `W/"v1"`.
  public init?(_ text: String) {
    var text = Substring(text)
    let isWeak = text.hasPrefix("W/")
    if isWeak { text = text.dropFirst(2) }
    guard text.utf8.count >= 2, text.utf8.first == 0x22, text.utf8.last == 0x22 else { return nil }
    self.init(opaque: String(text.dropFirst().dropLast()), isWeak: isWeak)
  }

  /// The comparison for If-Match, If-Range and ranges (RFC 9110 §8.8.3.2).
  public func matchesStrongly(_ other: EntityTag) -> Bool {
    !isWeak && !other.isWeak && opaque.utf8.elementsEqual(other.opaque.utf8)
  }
  /// The comparison for If-None-Match.
  public func matchesWeakly(_ other: EntityTag) -> Bool {
    opaque.utf8.elementsEqual(other.opaque.utf8)
  }

  /// The value of If-Match or If-None-Match.
  public enum List: Hashable, Sendable {
    /// `*`: whatever there is.
    case any
    case tags([EntityTag])

    /// The most tags that are read. A list with more is none.
    public static let capacity = 64

    /// Nil if the text is no such list.
    public init?(_ text: String) {
      let bytes = Array(text.utf8)
      var at = 0
      func skipBlanks() { while at < bytes.count, bytes[at] == .space || bytes[at] == .tab { at += 1 } }
      var tags: [EntityTag] = []
      skipBlanks()
      if at < bytes.count, bytes[at] == 0x2a {
        at += 1
        skipBlanks()
        if at < bytes.count { return nil }
        self = .any
        return
      }
      while at < bytes.count {
        // RFC 9110 §5.6.1.2: "A recipient MUST parse and ignore a reasonable number of empty list elements".
        skipBlanks()
        if at == bytes.count { break }
        if bytes[at] == 0x2c {
          at += 1
          continue
        }
        let start = at
        if bytes[at] == 0x57 { at += 2 }
        guard at < bytes.count, bytes[at] == 0x22 else { return nil }
        at += 1
        while at < bytes.count, bytes[at] != 0x22 { at += 1 }
        guard at < bytes.count else { return nil }
        at += 1
        guard let tag = EntityTag(String(decoding: bytes[start..<at], as: UTF8.self)),
          tags.count < Self.capacity
        else { return nil }
        tags.append(tag)
        skipBlanks()
        if at < bytes.count, bytes[at] != 0x2c { return nil }
      }
      if tags.isEmpty { return nil }
      self = .tags(tags)
    }
  }
}

extension EntityTag: CustomStringConvertible {
  /// As in a field: `W/"v1"`.
  public var description: String { (isWeak ? "W/\"" : "\"") + opaque + "\"" }
}
