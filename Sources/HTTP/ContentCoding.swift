/// A way in which content is packed for its journey (RFC 9110 §8.4.1).
///
/// ```swift
/// ContentCoding.choose("gzip, zstd;q=0.5", among: [.zstd, .gzip])   // .gzip
/// ContentCoding.choose("identity;q=0", among: [])                   // nil: 406
/// ```
public enum ContentCoding: Hashable, Sendable {
  /// As it is.
  case identity
  /// RFC 1952.
  case gzip
  /// RFC 8878.
  case zstd

  /// As in Content-Encoding.
  public var name: String {
    switch self {
    case .identity: "identity"
    case .gzip: "gzip"
    case .zstd: "zstd"
    }
  }

  /// The coding that a client likes most, of those that are offered besides identity; of equal ones the
  /// first. Identity wins only over codings that are liked less. Nil: not even identity will do.
  ///
  /// - Parameter field: the value of Accept-Encoding; nil when there is none.
  public static func choose(_ field: String?, among offered: [ContentCoding]) -> ContentCoding? {
    // RFC 9110 §12.5.3: "If no Accept-Encoding header field is in the request, any content coding is
    // considered acceptable"; who says nothing seldom has a decoder, so identity it is.
    guard let field else { return .identity }
    let wishes = Wishes(field)
    var best: ContentCoding?
    var bestWeight = 0
    for coding in offered {
      let weight = wishes.weight(of: coding) ?? 0
      if weight > bestWeight { (best, bestWeight) = (coding, weight) }
    }
    // "If the representation has no content coding, then it is acceptable by default unless specifically
    // excluded by the Accept-Encoding header field stating either "identity;q=0" or "*;q=0" without a
    // more specific entry for "identity"."
    let plain = wishes.weight(of: .identity)
    if let best, bestWeight >= plain ?? 0 { return best }
    return plain == 0 ? best : .identity
  }

  /// Weights from 0 to 1,000; nil where the field says nothing.
  private struct Wishes {
    private var gzip: Int?
    private var zstd: Int?
    private var identity: Int?
    private var others: Int?

    init(_ field: String) {
      for member in field.utf8.split(separator: 0x2c) {
        let parts = member.split(separator: 0x3b, omittingEmptySubsequences: false)
        guard let name = parts.first.map(Self.word) else { continue }
        let weight = Self.weight(parts.dropFirst())
        switch name {
        case "gzip", "x-gzip": gzip = weight
        case "zstd": zstd = weight
        case "identity": identity = weight
        case "*": others = weight
        default: break
        }
      }
    }

    func weight(of coding: ContentCoding) -> Int? {
      switch coding {
      case .gzip: gzip ?? others
      case .zstd: zstd ?? others
      // A bare "*" likes the others no less.
      case .identity: identity ?? (others == 0 ? 0 : nil)
      }
    }

    /// In lower case, without white space around it.
    private static func word(_ text: Substring.UTF8View.SubSequence) -> String {
      let trimmed = text.drop { $0 == .space || $0 == .tab }
      let end = trimmed.lastIndex { $0 != .space && $0 != .tab }.map { trimmed.index(after: $0) }
      return String(decoding: trimmed[..<(end ?? trimmed.startIndex)], as: UTF8.self).lowercased()
    }

    /// `q=0.25` among the parameters, as 250. What is no weight counts as 0: it was meant to be one.
    private static func weight(_ parameters: ArraySlice<Substring.UTF8View.SubSequence>) -> Int {
      for parameter in parameters {
        let text = word(parameter)
        guard text.hasPrefix("q=") else { continue }
        // RFC 9110 §12.4.2: at most three digits behind the point.
        let digits = Array(text.utf8.dropFirst(2))
        guard let first = digits.first, first == 0x30 || first == 0x31, digits.count <= 5,
          digits.count == 1 || digits[1] == 0x2e, digits.dropFirst(2).allSatisfy(ByteClass.isDigit)
        else { return 0 }
        var value = Int(first - 0x30) * 1_000
        var scale = 100
        for digit in digits.dropFirst(2) {
          value += Int(digit - 0x30) * scale
          scale /= 10
        }
        return value > 1_000 ? 0 : value
      }
      return 1_000
    }
  }
}
