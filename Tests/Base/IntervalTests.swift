import StrataBase
import Testing

@Suite struct IntervalTests {
  @Test func unitsAreWhatTheyAreCalled() {
    #expect(Interval.seconds(1) == .milliseconds(1_000))
    #expect(Interval.milliseconds(1) == .microseconds(1_000))
    #expect(Interval.microseconds(1) == .nanoseconds(1_000))
    #expect(Interval.seconds(2).inSeconds == 2)
    #expect(Interval.zero.nanoseconds == 0)
  }

  @Test func arithmeticIsThatOfNumbers() {
    let a = Interval.milliseconds(3), b = Interval.milliseconds(2)
    #expect(a + b == .milliseconds(5))
    #expect(a - b == .milliseconds(1))
    #expect(b - a == .milliseconds(-1))
    #expect(a * 4 == .milliseconds(12))
    #expect(a / 2 == .microseconds(1_500))
    #expect(b < a)
  }

  @Test func aDurationComesAndGoes() {
    #expect(Interval(.milliseconds(1_500)) == .milliseconds(1_500))
    #expect(Interval(.nanoseconds(-7)) == .nanoseconds(-7))
    #expect(Interval.microseconds(7).duration == .microseconds(7))
  }

  @Test(arguments: [
    (0, "0 ns"), (999, "999 ns"), (1_000, "1 us"), (1_500, "1.5 us"), (1_005, "1.005 us"),
    (40_000_000, "40 ms"), (200_010_000, "200.01 ms"), (-1_500_000, "-1.5 ms"), (61_000_000_000, "61 s"),
    (999_999_999, "999.999 ms"),
  ])
  func itIsWrittenInTheLargestUnitItFills(_ nanoseconds: Int, _ text: String) {
    #expect(Interval(nanoseconds: Int64(nanoseconds)).description == text)
  }
}
