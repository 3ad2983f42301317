import StrataBase
import Testing

@testable import StrataCommand

@Suite struct QuantityTests {
  @Test(arguments: [("1%", 0.01), ("0.01", 0.01), ("0", 0), ("100%", 1), ("0.5%", 0.005)])
  func aShareIsAPercentageOrAFraction(text: String, fraction: Double) {
    #expect(Share(argument: text)?.fraction == fraction)
  }

  @Test(arguments: ["150%", "-1%", "abc", "", "%", "1.5", "nan", "1%%"])
  func whatIsNoShareIsRefused(text: String) { #expect(Share(argument: text) == nil) }

  @Test(arguments: [
    ("5ms", 5_000_000), ("200us", 200_000), ("1.5s", 1_500_000_000), ("7ns", 7), ("0ms", 0),
  ])
  func aTimeHasAUnit(text: String, nanoseconds: Int64) {
    #expect(TimeSpan(argument: text)?.interval.nanoseconds == nanoseconds)
  }

  @Test(arguments: ["5", "ms", "-5ms", "5 minutes", "", "1e400s"])
  func whatIsNoTimeIsRefused(text: String) { #expect(TimeSpan(argument: text) == nil) }

  @Test(arguments: [
    ("10Mbit", 10_000_000), ("1.5Gbit", 1_500_000_000), ("64kbit", 64_000), ("9600bit", 9_600),
  ])
  func aRateIsInBits(text: String, bits: UInt64) {
    #expect(BitRate(argument: text)?.bitsPerSecond == bits)
  }

  @Test(arguments: ["10", "10MB", "Mbit", "0bit", "-1Mbit", "bit"])
  func whatIsNoRateIsRefused(text: String) { #expect(BitRate(argument: text) == nil) }

  @Test func aPaceIsRealFreeOrARatio() {
    #expect(Pace(argument: "real") == .real)
    #expect(Pace(argument: "free") == .free)
    #expect(Pace(argument: "1:1000") == .slower(1_000))
    for text in ["", "2:1", "1:0", "1:x", "fast"] { #expect(Pace(argument: text) == nil) }
  }

  @Test func anAddressToListenOnMayBeLocalhost() {
    #expect(ListenAddress(argument: "localhost:80")?.address.description == "127.0.0.1:80")
    #expect(ListenAddress(argument: "[::1]:8080")?.address.description == "[::1]:8080")
    for text in ["localhost", "8080", "1.2.3.4", "1.2.3.4:99999"] {
      #expect(ListenAddress(argument: text) == nil)
    }
  }
}
