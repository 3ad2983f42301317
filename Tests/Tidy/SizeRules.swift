/// How big a file, a function and a line may be.
enum SizeRules {
  static let mostLines = 499
  static let mostFunctionLines = 69
  static let mostColumns = 110

  static func files(_ file: SourceFile) -> [Complaint] {
    if file.lines.count <= mostLines { return [] }
    return [
      file.complaint(
        mostLines + 1,
        "the file has \(file.lines.count) lines, the most is \(mostLines); give a noun in it its own file")
    ]
  }

  static func functions(_ file: SourceFile) -> [Complaint] {
    if !file.isSwift { return [] }
    return Declaration.all(in: file).filter(\.isFunction).compactMap { declaration in
      guard let last = declaration.lastLine, last - declaration.line + 1 > mostFunctionLines else {
        return nil
      }
      let count = last - declaration.line + 1
      return file.complaint(
        declaration.line,
        "\(declaration.name) has \(count) lines, the most is \(mostFunctionLines); name its steps")
    }
  }

  static func columns(_ file: SourceFile) -> [Complaint] {
    zip(1..., file.lines).filter { $1.count > mostColumns }.map { number, line in
      file.complaint(number, "the line has \(line.count) columns, the most is \(mostColumns)")
    }
  }
}
