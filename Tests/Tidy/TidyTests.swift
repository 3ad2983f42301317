import StrataCheckout
import Testing

/// The rules of the house, held against every file of this checkout. ARCHITECTURE.md says why.
@Suite struct TidyTests {
  static let files = SourceFile.all()
  static let layers = Layers(table: Checkout.text(of: "ARCHITECTURE.md") ?? "")

  /// Each complaint becomes an issue at its own file and line.
  private func report(_ complaints: [Complaint]) {
    for complaint in complaints {
      Issue.record(
        Comment(rawValue: complaint.description),
        sourceLocation: SourceLocation(
          fileID: "strata/\(complaint.path)", filePath: "\(Checkout.root)/\(complaint.path)",
          line: complaint.line,
          column: 1))
    }
  }

  @Test func theFilesWereFound() {
    #expect(TidyTests.files.contains { $0.path == "Sources/Base/Instant.swift" })
    #expect(TidyTests.layers.order.first == "Base")
  }

  @Test func noFileIsTooLong() { report(TidyTests.files.flatMap(SizeRules.files)) }
  @Test func noFunctionIsTooLong() { report(TidyTests.files.flatMap(SizeRules.functions)) }
  @Test func noLineIsTooLong() {
    // strata.h is a contract, kept as it was given.
    report(TidyTests.files.filter { !$0.path.hasSuffix("/strata.h") }.flatMap(SizeRules.columns))
  }

  @Test func layersImportOnlyDownward() {
    report(TidyTests.files.flatMap { ImportRules.direction($0, TidyTests.layers) })
  }
  @Test func everyImportIsDeclared() {
    let package = PackageText(Checkout.text(of: "Package.swift") ?? "")
    var said: Set<String> = []
    let complaints = TidyTests.files.flatMap { ImportRules.declared($0, package) }
    report(complaints.filter { said.insert($0.sentence).inserted })
  }
  @Test func portableLayersImportNoPlatform() { report(TidyTests.files.flatMap(ImportRules.platform)) }

  @Test func noNameIsEmptyOfMeaning() { report(TidyTests.files.flatMap(NamingRules.words)) }
  @Test func filesAreNamedByTheirFirstType() { report(TidyTests.files.flatMap(NamingRules.firstType)) }

  @Test func smallPiecesCrossModules() {
    report(TidyTests.files.flatMap { InlinableRules.small($0) + InlinableRules.always($0) })
  }
  @Test func formatsHaveTheirPartsInOrder() { report(TidyTests.files.flatMap(WireRules.order)) }

  @Test func noCommentPromisesWork() { report(TidyTests.files.flatMap(CommentRules.promises)) }
  @Test func noFigureIsLeftOpen() {
    let texts = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "docs"].flatMap {
      Checkout.files(under: $0, ending: [".md"])
    }
    report(texts.flatMap { CommentRules.placeholders(path: $0, text: Checkout.text(of: $0) ?? "") })
  }
}
