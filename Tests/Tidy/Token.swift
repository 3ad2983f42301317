/// A word, a mark or an arrow of a source file's code.
struct Token: Equatable {
  let text: String
  /// From 1.
  let line: Int

  var isWord: Bool { text.first.map(Token.isWordCharacter) ?? false }

  static func isWordCharacter(_ character: Character) -> Bool {
    character.isLetter || character.isNumber || character == "_" || character == "`"
  }

  /// The tokens of lines that hold nothing but code.
  static func all(in code: [String]) -> [Token] {
    var tokens: [Token] = []
    for (index, line) in code.enumerated() {
      var rest = Substring(line)
      while let first = rest.first {
        var text = rest.prefix { isWordCharacter($0) }
        if text.isEmpty { text = rest.hasPrefix("->") ? rest.prefix(2) : rest.prefix(1) }
        if first != " " { tokens.append(Token(text: String(text), line: index + 1)) }
        rest = rest.dropFirst(text.count)
      }
    }
    return tokens
  }
}
