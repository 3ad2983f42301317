import StrataBase
import StrataInternet
import StrataWire
import Testing

private let ask = "ff:ff:ff:ff:ff:ff ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28"
private let probe = "02:00:00:00:00:02 ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28"
private let reply = "02:00:00:00:00:02 ARP, Reply 10.0.0.1 is-at 02:00:00:00:00:01, length 28"

@Suite struct AddressResolutionTests {
  @Test func anUnknownNeighbourIsAskedForAndThePacketsWait() {
    var site = Site()
    var path = site.internet.path(to: theirs)!
    site.send([1], on: &path, to: theirs)
    site.send([2, 2], on: &path, to: theirs)
    #expect(site.said() == [ask])
    #expect(
      site.receive(arp(.reply, from: theirs, theirHardware, to: mine, mineHardware), at: ms(3)) == .none)
    #expect(
      site.said() == [
        "02:00:00:00:00:02 10.0.0.1 > 10.0.0.2: 1", "02:00:00:00:00:02 10.0.0.1 > 10.0.0.2: 2",
      ])
    site.send([3, 3, 3], on: &path, to: theirs, at: ms(4))
    #expect(site.said() == ["02:00:00:00:00:02 10.0.0.1 > 10.0.0.2: 3"])
    #expect(site.internet.neighbours.map(\.state) == [.reachable(theirHardware)])
    #expect(site.pool.outstanding == 0)
  }

  @Test func itIsAskedForThriceThenFailsAndIsForgotten() {
    var site = Site()
    var path = site.internet.path(to: theirs)!
    let payload: [UInt8] = [0x12, 0x34, 0, 80, 1, 2, 3, 4, 5]
    site.send(payload, on: &path, to: theirs)
    #expect(site.said() == [ask])
    for second in 1...2 {
      #expect(site.internet.nextDeadline == s(Int64(second)))
      site.internet.expire(at: s(Int64(second)) - .nanoseconds(1))
      #expect(site.said() == [])
      site.internet.expire(at: s(Int64(second)))
      #expect(site.said() == [ask])
    }
    #expect(site.internet.nextDeadline == s(3))
    site.internet.expire(at: s(3))
    #expect(site.said() == [])
    let error = ControlError(
      kind: .hostUnreachable, protocol: .udp, source: mine, destination: theirs,
      transport: 0x1234_0050_0102_0304)
    #expect(site.errors() == [error])
    #expect(error.sourcePort == 0x1234 && error.destinationPort == 80)
    #expect(site.pool.outstanding == 0)
    // The failure is remembered for 3 s: no question, but an error at once.
    site.send(payload, on: &path, to: theirs, at: s(5))
    #expect(site.said() == [])
    #expect(site.errors() == [error])
    #expect(site.internet.nextDeadline == s(6))
    site.internet.expire(at: s(6))
    #expect(site.internet.neighbours.isEmpty && site.internet.nextDeadline == .never)
    site.send(payload, on: &path, to: theirs, at: s(7))
    #expect(site.said() == [ask])
  }

  @Test func aLateAnswerMakesAFailedNeighbourReachable() {
    var site = Site()
    site.send([1], to: theirs)
    for second in 1...3 { site.internet.expire(at: s(Int64(second))) }
    _ = site.receive(arp(.reply, from: theirs, theirHardware, to: mine, mineHardware), at: s(4))
    _ = site.transmitted()
    site.send([1], to: theirs, at: s(4))
    #expect(site.said() == ["02:00:00:00:00:02 10.0.0.1 > 10.0.0.2: 1"])
  }

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
    _ = site.receive(arp(.request, from: mine, theirHardware, to: mine))
    #expect(site.internet.counters[.addressConflict] == 1)
    #expect(site.said() == [] && site.internet.neighbours.isEmpty)
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

  @Test func aNeighbourInUseIsAskedWhetherItIsStillThere() {
    var site = Site()
    site.learnTheirs()
    site.send([1], to: theirs, at: s(50))
    _ = site.transmitted()
    #expect(site.internet.nextDeadline == s(60))
    site.internet.expire(at: s(60))
    #expect(site.said() == [probe])
    // Packets still go where it was.
    site.send([1], to: theirs, at: s(60))
    #expect(site.said() == ["02:00:00:00:00:02 10.0.0.1 > 10.0.0.2: 1"])
    _ = site.receive(arp(.reply, from: theirs, theirHardware, to: mine, mineHardware), at: s(61))
    #expect(site.internet.nextDeadline <= s(121))
    #expect(site.internet.neighbours.map(\.state) == [.reachable(theirHardware)])
  }

  @Test func aNeighbourThatWentAwayIsForgotten() {
    var site = Site()
    site.learnTheirs()
    site.send([1], to: theirs, at: s(50))
    _ = site.transmitted()
    for second in 60...62 { site.internet.expire(at: s(Int64(second))) }
    #expect(site.said() == [probe, probe, probe])
    site.internet.expire(at: s(63))
    #expect(site.internet.neighbours.isEmpty && site.internet.nextDeadline == .never)
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
