/// What may not be left lying about.
enum CommentRules {
  static let unfinished = ["TODO", "FIXME", "XXX", "HACK"]

  /// Work that is named in a comment instead of being done or said in the README.
  static func promises(_ file: SourceFile) -> [Complaint] {
    zip(1..., file.comments).compactMap { number, line in
      let words = Token.all(in: [line]).map(\.text)
      guard let word = unfinished.first(where: words.contains) else { return nil }
      return file.complaint(number, "\(word): do it now, or say in the README what is missing")
    }
  }

  /// A figure that nobody has measured yet, in a text that readers believe.
  static func placeholders(path: String, text: String) -> [Complaint] {
    zip(1..., text.split(separator: "\n", omittingEmptySubsequences: false)).compactMap { number, line in
      guard line.contains("«") else { return nil }
      return Complaint(
        path: path, line: number, sentence: "a placeholder is left: put the measured figure here")
    }
  }
}
