import StrataBase
import StrataInternet
import StrataWire
import Testing

@Suite struct NeighbourCacheTests {
  func neighbour(_ n: Int) -> Address { Address(v4: 0x0a00_0000 + UInt32(n)) }
  func small(_ neighbours: Int) -> InternetSettings {
    var settings = InternetSettings()
    settings.neighbours = neighbours
    return settings
  }

  @Test func moreFramesThanMayWaitPushOutTheOldest() {
    var site = Site()
    var path = site.internet.path(to: theirs)!
    for n in 1...11 { site.send(Array(repeating: 0, count: n), on: &path, to: theirs) }
    #expect(site.internet.counters[.waitingFull] == 3)
    _ = site.transmitted()
    _ = site.receive(arp(.reply, from: theirs, theirHardware, to: mine, mineHardware))
    #expect(site.said() == (4...11).map { "02:00:00:00:00:02 10.0.0.1 > 10.0.0.2: \($0)" })
    #expect(site.pool.outstanding == 0)
  }

  @Test func theCacheHoldsNoMoreThanItsBound() {
    var site = Site(address: "10.0.0.1/16")
    for n in 2..<602 { site.send([1], to: neighbour(n), at: ms(Int64(n))) }
    #expect(site.internet.neighbours.count == 512)
    #expect(site.internet.counters[.neighbourReclaimed] == 88)
    // The oldest questions made room.
    #expect(Set(site.internet.neighbours.map(\.address)) == Set((90..<602).map(neighbour)))
    _ = site.transmitted()
    #expect(site.pool.outstanding == 512)
    for second in 1...10 { site.internet.expire(at: s(Int64(second))) }
    _ = site.transmitted()
    #expect(site.pool.outstanding == 0)
    #expect(site.internet.neighbours.isEmpty && site.internet.nextDeadline == .never)
  }

  @Test func strangersWhoAskDoNotPushOutANeighbourInUse() {
    var site = Site(small(4))
    site.learnTheirs()
    site.send([1], to: theirs, at: ms(1))
    for n in 10..<200 {
      let hardware = HardwareAddress(2, 0, 0, 0, 1, UInt8(n))
      _ = site.receive(arp(.request, from: neighbour(n), hardware, to: mine), at: ms(Int64(n)))
    }
    #expect(site.internet.neighbours.count == 4)
    #expect(site.internet.neighbours.contains { $0.address == theirs })
  }

  @Test func questionsAfterManyStrangersDoNotPushOutANeighbourInUse() {
    var site = Site(small(4))
    site.learnTheirs()
    site.send([1], to: theirs, at: ms(1))
    for n in 10..<100 { site.send([1], to: neighbour(n), at: ms(Int64(n))) }
    #expect(site.internet.neighbours.contains { $0.address == theirs })
    #expect(site.internet.counters[.neighbourReclaimed] == 87)
  }

  @Test func aFailedNeighbourMakesRoomFirst() {
    var site = Site(small(2))
    site.send([1], to: neighbour(7))
    for second in 1...3 { site.internet.expire(at: s(Int64(second))) }
    site.learnTheirs(at: s(3))
    site.send([1], to: neighbour(8), at: s(4))
    #expect(site.internet.neighbours.map(\.address) == [neighbour(8), theirs])
  }

  @Test func aPathFindsANeighbourAgainThatWasForgotten() {
    var site = Site(small(1))
    var path = site.internet.path(to: theirs)!
    site.learnTheirs()
    site.send([1], on: &path, to: theirs)
    site.send([1], to: neighbour(9), at: ms(1))
    #expect(site.internet.neighbours.map(\.address) == [neighbour(9)])
    _ = site.transmitted()
    site.send([1], on: &path, to: theirs, at: ms(2))
    #expect(site.said() == ["ff:ff:ff:ff:ff:ff ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28"])
  }

  @Test func manyNeighboursAreFoundAndForgottenByAddress() {
    var site = Site(small(64), address: "10.0.0.1/16")
    var random = Random(seed: 4)
    var now = Instant.start
    for _ in 0..<3_000 {
      now = now + .milliseconds(Int64(random.below(40)))
      site.internet.expire(at: now)
      let n = 2 + Int(random.below(200))
      switch random.below(3) {
      case 0: site.send([1], to: neighbour(n), at: now)
      case 1:
        let hardware = HardwareAddress(number: 0x0200_0000_0000 + UInt64(n))
        _ = site.receive(arp(.request, from: neighbour(n), hardware, to: mine), at: now)
      default:
        let hardware = HardwareAddress(number: 0x0200_0000_0000 + UInt64(n))
        _ = site.receive(arp(.reply, from: neighbour(n), hardware, to: mine, mineHardware), at: now)
      }
      _ = site.transmitted()
      _ = site.errors()
      let all = site.internet.neighbours
      #expect(all.count <= 64 && Set(all.map(\.address)).count == all.count)
      #expect(all.allSatisfy { $0.deadline > now && $0.deadline >= site.internet.nextDeadline })
      for known in all {
        guard let hardware = known.hardware else { continue }
        #expect(hardware.number == 0x0200_0000_0000 + UInt64(known.address.v4 - 0x0a00_0000))
      }
    }
    for second in 0..<200 { site.internet.expire(at: now + .seconds(Int64(second))) }
    _ = site.transmitted()
    #expect(site.internet.neighbours.isEmpty && site.pool.outstanding == 0)
  }
}
