/// Tells code from comments and from string literals, one byte at a time. It knows nested comments, raw
/// and multi-line strings and interpolation; regular expression literals are taken for code.
struct Lexer {
  enum Kind { case code, comment, string }

  private let bytes: [UInt8]
  private var at = 0
  private var result: [Kind]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    result = Array(repeating: .code, count: bytes.count)
  }

  /// The kind of every byte.
  consuming func kinds() -> [Kind] {
    code(untilParenthesis: false)
    return result
  }

  private func sees(_ text: StaticString, at place: Int? = nil) -> Bool {
    let place = place ?? at
    if place + text.utf8CodeUnitCount > bytes.count { return false }
    return (0..<text.utf8CodeUnitCount).allSatisfy { bytes[place + $0] == text.utf8Start[$0] }
  }

  private mutating func take(_ count: Int, as kind: Kind) {
    for _ in 0..<count where at < bytes.count {
      result[at] = kind
      at += 1
    }
  }

  private mutating func code(untilParenthesis: Bool) {
    var depth = 0
    while at < bytes.count {
      if sees("//") {
        while at < bytes.count, bytes[at] != UInt8(ascii: "\n") { take(1, as: .comment) }
      } else if sees("/*") {
        blockComment()
      } else if let pounds = startOfString() {
        string(pounds: pounds)
      } else {
        if sees("(") { depth += 1 }
        if sees(")") {
          if untilParenthesis && depth == 0 { return }
          depth -= 1
        }
        take(1, as: .code)
      }
    }
  }

  private mutating func blockComment() {
    var depth = 0
    repeat {
      if sees("/*") {
        depth += 1
        take(2, as: .comment)
      } else if sees("*/") {
        depth -= 1
        take(2, as: .comment)
      } else {
        take(1, as: .comment)
      }
    } while depth > 0 && at < bytes.count
  }

  /// The number of `#` before a string's quotation mark, when a string begins here.
  private func startOfString() -> Int? {
    var place = at
    while sees("#", at: place) { place += 1 }
    return sees("\"", at: place) ? place - at : nil
  }

  private mutating func string(pounds: Int) {
    take(pounds, as: .string)
    let isLong = sees("\"\"\"")
    let quotes = isLong ? 3 : 1
    take(quotes, as: .string)
    while at < bytes.count {
      if ends(quotes: quotes, pounds: pounds) {
        take(quotes + pounds, as: .string)
        return
      }
      if !isLong && sees("\n") { return }  // not a string after all: a stray mark in a C file
      if sees("\\"), marks(UInt8(ascii: "#"), pounds, at: at + 1) {
        take(1 + pounds, as: .string)
        if sees("(") {
          take(1, as: .string)
          code(untilParenthesis: true)
        }
      }
      take(1, as: .string)
    }
  }

  private func ends(quotes: Int, pounds: Int) -> Bool {
    marks(UInt8(ascii: "\""), quotes, at: at) && marks(UInt8(ascii: "#"), pounds, at: at + quotes)
  }

  private func marks(_ mark: UInt8, _ count: Int, at place: Int) -> Bool {
    place + count <= bytes.count && (0..<count).allSatisfy { bytes[place + $0] == mark }
  }
}
