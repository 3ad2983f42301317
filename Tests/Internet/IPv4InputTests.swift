import StrataBase
import StrataInternet
import StrataWire
import Testing

private let payload: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9]

@Suite struct IPv4InputTests {
  /// The one reason for which a frame was dropped.
  func reason(_ bytes: [UInt8]) -> PacketDrop? {
    var site = Site()
    #expect(site.receive(bytes) == .none)
    #expect(site.transmitted().isEmpty)
    #expect(site.pool.outstanding == 0)
    let reasons = PacketDrop.allCases.filter { site.internet.counters[$0] > 0 }
    return reasons.count == 1 && site.internet.counters.dropped == 1 ? reasons[0] : nil
  }

  @Test func datagramsAndSegmentsForUsAreDeliveredWithoutPadding() {
    var site = Site()
    for p in [IPProtocol.tcp, .udp] {
      #expect(site.receive(packet(payload, p, padding: 11)) == .packet(payload, from: theirs, to: mine, p))
    }
    #expect(site.internet.counters.delivered == 2 && site.internet.counters.dropped == 0)
    #expect(site.pool.outstanding == 0)
  }

  @Test func optionsAreSkipped() {
    var site = Site()
    // Nothing; a recorded route; a timestamp; an option that nobody knows.
    for options in [[1, 1, 1, 0], [7, 7, 4, 0, 0, 0, 0, 0], [0x44, 8, 5, 0, 0, 0, 0, 0], [0x9e, 4, 1, 2]] {
      let bytes = packet(options.map { UInt8($0) } + payload)
      let words = UInt8(0x45 + options.count / 4)
      #expect(site.receive(patched(bytes, 0, words)) == .packet(payload, from: theirs, to: mine, .udp))
    }
  }

  /// RFC 7126 §4.3: even where the way that it names is at its end.
  @Test(
    arguments: [[131, 7, 4, 10, 0, 0, 9, 0], [137, 7, 8, 10, 0, 0, 9, 0], [1, 131, 3, 4]] as [[UInt8]])
  func sourceRoutesAreRefused(options: [UInt8]) {
    let words = UInt8(0x45 + options.count / 4)
    #expect(reason(patched(packet(options + payload), 0, words)) == .sourceRoute)
  }

  @Test func everyBrokenHeaderIsDroppedForItsReason() {
    let good = packet(payload)
    #expect(reason(Array(good[..<13])) == .shortFrame)
    #expect(reason(Array(good[..<33])) == .shortHeader)
    #expect(reason(patched(good, 0, 0x65)) == .badVersion)
    #expect(reason(patched(good, 0, 0x44)) == .badHeaderLength)
    #expect(reason(patched(good, 0, 0x4f)) == .badTotalLength)
    #expect(reason(patched(good, 3, 30)) == .badTotalLength)
    #expect(reason(patched(good, 3, 19)) == .badTotalLength)
    var bad = good
    bad[25] ^= 1
    #expect(reason(bad) == .badHeaderChecksum)
    #expect(reason(packet(payload, timeToLive: 0)) == .timeToLive)
    #expect(reason(packet(payload, more: true)) == .fragment, "nine bytes are no whole eight")
  }

  @Test func everyFlippedBitOfTheHeaderIsNoticed() {
    let good = packet(payload)
    for bit in 14 * 8..<34 * 8 {
      var bad = good
      bad[bit / 8] ^= 1 << (bit % 8)
      #expect(reason(bad) != nil)
    }
  }

  @Test func othersFramesAndPacketsAreNotOurs() {
    #expect(reason(packet(payload, hardware: HardwareAddress(2, 0, 0, 0, 0, 3))) == .otherHardware)
    #expect(reason(packet(payload, hardware: HardwareAddress(1, 0, 0x5e, 0, 0, 2))) == .otherHardware)
    #expect(reason(packet(payload, hardware: HardwareAddress(1, 0, 0x5e, 0, 0, 1))) == .broadcast)
    #expect(reason(packet(payload, to: Address("10.0.0.3")!)) == .otherAddress)
    #expect(reason(packet(payload, to: Address("127.0.0.1")!)) == .otherAddress)
    var type = packet(payload)
    type[12] = 0x86
    type[13] = 0xdd
    #expect(reason(type) == .unknownType)
  }

  @Test(arguments: [
    "10.0.0.1", "10.0.0.255", "255.255.255.255", "224.0.0.1", "239.1.2.3", "240.0.0.1", "127.0.0.1",
    "0.0.0.0",
    "0.1.2.3",
  ])
  func noPacketComesFromAnImpossibleSource(source: String) {
    #expect(reason(packet(payload, from: Address(source)!)) == .badSource)
  }

  @Test(arguments: ["1.0.0.1", "223.255.255.1", "10.0.0.254", "192.168.1.1"])
  func packetsComeFromAnyHost(source: String) {
    var site = Site()
    #expect(site.receive(packet(payload, from: Address(source)!)) != .none)
  }

  @Test func broadcastIsForDatagramsOnly() {
    var site = Site()
    for address in ["255.255.255.255", "10.0.0.255"].map({ Address($0)! }) {
      let arrived = site.receive(packet(payload, to: address, hardware: .broadcast))
      #expect(arrived == .packet(payload, from: theirs, to: address, .udp))
      #expect(reason(packet(payload, to: address, .tcp, hardware: .broadcast)) == .broadcast)
    }
    // RFC 1122 §3.3.6: a link broadcast with one host's address inside.
    #expect(reason(packet(payload, to: mine, hardware: .broadcast)) == .broadcast)
  }

  @Test func aBroadcastInsideAFrameToUsAloneIsABroadcastAllTheSame() {
    var site = Site()
    site.learnTheirs()
    site.refuse(packet([0, 1, 0, 2], to: .broadcastV4))
    site.refuse(packet([0, 1, 0, 2], to: Address("10.0.0.255")!))
    #expect(site.internet.counters[.errorForbidden] == 2 && site.internet.counters.errorsSent == 0)
  }

  @Test func aNetworkOfOneAddressHasNoBroadcast() {
    var site = Site(address: "10.0.0.1/32")
    for address in ["0.0.0.0", "10.0.0.0", "10.0.0.255"] {
      #expect(site.receive(packet(payload, to: Address(address)!)) == .none)
    }
    #expect(site.internet.counters[.otherAddress] == 3)
    #expect(site.receive(packet(payload)) != .none)
  }

  @Test func anAddressOfAnotherInterfaceIsOursToo() {
    var site = Site()
    _ = site.internet.attach(
      hardware: HardwareAddress(2, 0, 0, 0, 1, 1), address: AddressPrefix("10.1.0.1/24")!,
      capabilities: .init())
    let other = Address("10.1.0.1")!
    #expect(site.receive(packet(payload, to: other)) == .packet(payload, from: theirs, to: other, .udp))
  }
}
