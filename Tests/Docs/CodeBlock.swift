/// A fenced block of code in a text.
struct CodeBlock {
  /// The line of its opening fence, from 1.
  let line: Int
  let lines: [Substring]

  static func all(in text: String, language: String) -> [CodeBlock] {
    var blocks: [CodeBlock] = []
    var open: (line: Int, lines: [Substring])?
    for (number, line) in zip(1..., lines(text)) {
      if let (start, body) = open {
        if line == "```" {
          blocks.append(CodeBlock(line: start, lines: body))
          open = nil
        } else {
          open = (start, body + [line])
        }
      } else if line == "```\(language)" {
        open = (number, [])
      }
    }
    return blocks
  }

  static func lines(_ text: String) -> [Substring] {
    text.split(separator: "\n", omittingEmptySubsequences: false)
  }

  /// Whether a file holds these lines one after the other, all indented by the same number of spaces.
  func isIn(_ file: [Substring]) -> Bool {
    guard let first = lines.first, file.count >= lines.count else { return false }
    return (0...(file.count - lines.count)).contains { start in
      guard file[start].hasSuffix(first) else { return false }
      let indentation = file[start].dropLast(first.count)
      return indentation.allSatisfy { $0 == " " }
        && zip(lines, file[start...]).allSatisfy { $0.isEmpty ? $1.isEmpty : $1 == indentation + $0 }
    }
  }
}
