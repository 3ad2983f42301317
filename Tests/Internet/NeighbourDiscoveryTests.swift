import StrataBase
import StrataInternet
import StrataWire
import Testing

private let v6 = Family.v6

@Suite struct NeighbourDiscoveryTests {
  private func known() -> Site {
    var site = v6.site()
    site.send([1], to: v6.theirs, at: v6.begin)
    _ = site.receive(v6.answer, at: v6.begin)
    _ = site.transmitted()
    return site
  }
  private let moved = HardwareAddress(2, 0, 0, 0, 0, 9)

  @Test func whoNamesItselfInPassingIsAskedOnceItIsUsed() {
    var site = v6.site()
    _ = site.receive(v6.question, at: v6.begin)
    _ = site.transmitted()
    #expect(site.internet.neighbours.map(\.state) == [.stale(theirHardware, looks: 0)])
    site.internet.expire(at: v6.begin + .seconds(5))
    #expect(site.said() == [])
    site.send([1], to: v6.theirs, at: v6.begin + .seconds(6))
    #expect(site.said() == [v6.sends(1)])
    site.internet.expire(at: v6.begin + .seconds(10))
    #expect(site.said() == [v6.asks(theirHardware)])
    _ = site.receive(v6.answer, at: v6.begin + .seconds(11))
    #expect(site.internet.neighbours.map(\.state) == [.reachable(theirHardware)])
  }

  @Test func whoIsNotUsedIsForgottenWithoutAQuestion() {
    var site = v6.site()
    _ = site.receive(v6.question, at: v6.begin)
    _ = site.transmitted()
    while site.internet.nextDeadline != .never { site.internet.expire(at: site.internet.nextDeadline) }
    #expect(site.said() == [] && site.internet.neighbours.isEmpty)
  }

  @Test func anAnnouncementMovesANeighbourOnlyIfItOverrides() {
    var site = known()
    func announce(overrides: Bool, isSolicited: Bool = false) {
      _ = site.receive(
        advertisement(
          v6.theirs, moved, from: v6.theirs, to: isSolicited ? v6.mine : .allNodes, isSolicited: isSolicited,
          overrides: overrides), at: v6.begin)
    }
    announce(overrides: false)
    #expect(site.internet.neighbours.map(\.state) == [.stale(theirHardware, looks: 0)])
    announce(overrides: true)
    #expect(site.internet.neighbours.map(\.state) == [.stale(moved, looks: 0)])
    announce(overrides: true, isSolicited: true)
    #expect(site.internet.neighbours.map(\.state) == [.reachable(moved)])
  }

  @Test func answersThatNobodyAskedForTeachNothing() {
    var site = v6.site()
    _ = site.receive(v6.answer, at: v6.begin)
    #expect(site.internet.neighbours.isEmpty && site.internet.counters[.neighbourUnasked] == 1)
  }

  @Test func messagesThatNoNeighbourSendsAreDropped() {
    var site = v6.site()
    func receive(_ bytes: [UInt8]) { _ = site.receive(bytes, at: v6.begin) }
    receive(solicitation(v6.mine, from: v6.theirs, theirHardware, hopLimit: 254))
    receive(advertisement(v6.theirs, theirHardware, from: v6.theirs, to: v6.mine, hopLimit: 64))
    #expect(site.internet.counters[.discoveryFromAfar] == 2)
    // An answer to everyone cannot be asked for; a question from nobody has no option, and none is about a
    // group; nobody's hardware address is a group's, or ours.
    receive(advertisement(v6.theirs, theirHardware, from: v6.theirs, to: .allNodes))
    receive(solicitation(v6.mine, from: .any, theirHardware))
    receive(solicitation(.allNodes, from: v6.theirs, theirHardware))
    #expect(site.internet.counters[.badNeighbourMessage] == 3)
    receive(solicitation(v6.mine, from: v6.theirs, .broadcast))
    receive(solicitation(v6.mine, from: v6.theirs, mineHardware))
    #expect(site.internet.counters[.neighbourRefused] == 2)
    #expect(site.said() == [] && site.internet.neighbours.isEmpty)
  }

  @Test func aPacketToNobodyHereIsNotAnswered() {
    var site = v6.site()
    _ = site.receive(solicitation(Address("fd00::ff:1")!, from: v6.theirs, theirHardware), at: v6.begin)
    #expect(site.said() == [] && site.internet.neighbours.isEmpty)
  }
}
