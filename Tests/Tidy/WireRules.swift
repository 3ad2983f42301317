/// The parts of a format's file, in one order: the header drawn with its source, the view, the emitter.
enum WireRules {
  static func order(_ file: SourceFile) -> [Complaint] {
    guard file.layer == "Wire" else { return [] }
    let top = Declaration.all(in: file).filter { $0.depth == 0 && $0.isType }
    guard let view = top.first(where: { $0.name.hasSuffix("View") }) else { return [] }
    var complaints: [Complaint] = []
    let before = file.comments[..<(view.line - 1)]
    if !before.contains(where: { $0.contains("+---") || $0.contains("+-+-") }) {
      complaints.append(file.complaint(view.line, "draw the header in ASCII before \(view.name)"))
    }
    if !before.contains(where: { $0.contains("RFC ") || $0.contains("IEEE ") || $0.contains("draft-") }) {
      complaints.append(file.complaint(view.line, "name the RFC and section before \(view.name)"))
    }
    if let emitter = top.first(where: { $0.name.hasSuffix("Header") }), emitter.line < view.line {
      complaints.append(file.complaint(emitter.line, "\(emitter.name) comes after \(view.name)"))
    }
    if !file.code.contains(where: { $0.contains("var description") }) {
      complaints.append(file.complaint(view.line, "\(view.name) needs a one-line description"))
    }
    return complaints
  }
}
