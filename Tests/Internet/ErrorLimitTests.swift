import StrataBase
import StrataInternet
import Testing

@Suite struct ErrorLimitTests {
  @Test func aBucketGivesItsBurstAndThenItsRate() {
    var limit = ErrorLimit(rate: 1_000, burst: 50)
    #expect((0..<100).count { _ in limit.allows(at: .start) } == 50)
    #expect(
      (0..<1_000).count { n in limit.allows(at: .start + .microseconds(Int64(n) * 1_000 + 1_000)) } == 1_000)
    #expect((0..<100).count { _ in limit.allows(at: s(1)) } == 0)
    #expect((0..<100).count { _ in limit.allows(at: s(1) + .milliseconds(7)) } == 7)
    #expect((0..<100).count { _ in limit.allows(at: s(9)) } == 50)
  }

  @Test func overALongTimeNoMoreThanTheRatePasses() {
    var limit = ErrorLimit(rate: 100, burst: 10)
    var random = Random(seed: 1)
    var now = Instant.start
    var passed = 0
    for _ in 0..<20_000 {
      now = now + .microseconds(Int64(random.below(1_000)))
      if limit.allows(at: now) { passed += 1 }
    }
    let most = Int((now - .start).inSeconds * 100) + 10
    #expect(passed <= most && passed >= most - 2)
  }
}
