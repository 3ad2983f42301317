/// What Package.swift says of its targets, read as text: `layer("Name", [...])` calls, and targets with
/// a path in Sources.
struct PackageText {
  private let text: String

  /// White space is folded, so that it does not matter where the manifest breaks its lines.
  init(_ text: String) {
    let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    self.text = words.replacing("( ", with: "(")
  }

  /// The Strata modules that a folder of Sources depends on; nil when no target has that folder.
  func dependencies(of layer: String) -> Set<String>? {
    if let start = place(after: "layer(\"\(layer)\"") {
      return modules(in: balanced(from: start, open: "(", close: ")", depth: 1))
    }
    guard let path = place(after: "path: \"Sources/\(layer)\"") else { return nil }
    let begin = text[..<path].ranges(of: "arget(").last?.upperBound ?? text.startIndex
    return modules(in: balanced(from: begin, open: "(", close: ")", depth: 1))
  }

  private func place(after words: String) -> String.Index? { text.firstRange(of: words)?.upperBound }

  private func balanced(from start: String.Index, open: Character, close: Character, depth: Int) -> Substring
  {
    var depth = depth
    var end = start
    while end < text.endIndex, depth > 0 {
      if text[end] == open { depth += 1 }
      if text[end] == close { depth -= 1 }
      end = text.index(after: end)
    }
    return text[start..<end]
  }

  private func modules(in part: Substring) -> Set<String> {
    Set(part.split(separator: "\"").filter { $0.hasPrefix("Strata") }.map(String.init))
  }
}
