/// What files and types may be called.
enum NamingRules {
  static let banned: Set = [
    "Manager", "Util", "Utils", "Helper", "Helpers", "Handler", "Impl", "Misc", "Common",
  ]

  /// A type or a file whose name holds a word that says nothing about it.
  static func words(_ file: SourceFile) -> [Complaint] {
    if !file.isSwift { return [] }
    var names = [(file.baseName, 1)]
    names += Declaration.all(in: file).filter(\.isType).map { ($0.name, $0.line) }
    return names.compactMap { name, line in
      guard let word = parts(of: name).first(where: banned.contains) else { return nil }
      return file.complaint(
        line, "\"\(word)\" in \(name) says nothing; name the noun of the field that it is")
    }
  }

  /// The first type that others see has the file's name, or a name that begins with it. A format's file
  /// in Wire may name its small numbers first. Files of extensions alone are named by what they add.
  static func firstType(_ file: SourceFile) -> [Complaint] {
    if !file.isSwift || ["main", "Package"].contains(file.baseName) { return [] }
    let top = Declaration.all(in: file).filter { $0.depth == 0 }
    let types = top.filter { $0.isType && !$0.isPrivate }
    guard let first = types.first else { return [] }
    let isNamed = (file.layer == "Wire" ? types[...] : types[..<1]).contains {
      $0.name.hasPrefix(file.baseName)
    }
    if isNamed { return [] }
    return [
      file.complaint(
        first.line,
        "the file's first type is \(first.name), not \(file.baseName); rename one or move it to its own file")
    ]
  }

  /// `["Frame", "Pool"]` of `FramePool`; `["HTTP", "Server"]` of `HTTPServer`.
  static func parts(of name: String) -> [String] {
    let letters = Array(name)
    var parts: [String] = []
    var part = ""
    for (index, letter) in letters.enumerated() {
      let startsWord =
        letter.isUppercase && index > 0
        && (!letters[index - 1].isUppercase || (index + 1 < letters.count && letters[index + 1].isLowercase))
      if startsWord || !(letter.isLetter || letter.isNumber) {
        parts.append(part)
        part = ""
      }
      if letter.isLetter || letter.isNumber { part.append(letter) }
    }
    return (parts + [part]).filter { !$0.isEmpty }
  }
}
