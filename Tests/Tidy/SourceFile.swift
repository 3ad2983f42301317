import StrataCheckout

/// A source file in lines, once as it is and once with nothing but its code.
struct SourceFile {
  let path: String
  /// The lines as they are.
  let lines: [String]
  /// The same lines with every character of comments and string literals replaced by a space.
  let code: [String]
  /// The same lines with everything but comments replaced by spaces.
  let comments: [String]

  init(path: String, text: String) {
    self.path = path
    let bytes = Array(text.utf8)
    let kinds = Lexer(bytes).kinds()
    func only(_ kept: Lexer.Kind) -> [String] {
      SourceFile.split(zip(bytes, kinds).map { $1 == kept || $0 == UInt8(ascii: "\n") ? $0 : 0x20 })
    }
    lines = SourceFile.split(bytes)
    code = only(.code)
    comments = only(.comment)
  }

  /// The Swift and C files of this checkout, with the package description.
  static func all() -> [SourceFile] {
    ["Sources", "Tests", "Examples", "Package.swift"]
      .flatMap { Checkout.files(under: $0, ending: [".swift", ".c", ".h"]) }
      .compactMap { path in Checkout.text(of: path).map { SourceFile(path: path, text: $0) } }
  }

  var isSwift: Bool { path.hasSuffix(".swift") }
  /// `Ring` of `Sources/Base/Ring.swift`.
  var baseName: String {
    let name = path.split(separator: "/").last ?? ""
    return String(name.split(separator: ".").first ?? "")
  }
  /// `Base` of `Sources/Base/Ring.swift`; nil outside Sources.
  var layer: String? {
    let parts = path.split(separator: "/")
    return parts.count > 2 && parts[0] == "Sources" ? String(parts[1]) : nil
  }

  func complaint(_ line: Int, _ sentence: String) -> Complaint {
    Complaint(path: path, line: line, sentence: sentence)
  }

  private static func split(_ bytes: [UInt8]) -> [String] {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { String(decoding: $0, as: UTF8.self) }
  }
}
