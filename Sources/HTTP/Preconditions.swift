import HTTPTypes

/// The conditional fields of a request, held against the current state of what it asks for
/// (RFC 9110 §13).
public enum Preconditions {
  /// What to do.
  public enum Decision: Hashable, Sendable {
    /// Perform the method. The flag: there is a Range field, and it counts.
    case proceed(withRange: Bool)
    /// Respond 304: what the client has is still right.
    case notModified
    /// Respond 412: what the client has is not what is here.
    case failed
  }

  /// Evaluates in the order of RFC 9110 §13.2.2.
  ///
  /// - Parameters:
  ///   - tag: the current entity tag, if there is one.
  ///   - modified: when it was last modified, if that is known.
  ///   - exists: whether there is a current representation at all: what `*` asks.
  public static func evaluate(
    _ request: HTTPRequest, tag: EntityTag?, modified: HTTPDate?, exists: Bool = true
  ) -> Decision {
    let fields = request.headerFields
    let reads = request.method == .get || request.method == .head
    // 1 and 2
    if let ifMatch = fields[.ifMatch] {
      if !matches(ifMatch, tag, exists: exists, strongly: true) { return .failed }
    } else if let since = date(fields, .ifUnmodifiedSince), let modified, modified > since {
      return .failed
    }
    // 3 and 4
    if let ifNoneMatch = fields[.ifNoneMatch] {
      if matches(ifNoneMatch, tag, exists: exists, strongly: false) { return reads ? .notModified : .failed }
    } else if reads, let since = date(fields, .ifModifiedSince), let modified, modified <= since {
      return .notModified
    }
    // 5. Range has a meaning only for GET (RFC 9110 §14.2).
    guard request.method == .get, fields.contains(.range) else { return .proceed(withRange: false) }
    guard let ifRange = fields[.ifRange] else { return .proceed(withRange: true) }
    return .proceed(withRange: isCurrent(ifRange, tag, modified))
  }

  private static func matches(_ list: String, _ tag: EntityTag?, exists: Bool, strongly: Bool) -> Bool {
    switch EntityTag.List(list) {
    case nil: return false
    case .any: return exists
    case .tags(let tags):
      guard exists, let tag else { return false }
      return tags.contains { strongly ? $0.matchesStrongly(tag) : $0.matchesWeakly(tag) }
    }
  }

  /// RFC 9110 §13.1.5: a tag has to match strongly, a date exactly.
  private static func isCurrent(_ ifRange: String, _ tag: EntityTag?, _ modified: HTTPDate?) -> Bool {
    if let asked = EntityTag(ifRange) { return tag.map { asked.matchesStrongly($0) } ?? false }
    guard let asked = HTTPDate(ifRange) else { return false }
    return asked == modified
  }

  /// RFC 9110 §13.1.3: "A recipient MUST ignore the If-Modified-Since header field if the received field
  /// value is not a valid HTTP-date", or if there is more than one; the same holds for the other.
  private static func date(_ fields: HTTPFields, _ name: HTTPField.Name) -> HTTPDate? {
    fields[name].flatMap { HTTPDate($0) }
  }
}
