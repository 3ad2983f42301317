import Testing

/// Each rule against a sample that breaks it and one that does not: a rule that never fires is no rule.
@Suite struct RuleTests {
  private func file(_ path: String, _ text: String) -> SourceFile { SourceFile(path: path, text: text) }
  private func base(_ text: String) -> SourceFile { file("Sources/Base/Ring.swift", text) }

  @Test func aFileOf500LinesIsTooLong() {
    #expect(SizeRules.files(base(String(repeating: "\n", count: 499))).isEmpty)
    #expect(SizeRules.files(base(String(repeating: "\n", count: 500))).map(\.line) == [500])
  }

  @Test(arguments: [
    "func f() {", "init(a: Int) {", "deinit {", "subscript(a: Int) -> Int {", "var v: Int {",
    "static func == (a: Ring, b: Ring) -> Bool {", "func f<T>(\n  a: T\n) throws(E)\n  -> Int where T: P {",
  ])
  func aFunctionOf70LinesIsTooLong(_ head: String) {
    let lines = head.split(separator: "\n").count
    func body(_ count: Int) -> SourceFile {
      base("struct Ring {\n\(head)" + String(repeating: "\n", count: count - lines) + "}\n}\n")
    }
    #expect(SizeRules.functions(body(69)).isEmpty)
    #expect(SizeRules.functions(body(70)).map(\.line) == [2])
  }

  @Test func bracesInStringsAndCommentsDoNotCount() {
    let text =
      #"func f() { let a = "}{\(g("{"))"; /* { /* } */ */ }"# + " // {\n" + String(repeating: "\n", count: 99)
    #expect(SizeRules.functions(base(text)).isEmpty)
    #expect(Declaration.all(in: base(text)).map(\.lastLine) == [1])
  }

  @Test func requirementsOfAProtocolHaveNoBody() {
    let text = "protocol Ring {\n  func f() -> Int\n  init(a: Int)\n  var v: Int { get }\n}\nstruct S {\n}\n"
    #expect(Declaration.all(in: base(text)).map(\.lastLine) == [5, nil, nil, 4, 7])
  }

  @Test func aLineOf111ColumnsIsTooLong() {
    #expect(SizeRules.columns(base(String(repeating: "é", count: 110))).isEmpty)
    #expect(SizeRules.columns(base("\n" + String(repeating: "é", count: 111))).map(\.line) == [2])
  }

  static let layers = Layers(
    table: "| `Base` | a |\n|---|\n| `Wire` | b |\n| `Stack` | c |\n| `Kernel` | d |\n")

  @Test(arguments: [
    ("Sources/Base/A.swift", "import StrataWire", "Base imports Wire, which is above it"),
    (
      "Sources/Base/A.swift", "public import struct StrataWire.Address",
      "Base imports Wire, which is above it"
    ),
    ("Sources/Kernel/A.swift", "@testable import StrataStack", "Kernel must not know Stack"),
    ("Sources/Other/A.swift", "", "Other is not in ARCHITECTURE.md's table"),
    ("Sources/Wire/A.swift", "import StrataOther", "Other is not in ARCHITECTURE.md's table"),
  ])
  func anImportUpwardIsRefused(path: String, text: String, sentence: String) {
    let complaints = ImportRules.direction(file(path, text), RuleTests.layers)
    #expect(complaints.count == 1)
    #expect(complaints.first?.sentence.hasPrefix(sentence) == true)
  }

  @Test func anImportDownwardIsAllowed() {
    let good = file(
      "Sources/Wire/A.swift", "import StrataBase\n// import StrataStack\nlet s = \"import StrataStack\"")
    #expect(ImportRules.direction(good, RuleTests.layers).isEmpty)
  }

  @Test func anUndeclaredImportIsRefused() {
    let package = PackageText(
      """
      + layer("Wire", ["StrataBase"]) + [
        .executableTarget(
          name: "StrataCommand",
          dependencies: ["StrataWire", .product(name: "Logging", package: "swift-log")],
          path: "Sources/Command"),
      ]
      """)
    #expect(package.dependencies(of: "Wire") == ["StrataBase"])
    #expect(package.dependencies(of: "Command") == ["StrataCommand", "StrataWire"])
    #expect(package.dependencies(of: "Base") == nil)
    let wire = file("Sources/Wire/A.swift", "import StrataBase\nimport StrataLoop")
    #expect(ImportRules.declared(wire, package).map(\.line) == [2])
    #expect(ImportRules.declared(base("import StrataWire"), package).count == 1)
  }

