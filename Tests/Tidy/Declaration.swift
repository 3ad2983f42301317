/// A type, an extension, a function, an initialiser, a subscript or a variable of a Swift file.
struct Declaration {
  let keyword: String
  let name: String
  /// The line of its keyword, from 1.
  let line: Int
  /// Its last line; nil when it has no body.
  let lastLine: Int?
  /// What stands before its keyword: `public`, `static`, `@inlinable`.
  let modifiers: [String]
  /// The place of the declaration around it in the same list; nil at the top of the file.
  let parent: Int?
  /// Braces around it.
  let depth: Int

  var isType: Bool { Declaration.types.contains(keyword) && keyword != "extension" }
  var isFunction: Bool { !Declaration.types.contains(keyword) }
  var isPrivate: Bool { modifiers.contains("private") || modifiers.contains("fileprivate") }

  static let types: Set = ["struct", "class", "enum", "actor", "protocol", "extension", "typealias"]
  static let functions: Set = ["func", "init", "deinit", "subscript", "var"]
  static let words: Set = [
    "public", "private", "fileprivate", "internal", "package", "open", "static", "final", "mutating",
    "nonmutating", "consuming", "borrowing", "override", "indirect", "required", "convenience", "lazy",
    "weak", "nonisolated", "unowned",
  ]

  /// Every declaration of a file, from its first line to its last.
  static func all(in file: SourceFile) -> [Declaration] {
    var reader = DeclarationReader(Token.all(in: file.code))
    return reader.read()
  }
}
