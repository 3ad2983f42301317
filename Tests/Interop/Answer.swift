/// One HTTP response as curl shows it.
struct Answer {
  let status: Int
  /// Names in lower case, in the order in which they came.
  let fields: [(name: String, value: String)]
  let body: String

  init(_ text: String) {
    // Swift counts CR LF as one character.
    let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
    let lines = (parts.first ?? "").split(separator: "\r\n")
    let words = (lines.first ?? "").split(separator: " ")
    status = words.count > 1 ? Int(words[1]) ?? 0 : 0
    fields = lines.dropFirst().map { line in
      let parts = line.split(separator: ":", maxSplits: 1)
      return (parts[0].lowercased(), String(parts.last!.drop { $0 == " " }))
    }
    body = parts.count > 1 ? String(parts[1]) : ""
  }

  subscript(_ name: String) -> String? { fields.first { $0.name == name }?.value }
}
