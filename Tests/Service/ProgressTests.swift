import StrataBase
import StrataService
import Testing

@Suite struct ProgressTests {
  @Test func shareRateAndTimeLeftAreInOneLine() {
    var progress = Progress()
    for second in 0...10 as ClosedRange<Int64> {
      progress.note(UInt64(second) * 1_000_000, at: .start + .seconds(second))
    }
    #expect(progress.bytesPerSecond == 1_000_000)
    #expect(
      progress.line(have: 10_000_000, of: 40_000_000, width: 79)
        == " 25% [=========>                            ] 10 MB of 40 MB  1 MB/s  30 s left")
    #expect(progress.line(have: 10_000_000, of: nil, width: 79) == "10 MB  1 MB/s")
    #expect(progress.line(have: 40_000_000, of: 40_000_000, width: 30) == "100% 40 MB of 40 MB  1 MB/s")
  }

  @Test func theRateFollowsWhatHappensNow() {
    var progress = Progress()
    progress.note(0, at: .start)
    progress.note(9_000_000, at: .start + .seconds(1))
    #expect(progress.bytesPerSecond == 9_000_000)
    for second in 2...30 as ClosedRange<Int64> { progress.note(9_000_000, at: .start + .seconds(second)) }
    #expect(progress.bytesPerSecond < 1_000)
  }
}
