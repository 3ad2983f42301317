/// Finds declarations in a stream of tokens. It does not parse Swift: it knows how declarations begin
/// and where their braces are, and that is enough to measure and to name them.
struct DeclarationReader {
  private let tokens: [Token]
  private var at = 0
  private var modifiers: [String] = []
  private var found: [Declaration] = []
  /// For each open brace the declaration whose body it begins.
  private var around: [Int?] = []
  private var bodies: [Int: Int] = [:]

  init(_ tokens: [Token]) { self.tokens = tokens }

  mutating func read() -> [Declaration] {
    while at < tokens.count {
      let text = tokens[at].text
      if text == "@" {
        modifiers.append("@\(word(at + 1))")
        at += 2
        skipArguments()
      } else if Declaration.words.contains(text) || (text == "class" && isDeclaration(at + 1)) {
        modifiers.append(text)
        at += 1
        skipArguments()
      } else {
        if isDeclaration(at) { declare() }
        if text == "{" { around.append(bodies[at]) }
        if text == "}" { _ = around.popLast() }
        modifiers = []
        at += 1
      }
    }
    return found
  }

  private func word(_ place: Int) -> String { place >= 0 && place < tokens.count ? tokens[place].text : "" }

  /// `(set)` of `private(set)`, `(borrow self)` of `@_lifetime(borrow self)`.
  private mutating func skipArguments() {
    guard word(at) == "(" else { return }
    at = afterParentheses(at)
  }

  private func afterParentheses(_ open: Int) -> Int {
    var depth = 0
    var place = open
    repeat {
      if tokens[place].text == "(" { depth += 1 }
      if tokens[place].text == ")" { depth -= 1 }
      place += 1
    } while depth > 0 && place < tokens.count
    return place
  }

  private func isDeclaration(_ place: Int) -> Bool {
    let text = word(place)
    let before = word(place - 1)
    let after = word(place + 1)
    if before == "." || before == "import" { return false }
    switch text {
    case "deinit": return after == "{"
    case "init", "subscript": return ["(", "<", "?", "!"].contains(after)
    case "func": return true
    case "var": return after.first.map(Token.isWordCharacter) ?? false
    case "extension": return after.first.map(Token.isWordCharacter) ?? false
    default: return Declaration.types.contains(text) && after.first?.isUppercase == true
    }
  }

  private mutating func declare() {
    let keyword = tokens[at].text
    let named = Declaration.types.contains(keyword) || keyword == "func" || keyword == "var"
    let name = named ? fullName() : keyword
    let open = keyword == "typealias" ? nil : body()
    if let open { bodies[open] = found.count }
    found.append(
      Declaration(
        keyword: keyword, name: name, line: tokens[at].line, lastLine: open.map(end), modifiers: modifiers,
        parent: around.last { $0 != nil } ?? nil, depth: around.count))
  }

  /// `Slab`, `Wire.Frame`, `==`.
  private func fullName() -> String {
    var name = word(at + 1)
    var place = at + 2
    if tokens[at + 1].isWord {
      while word(place) == "." {
        name += "." + word(place + 1)
        place += 2
      }
    }
    return name
  }

  /// The place of the brace that begins the body; nil where there is none.
  private func body() -> Int? {
    var place = at + 1
    while place < tokens.count {
      let token = tokens[place]
      if token.line > tokens[place - 1].line, !goesOn(place) { return nil }
      switch token.text {
      case "{": return place
      case "(": place = afterParentheses(place)
      case "}", ";": return nil
      case "=" where tokens[at].text == "var": return nil
      default: place += 1
      }
    }
    return nil
  }

  /// Whether a token at the start of a line still belongs to the declaration before it.
  private func goesOn(_ place: Int) -> Bool {
    ["{", "->", "where", "throws", "async", "rethrows", "(", ":", "&", ","].contains(tokens[place].text)
      || ["->", "where", ":", "&", ",", "="].contains(tokens[place - 1].text)
  }

  private func end(of open: Int) -> Int {
    var depth = 0
    for place in open..<tokens.count {
      if tokens[place].text == "{" { depth += 1 }
      if tokens[place].text == "}" { depth -= 1 }
      if depth == 0 { return tokens[place].line }
    }
    return tokens[tokens.count - 1].line
  }
}
