import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

@Suite struct IPv4OutputTests {
  @Test func aPacketToAKnownNeighbourHasBothHeaders() {
    var site = Site()
    site.learnTheirs()
    var path = site.internet.path(to: theirs)!
    for p in [IPProtocol.tcp, .udp] {
      site.send([9, 8, 7], on: &path, to: theirs, p)
      let sent = Sent(site.transmitted()[0])
      #expect(sent.to == theirHardware && sent.from == mineHardware)
      #expect(sent.checksumsAreRight && sent.dontFragment && sent.timeToLive == 64)
      #expect(sent.source == mine && sent.destination == theirs && sent.protocol == p)
      #expect(sent.payload == [9, 8, 7])
    }
    #expect(site.internet.counters.sent == 3)
  }

  @Test func outgoingIsBounded() {
    var settings = InternetSettings()
    settings.outgoing = 5
    var site = Site(settings)
    site.learnTheirs()
    #expect(site.internet.outgoingRoom == 5)
    for _ in 0..<8 { site.send([1], to: theirs) }
    #expect(site.internet.outgoingRoom == 0)
    #expect(site.internet.counters[.outgoingFull] == 3)
    #expect(site.transmitted().count == 5)
    #expect(site.pool.outstanding == 0)
  }

  @Test func aSegmentLongerThanThePathIsRefusedWithItsMTU() {
    var site = Site()
    site.learnTheirs()
    var path = site.internet.path(to: theirs)!
    site.send([0, 7, 0, 9] + Array(repeating: 0, count: 1_476), on: &path, to: theirs, .tcp)
    #expect(site.transmitted().count == 1)
    site.send([0, 7, 0, 9] + Array(repeating: 0, count: 1_477), on: &path, to: theirs, .tcp)
    #expect(site.transmitted().isEmpty)
    #expect(site.internet.counters[.tooLong] == 1)
    let errors = site.errors()
    #expect(errors.map(\.kind) == [.fragmentationNeeded(mtu: 1_500)])
    #expect(errors[0].sourcePort == 7 && errors[0].destinationPort == 9 && errors[0].source == mine)
  }

  @Test func broadcastAndGroupsNeedNoNeighbour() {
    var site = Site()
    for (address, hardware) in [
      ("255.255.255.255", "ff:ff:ff:ff:ff:ff"), ("10.0.0.255", "ff:ff:ff:ff:ff:ff"),
      ("239.129.2.3", "01:00:5e:01:02:03"),
    ] {
      site.send([1], to: Address(address)!)
      #expect(site.said() == ["\(hardware) 10.0.0.1 > \(address): 1"])
    }
    #expect(site.internet.neighbours.isEmpty)
  }

  @Test func packetsToOurselvesComeBackWithoutALink() {
    var site = Site()
    for address in [mine, .loopbackV4, Address("127.9.9.9")!] {
      var path = site.internet.path(to: address)!
      #expect(path.kind == .loopback && path.source == address)
      site.send([1, 2, 3], on: &path, to: address)
      guard let packet = site.internet.nextLoopback() else {
        Issue.record("nothing came back")
        return
      }
      #expect(packet.frame.bytes.array == [1, 2, 3])
      #expect(packet.source == address && packet.destination == address && packet.protocol == .udp)
      #expect(packet.frame.notes.checksumIsVerified)
    }
    #expect(site.transmitted().isEmpty)
    #expect(site.pool.outstanding == 0)
  }

  @Test func loopbackIsBounded() {
    var settings = InternetSettings()
    settings.loopbackPackets = 3
    var site = Site(settings)
    for _ in 0..<5 { site.send([1], to: mine) }
    #expect(site.internet.counters[.loopbackFull] == 2)
    var count = 0
    while let packet = site.internet.nextLoopback() { count += packet.frame.count }
    #expect(count == 3)
    #expect(site.pool.outstanding == 0)
  }

  @Test func waitingErrorsAreBounded() {
    var settings = InternetSettings()
    settings.waitingErrors = 4
    var site = Site(settings)
    var path = site.internet.path(to: theirs)!
    for n in 0..<9 { site.send([UInt8(n)] + Array(repeating: 0, count: 1_999), on: &path, to: theirs, .tcp) }
    #expect(site.internet.counters[.errorsFull] == 5)
    #expect(site.errors().map { UInt8($0.transport >> 56) } == [0, 1, 2, 3])
    for n in 0..<3 { site.send([UInt8(n)] + Array(repeating: 0, count: 1_999), on: &path, to: theirs, .tcp) }
    #expect(site.errors().count == 3)
  }

  @Test func theSameSeedMakesTheSameBytes() {
    func run(_ seed: UInt64) -> [[UInt8]] {
      var site = Site(seed: seed)
      site.learnTheirs()
      for n in 0..<5 { site.send([UInt8(n)], to: theirs) }
      return site.transmitted()
    }
    #expect(run(3) == run(3))
    #expect(run(3) != run(4))
  }
}