  @Test(arguments: [
    "import Foundation", "import Glibc", "@preconcurrency import Dispatch", "import struct Foundation.Data",
  ])
  func aPlatformImportBelowTheLoopIsRefused(_ text: String) {
    #expect(ImportRules.platform(base(text)).count == 1)
    #expect(ImportRules.platform(file("Sources/Loop/Loop.swift", text)).isEmpty)
  }

  @Test(arguments: [
    "struct ConnectionManager {}", "enum StringUtils {}", "final class RequestHandler {}",
    "typealias HelperBox = Int",
    "struct Ring {\n  struct Impl {}\n}",
  ])
  func anEmptyWordInANameIsRefused(_ text: String) {
    #expect(NamingRules.words(base(text)).count == 1)
  }

  @Test func aWordInsideAnotherIsAllowed() {
    #expect(NamingRules.words(base("struct Handle {}\nenum Commonwealth {}\nfunc handler() {}")).isEmpty)
    #expect(NamingRules.words(file("Sources/Base/Utils.swift", "")).count == 1)
    #expect(NamingRules.parts(of: "HTTPServerHandler") == ["HTTP", "Server", "Handler"])
  }

  @Test func aFirstTypeWithAnotherNameIsRefused() {
    #expect(NamingRules.firstType(base("public struct Buffer {}\nstruct Ring {}")).map(\.line) == [1])
    #expect(
      NamingRules.firstType(base("public struct Ring<T> {\n  enum Slot {}\n}\nstruct Buffer {}")).isEmpty)
    #expect(NamingRules.firstType(base("extension Slab {}\nprivate struct Mark {}")).isEmpty)
    let wire = "public struct EtherType {}\npublic struct EthernetView {}"
    #expect(NamingRules.firstType(file("Sources/Wire/Ethernet.swift", wire)).isEmpty)
    #expect(NamingRules.firstType(file("Sources/Wire/ARP.swift", wire)).count == 1)
  }

  @Test func aSmallPublicPieceThatIsNotInlinableIsRefused() {
    func frozen(_ member: String) -> SourceFile { base("@frozen public struct Ring {\n  \(member)\n}") }
    #expect(InlinableRules.small(frozen("public var count: Int { 1 }")).map(\.line) == [2])
    #expect(InlinableRules.small(frozen("public func f() { g() }")).count == 1)
    #expect(InlinableRules.small(frozen("@inlinable public func f() { g() }")).isEmpty)
    #expect(InlinableRules.small(frozen("@inline(never) public func f() { g() }")).isEmpty)
    #expect(InlinableRules.small(frozen("public func f() {\n    g()\n  }")).isEmpty)
    #expect(InlinableRules.small(frozen("public var description: String { \"\" }")).isEmpty)
    #expect(InlinableRules.always(frozen("@inline(__always) public func f() { g() }")).count == 1)
    #expect(InlinableRules.always(frozen("@inline(__always) @inlinable\n  public func f() { g() }")).isEmpty)
  }

  @Test func aFormatWithoutItsPartsIsRefused() {
    let drawing = "// Echo (RFC 792)\n// +-------+\n"
    let view = "struct EchoView {\n  var description: String { \"\" }\n}\n"
    func wire(_ text: String) -> [Complaint] { WireRules.order(file("Sources/Wire/Echo.swift", text)) }
    #expect(wire(drawing + view + "enum EchoHeader {}\n").isEmpty)
    #expect(wire(view).count == 2)
    #expect(wire(drawing + "enum EchoHeader {}\n" + view).map(\.line) == [3])
    #expect(wire(drawing + "struct EchoView {}\n").count == 1)
  }

  @Test func aPromiseInACommentIsRefused() {
    #expect(CommentRules.promises(base("let a = 1\n// TO" + "DO: later")).map(\.line) == [2])
    #expect(CommentRules.promises(base("/// FIX" + "ME")).count == 1)
    #expect(CommentRules.promises(base("let s = \"TODO\"  // said")).isEmpty)
  }

  @Test func anOpenFigureIsRefused() {
    #expect(CommentRules.placeholders(path: "README.md", text: "a\n«FIGURE» Gbit").map(\.line) == [2])
    #expect(CommentRules.placeholders(path: "README.md", text: "15 Gbit").isEmpty)
  }
}
