import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

@Suite struct TwoHostsTests {
  @Test(arguments: Family.allCases) func twoHostsFindEachOtherAndTalkBothWays(_ family: Family) {
    var pair = Pair(CableSettings(delay: .milliseconds(5)), family)
    pair.left.send([1], to: family.theirs, at: pair.now)
    pair.run(until: s(6))
    // Question and answer take one round trip, the datagram half of another.
    #expect(pair.arrived.map(\.at) == [ms(5_015)])
    pair.right.send([2], to: family.mine, at: pair.now)
    pair.left.send([3], to: family.theirs, at: pair.now)
    pair.run(until: s(7))
    #expect(pair.arrived.map(\.bytes) == [[1], [2], [3]] || pair.arrived.map(\.bytes) == [[1], [3], [2]])
    #expect(pair.arrived.map(\.at) == [ms(5_015), ms(6_005), ms(6_005)])
    #expect(pair.left.internet.counters.neighboursAsked == 1)
    #expect(pair.right.internet.counters.neighboursAsked == 0)
    pair.run(until: s(300))
    #expect(pair.left.internet.neighbours.isEmpty && pair.right.internet.neighbours.isEmpty)
    #expect(pair.cable.framesInFlight == 0)
    #expect(pair.left.pool.outstanding == 0 && pair.right.pool.outstanding == 0)
  }

  @Test(arguments: Family.allCases)
  func everythingThatIsSentOverAGoodCableArrivesOnceAndInOrder(_ family: Family) {
    let theirs = family.theirs
    var pair = Pair(
      CableSettings(delay: .milliseconds(2), jitter: .milliseconds(3), rate: 10_000_000), family)
    var path = pair.left.internet.path(to: theirs)!
    for n in 0..<500 {
      // The question after the neighbour takes longer than 8 packets may wait.
      if n == 1 { pair.run(until: pair.now + .milliseconds(20)) }
      pair.left.send([UInt8(n >> 8), UInt8(n & 255)], on: &path, to: theirs, at: pair.now)
      pair.run(until: pair.now + .milliseconds(1))
    }
    pair.run(until: s(15))
    #expect(pair.arrived.map { Int($0.bytes[0]) << 8 | Int($0.bytes[1]) } == Array(0..<500))
  }

  @Test(arguments: 1...20, Family.allCases)
  func aBadCableLosesDatagramsButNoFrames(seed: UInt64, _ family: Family) {
    let settings = CableSettings(
      delay: .milliseconds(2), jitter: .milliseconds(1), rate: 10_000_000, loss: 0.2, duplicate: 0.1,
      reorder: 0.1,
      corrupt: 0.05)
    func run() -> [[UInt8]] {
      var pair = Pair(settings, family, seed: seed)
      for n in 0..<200 {
        pair.left.send([UInt8(n)], to: family.theirs, at: pair.now)
        pair.right.send([UInt8(n)], to: family.mine, at: pair.now)
        pair.run(until: pair.now + .milliseconds(30))
      }
      pair.run(until: pair.now + .seconds(400))
      #expect(pair.left.pool.outstanding + pair.right.pool.outstanding + pair.pool.outstanding == 0)
      // A neighbour that is not found at the third question is not asked after for three seconds.
      #expect(pair.arrived.count > 150)
      return pair.arrived.map(\.bytes)
    }
    #expect(run() == run())
  }
}
