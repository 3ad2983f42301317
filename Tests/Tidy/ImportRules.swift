/// One direction: a layer imports what is below it, and says so in Package.swift.
enum ImportRules {
  /// What a file imports, with lines: `Glibc`, `StrataBase`.
  static func imports(of file: SourceFile) -> [(module: String, line: Int)] {
    let kinds: Set = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
    return zip(1..., file.code).compactMap { number, line in
      let words = Token.all(in: [line]).filter(\.isWord).map(\.text)
      guard let at = words.firstIndex(of: "import"),
        line.prefix(while: { $0 != "i" }).allSatisfy({ " @".contains($0) })
          || [
            "public", "internal", "package", "private", "fileprivate", "preconcurrency", "testable",
            "_exported",
            "_implementationOnly",
          ].contains(words[0])
      else { return nil }
      let rest = words[(at + 1)...].drop { kinds.contains($0) }
      return rest.first.map { ($0, number) }
    }
  }

  static func platform(_ file: SourceFile) -> [Complaint] {
    guard file.isSwift, let layer = file.layer, Layers.portable.contains(layer) else { return [] }
    return imports(of: file).filter { Layers.platform.contains($0.module) }.map { module, line in
      file.complaint(
        line, "\(layer) imports \(module): this layer must build anywhere; hand the value in from above")
    }
  }

  static func direction(_ file: SourceFile, _ layers: Layers) -> [Complaint] {
    guard file.isSwift, let layer = file.layer else { return [] }
    guard let own = layers.rank(layer) else {
      return [
        file.complaint(1, "\(layer) is not in ARCHITECTURE.md's table; put it in its place in the order")
      ]
    }
    return imports(of: file).compactMap { module, line in
      guard module.hasPrefix("Strata"), case let other = String(module.dropFirst(6)), other != layer else {
        return nil
      }
      guard let rank = layers.rank(other) else {
        return file.complaint(line, "\(other) is not in ARCHITECTURE.md's table")
      }
      if rank >= own { return file.complaint(line, "\(layer) imports \(other), which is above it") }
      if let (_, _, why) = Layers.strangers.first(where: { $0.0 == layer && $0.1 == other }) {
        return file.complaint(line, "\(layer) must not know \(other): \(why)")
      }
      return nil
    }
  }

  /// An import that Package.swift does not declare builds by luck, until the order of the build changes.
  static func declared(_ file: SourceFile, _ package: PackageText) -> [Complaint] {
    guard file.isSwift, let layer = file.layer else { return [] }
    guard let allowed = package.dependencies(of: layer) else {
      return [file.complaint(1, "Package.swift has no target with the path Sources/\(layer)")]
    }
    return imports(of: file).filter { $0.module.hasPrefix("Strata") && !allowed.contains($0.module) }.map {
      module, line in
      file.complaint(line, "Package.swift does not give \(layer) its dependency \(module)")
    }
  }
}
