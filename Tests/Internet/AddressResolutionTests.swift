import StrataBase
import StrataInternet
import StrataWire
import Testing

private let ask = "ff:ff:ff:ff:ff:ff ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28"
private let probe = "02:00:00:00:00:02 ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28"
private let reply = "02:00:00:00:00:02 ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28"

@Suite struct AddressResolutionTests {
  @Test func aQuestionToUsIsAnsweredAndItsAskerKnown() {
    var site = Site()
    let bytes = arp(.request, from: theirs, theirHardware, to: mine)
    #expect(site.receive(bytes, at: ms(1)) == .none)
    #expect(
      site.transmitted() == [
        StrataInternetTests.bytes(
          "020000000002" + "020000000001" + "0806" + "0001080006040002" + "020000000001" + "0a000001"
            + "020000000002" + "0a000002")
      ])
    #expect(site.internet.neighbours.map(\.address) == [theirs])
    site.send([1], to: theirs, at: ms(2))
    #expect(site.said() == ["02:00:00:00:00:02 10.0.0.1 > 10.0.0.2: 1"])
  }

  @Test func aQuestionWhetherOurAddressIsFreeIsAnsweredAndTeachesNothing() {
    var site = Site()
    _ = site.receive(arp(.request, from: .anyV4, theirHardware, to: mine))
    #expect(site.said() == ["02:00:00:00:00:02 ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28"])
    #expect(site.internet.neighbours.isEmpty)
  }

  @Test func aQuestionToOthersIsNotAnsweredAndTeachesNothing() {
    var site = Site()
    _ = site.receive(arp(.request, from: theirs, theirHardware, to: Address("10.0.0.9")!))
    #expect(site.said() == [] && site.internet.neighbours.isEmpty)
  }

  @Test func anAnnouncementUpdatesOnlyWhomWeKnow() {
    var site = Site()
    let moved = HardwareAddress(2, 0, 0, 0, 0, 9)
    for operation in [ARPOperation.request, .reply] {
      _ = site.receive(arp(operation, from: theirs, moved, to: theirs, ethernet: .broadcast))
    }
    #expect(site.internet.neighbours.isEmpty)
    site.learnTheirs()
    _ = site.receive(arp(.request, from: theirs, moved, to: theirs))
    #expect(site.internet.neighbours.map(\.state) == [.reachable(moved)])
  }

  @Test func anAnswerThatNobodyAskedForIsCounted() {
    var site = Site()
    _ = site.receive(arp(.reply, from: theirs, theirHardware, to: mine, mineHardware))
    #expect(site.internet.neighbours.isEmpty)
    #expect(site.internet.counters[.neighbourUnasked] == 1)
  }

  @Test func impossibleNeighboursAreRefused() {
    var site = Site()
    let bad: [(Address, HardwareAddress)] = [
      (theirs, .broadcast), (theirs, HardwareAddress(3, 0, 0, 0, 0, 1)), (theirs, .zero),
      (theirs, mineHardware),
      (Address("10.0.0.255")!, theirHardware), (Address("224.0.0.1")!, theirHardware),
      (Address("127.0.0.1")!, theirHardware), (.broadcastV4, theirHardware),
    ]
    for (address, hardware) in bad { _ = site.receive(arp(.request, from: address, hardware, to: mine)) }
    #expect(site.internet.counters[.neighbourRefused] == UInt64(bad.count))
    #expect(site.said() == [] && site.internet.neighbours.isEmpty)
  }

  @Test func anAddressIsDefendedOnceInTenSeconds() {
    var site = Site()
    let announcement = "ff:ff:ff:ff:ff:ff ARP, Request who-has 10.0.0.1 tell 10.0.0.1, length 28"
    // Another who announces our address, asks with it, or answers with it.
    _ = site.receive(arp(.request, from: mine, theirHardware, to: mine), at: s(1))
    #expect(site.said() == [announcement])
    _ = site.receive(arp(.request, from: mine, theirHardware, to: theirs), at: s(5))
    _ = site.receive(arp(.reply, from: mine, theirHardware, to: theirs, mineHardware), at: ms(10_999))
    #expect(site.said() == [])
    _ = site.receive(arp(.reply, from: mine, theirHardware, to: theirs, mineHardware), at: s(11))
    #expect(site.said() == [announcement])
    #expect(site.internet.counters[.addressConflict] == 4 && site.internet.counters.addressesDefended == 2)
    #expect(site.internet.neighbours.isEmpty && site.pool.outstanding == 0)
  }

  @Test func twoWhoDefendOneAddressDoNotShoutForEver() {
    var said = 0
    var first = Site(), second = Site(hardware: theirHardware)
    var frames = [arp(.request, from: mine, theirHardware, to: mine)]
    while let frame = frames.popLast(), said < 10 {
      _ = first.receive(frame, at: s(1))
      for answer in first.transmitted() {
        said += 1
        _ = second.receive(answer, at: s(1))
        frames += second.transmitted()
      }
    }
    #expect(said == 1 && second.internet.counters.addressesDefended == 1)
  }

  @Test func malformedMessagesAreCounted() {
    var site = Site()
    let whole = arp(.request, from: theirs, theirHardware, to: mine)
    for count in 14..<42 { _ = site.receive(Array(whole[..<count])) }
    for at in 14..<20 {
      var bad = whole
      bad[at] ^= 0x40
      _ = site.receive(bad)
    }
    #expect(site.internet.counters[.badNeighbourMessage] == 28 + 6)
    #expect(site.said() == [])
  }

  @Test func aNeighbourThatIsNotUsedIsForgottenWithoutAQuestion() {
    var site = Site()
    site.learnTheirs()
    site.internet.expire(at: s(60))
    #expect(site.said() == [] && site.internet.neighbours.isEmpty)
    #expect(site.internet.nextDeadline == .never)
  }

  @Test func withoutABufferTheQuestionIsAskedLater() {
    var site = Site(frames: 1)
    site.send([1], to: theirs)
    #expect(site.said() == [])
    #expect(site.internet.counters[.noBuffer] == 1)
    for second in 1...3 { site.internet.expire(at: s(Int64(second))) }
    #expect(site.pool.outstanding == 0)
    #expect(site.errors().isEmpty)
  }
}
