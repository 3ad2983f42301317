import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

@Suite struct TwoHostsTests {
  @Test func twoHostsFindEachOtherAndTalkBothWays() {
    var pair = Pair(CableSettings(delay: .milliseconds(5)))
    pair.left.send([1], to: theirs)
    pair.run(until: s(1))
    // Question and answer take one round trip, the datagram half of another.
    #expect(pair.arrived.map(\.at) == [ms(15)])
    pair.right.send([2], to: mine, at: pair.now)
    pair.left.send([3], to: theirs, at: pair.now)
    pair.run(until: s(2))
    #expect(pair.arrived.map(\.bytes) == [[1], [2], [3]] || pair.arrived.map(\.bytes) == [[1], [3], [2]])
    #expect(pair.arrived.map(\.at) == [ms(15), ms(1_005), ms(1_005)])
    #expect(pair.left.internet.counters.neighboursAsked == 1)
    #expect(pair.right.internet.counters.neighboursAsked == 0)
    pair.run(until: s(300))
    #expect(pair.left.internet.neighbours.isEmpty && pair.right.internet.neighbours.isEmpty)
    #expect(pair.cable.framesInFlight == 0)
    #expect(pair.left.pool.outstanding == 0 && pair.right.pool.outstanding == 0)
  }

  @Test func everythingThatIsSentOverAGoodCableArrivesOnceAndInOrder() {
    var pair = Pair(CableSettings(delay: .milliseconds(2), jitter: .milliseconds(3), rate: 10_000_000))
    var path = pair.left.internet.path(to: theirs)!
    for n in 0..<500 {
      // The question after the neighbour takes longer than 8 packets may wait.
      if n == 1 { pair.run(until: pair.now + .milliseconds(20)) }
      pair.left.send([UInt8(n >> 8), UInt8(n & 255)], on: &path, to: theirs, at: pair.now)
      pair.run(until: pair.now + .milliseconds(1))
    }
    pair.run(until: s(10))
    #expect(pair.arrived.map { Int($0.bytes[0]) << 8 | Int($0.bytes[1]) } == Array(0..<500))
  }

  @Test(arguments: 1...20)
  func aBadCableLosesDatagramsButNoFrames(seed: UInt64) {
    let settings = CableSettings(
      delay: .milliseconds(2), jitter: .milliseconds(1), rate: 10_000_000, loss: 0.2, duplicate: 0.1,
      reorder: 0.1,
      corrupt: 0.05)
    func run() -> [[UInt8]] {
      var pair = Pair(settings, seed: seed)
      for n in 0..<200 {
        pair.left.send([UInt8(n)], to: theirs, at: pair.now)
        pair.right.send([UInt8(n)], to: mine, at: pair.now)
        pair.run(until: pair.now + .milliseconds(30))
      }
      pair.run(until: pair.now + .seconds(400))
      #expect(pair.left.pool.outstanding + pair.right.pool.outstanding + pair.pool.outstanding == 0)
      #expect(pair.arrived.count > 200)
      return pair.arrived.map(\.bytes)
    }
    #expect(run() == run())
  }
}
