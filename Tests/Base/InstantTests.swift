import StrataBase
import Testing

@Suite struct InstantTests {
  @Test func timePassesBetweenInstants() {
    let now = Instant(nanoseconds: 1_000)
    let due = now + .milliseconds(40)
    #expect(due.nanoseconds == 40_001_000)
    #expect(due - now == .milliseconds(40))
    #expect(now - due == .milliseconds(-40))
    #expect(due - .milliseconds(40) == now)
    #expect(now < due)
  }

  @Test func neverIsLaterThanAllAndStaysSo() {
    #expect(Instant.never > Instant(nanoseconds: .max - 1))
    #expect(Instant.never + .seconds(1) == .never)
    #expect(Instant(nanoseconds: .max - 5) + .seconds(1) == .never)
    #expect(Instant.never.description == "never")
  }

  @Test func anInstantIsWrittenAsTheTimeSinceTheStart() {
    #expect(Instant.start.description == "0 ns")
    #expect((Instant.start + .milliseconds(1_500)).description == "1.5 s")
  }
}
