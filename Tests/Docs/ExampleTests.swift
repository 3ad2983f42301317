import Strata
import StrataCheckout
import StrataExamples
import Testing

/// What the texts say that their examples do.
@Suite struct ExampleTests {
  @Test func theEchoOfTheReadmeComesBackAtTheSameInstantEveryTime() throws {
    let first = try echo()
    #expect(first < .start + .seconds(60))
    #expect(try echo() == first)
  }

  @Test func theSameSeedDrawsTheSameNumbers() { #expect(sameSeed()) }

  @Test func theScenarioOfTheDocsIsRead() throws {
    let page = try #require(Checkout.text(of: "docs/simulator.md"))
    let blocks = CodeBlock.all(in: page, language: "text")
    #expect(!blocks.isEmpty)
    for block in blocks {
      let world = World(try Scenario(block.lines.joined(separator: "\n")))
      try world.run(for: .seconds(20))
    }
  }
}
