/// What crosses a module's border must be inlinable where it is small and hot: a call that is not costs
/// more than the work it does (a data segment takes 830 instructions with these and 1,404 without).
enum InlinableRules {
  static let layers: Set = ["Base", "Wire", "Link"]
  /// Read by people, not by the data path.
  static let slow: Set = ["description", "debugDescription", "hash", "encode"]

  /// `@inline(__always)` on something public, which does nothing outside its module by itself.
  static func always(_ file: SourceFile) -> [Complaint] {
    guard file.isSwift, let layer = file.layer, layers.contains(layer) else { return [] }
    return Declaration.all(in: file).filter { declaration in
      let said = Set(declaration.modifiers)
      return said.contains("public") && said.contains("@inline")
        && said.isDisjoint(with: ["@inlinable", "@_alwaysEmitIntoClient"])
        && !isNever(declaration, in: file)
    }.map {
      file.complaint($0.line, "\($0.name) is public and @inline(__always): it needs @inlinable as well")
    }
  }

  /// A public one-liner of a frozen type. `@inline(never)` says that it stays out of line on purpose.
  static func small(_ file: SourceFile) -> [Complaint] {
    guard file.isSwift, let layer = file.layer, layers.contains(layer) else { return [] }
    let all = Declaration.all(in: file)
    let frozen = Set(all.filter { $0.modifiers.contains("@frozen") }.map(\.name))
    return all.filter { declaration in
      guard declaration.keyword == "func" || declaration.keyword == "var",
        declaration.lastLine == declaration.line,
        let parent = declaration.parent, frozen.contains(all[parent].name), !slow.contains(declaration.name)
      else { return false }
      let said = Set(declaration.modifiers)
      return said.contains("public")
        && said.isDisjoint(with: ["@inlinable", "@_alwaysEmitIntoClient", "@inline"])
    }.map {
      file.complaint(
        $0.line, "\($0.name) is small and public: make it @inlinable, or @inline(never) on purpose")
    }
  }

  private static func isNever(_ declaration: Declaration, in file: SourceFile) -> Bool {
    let from = max(declaration.line - 3, 0)
    return file.code[from..<declaration.line].contains { $0.contains("@inline(never)") }
  }
}
