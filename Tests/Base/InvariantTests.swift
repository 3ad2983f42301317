import StrataBase
import Testing

@Suite struct InvariantTests {
  @Test func aBrokenSentenceIsThrownWithItsWords() {
    #expect(throws: Never.self) { try invariant(1 + 1 == 2, "numbers add up") }
    do {
      try invariant(1 + 1 == 3, "numbers add up")
      Issue.record("nothing was thrown")
    } catch {
      #expect(error.description == "invariant broken: numbers add up")
    }
  }
}
