import Strata
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
}
