import StrataCheckout
import Testing

/// The code that readers copy is code that the package builds: every Swift block of the README and of
/// docs stands, line for line, in a file of Examples.
@Suite struct DocsTests {
  static let texts = ["README.md", "ARCHITECTURE.md", "docs"].flatMap {
    Checkout.files(under: $0, ending: [".md"])
  }
  static let examples = Checkout.files(under: "Examples", ending: [".swift"])

  @Test func everySwiftBlockIsInAnExample() {
    let sources = DocsTests.examples.compactMap(Checkout.text(of:)).map(CodeBlock.lines)
    for text in DocsTests.texts {
      for block in CodeBlock.all(in: Checkout.text(of: text) ?? "", language: "swift") {
        let isBuilt = sources.contains(where: block.isIn)
        #expect(
          isBuilt,
          "\(text):\(block.line): this Swift block is in no file of Examples, which the package builds")
      }
    }
  }

  @Test func everyLinkLeadsToAFile() {
    for text in DocsTests.texts {
      let folder = text.split(separator: "/").dropLast().map { $0 + "/" }.joined()
      for (line, target) in Link.local(in: Checkout.text(of: text) ?? "") {
        #expect(Link.leads(folder + target), "\(text):\(line): \(target) is not there")
      }
    }
  }

  @Test func everySourceFileThatIsNamedIsThere() {
    let files = ["Sources", "Tests", "Examples", "Package.swift"].flatMap {
      Checkout.files(under: $0, ending: [".swift"])
    }
    for text in DocsTests.texts {
      for (line, name) in Link.sources(in: Checkout.text(of: text) ?? "") {
        let isThere = files.contains { "/\($0)".hasSuffix("/\(name)") }
        #expect(isThere, "\(text):\(line): there is no \(name)")
      }
    }
  }

  @Test func aBlockIsFoundWithAndWithoutIndentation() {
    let block = CodeBlock.all(
      in: "text\n```swift\nlet a = 1\n\nf(a)\n```\n```sh\nls\n```\n", language: "swift")
    #expect(block.map(\.line) == [2])
    #expect(block[0].isIn(CodeBlock.lines("let a = 1\n\nf(a)")))
    #expect(block[0].isIn(CodeBlock.lines("func g() {\n    let a = 1\n\n    f(a)\n}")))
    #expect(!block[0].isIn(CodeBlock.lines("let a = 1\nf(a)")))
    #expect(!block[0].isIn(CodeBlock.lines("let a = 1\n\n  f(a)")))
  }

  @Test func aLinkIsFoundAndAnAddressIsNot() {
    let found = Link.local(in: "[a](docs/a.md)\n[b](https://example.org) and [c](d.md#part)")
    #expect(found.map(\.line) == [1, 2])
    #expect(found.map(\.target) == ["docs/a.md", "d.md"])
    #expect(
      Link.sources(in: "in `Base/Slab.swift` and\n`f.swift`, `a`").map(\.name) == [
        "Base/Slab.swift", "f.swift",
      ])
  }
}
