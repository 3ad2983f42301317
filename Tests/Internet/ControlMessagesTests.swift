import StrataBase
import StrataInternet
import StrataWire
import Testing

private let request = bytes(
  "02000000000102000000000208004500002400074000400126d00a0000020a00000108005435123400016162636465666768")
private let datagram = bytes(
  "02000000000102000000000208004500002000084000401126c30a0000020a00000113880009000c000070696e67")

@Suite struct ControlMessagesTests {
  func icmp(_ type: UInt8, _ code: UInt8, rest: UInt32 = 0, _ body: [UInt8]) -> [UInt8] {
    var message = [UInt8](repeating: 0, count: 8 + body.count)
    var out = message.mutableSpan
    var raw = out.mutableBytes
    ICMPv4Header.emit(
      &raw, at: 0, type: ICMPv4Type(rawValue: type), code: code, rest: rest, body: body.span.bytes)
    return packet(message, .icmp)
  }
  /// The beginning of a packet that we sent.
  var quote: [UInt8] {
    Array(packet([0x12, 0x34, 0, 80, 0, 0, 0x10, 0, 9, 9], from: mine, to: theirs, .tcp).dropFirst(14))
  }

  @Test func anEchoIsAnsweredByteForByte() {
    var site = Site()
    site.learnTheirs()
    #expect(site.receive(request) == .none)
    let replies = site.transmitted()
    let expected = bytes(
      "02000000000202000000000108004500002400004000400126d70a0000010a00000200005c35123400016162636465666768")
    #expect(replies.map(blanked) == [blanked(expected)])
    #expect(Sent(replies[0]).checksumsAreRight)
    #expect(site.internet.counters.echoesAnswered == 1 && site.pool.outstanding == 0)
  }

  @Test func anEchoFromAStrangerWaitsForItsAddress() {
    var site = Site()
    _ = site.receive(request)
    #expect(site.said() == ["ff:ff:ff:ff:ff:ff ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28"])
    _ = site.receive(arp(.reply, from: theirs, theirHardware, to: mine, mineHardware))
    #expect(site.said() == ["02:00:00:00:00:02 10.0.0.1 > 10.0.0.2: 16"])
    #expect(site.pool.outstanding == 0)
  }

  @Test func echoesThatAreLargeDamagedOrToEveryoneAreNotAnswered() {
    var settings = InternetSettings()
    settings.largestEcho = 100
    var site = Site(settings)
    site.learnTheirs()
    _ = site.receive(icmp(8, 0, Array(repeating: 1, count: 92)))
    #expect(site.transmitted().count == 1)
    _ = site.receive(icmp(8, 0, Array(repeating: 1, count: 93)))
    #expect(site.internet.counters[.largeEcho] == 1)
    var damaged = request
    damaged[49] ^= 1
    _ = site.receive(damaged)
    #expect(site.internet.counters[.badControlChecksum] == 1)
    _ = site.receive(packet(Array(request[34...]), to: .broadcastV4, .icmp, hardware: .broadcast))
    #expect(site.internet.counters[.broadcast] == 1)
    _ = site.receive(packet([8, 0, 0], .icmp))
    #expect(site.internet.counters[.badControlMessage] == 1)
    #expect(site.transmitted().isEmpty)
  }

  @Test func aPortThatIsNotOpenIsAnsweredByteForByte() {
    var site = Site()
    site.learnTheirs()
    site.refuse(datagram)
    let sent = site.transmitted()
    let expected = bytes(
      "02000000000202000000000108004500003c00004000400126bf0a0000010a00000203030a8f00000000"
        + "4500002000084000401126c30a0000020a00000113880009000c000070696e67")
    #expect(sent.map(blanked) == [blanked(expected)])
    #expect(Sent(sent[0]).checksumsAreRight)
    #expect(site.internet.counters.errorsSent == 1 && site.pool.outstanding == 0)
  }

  @Test func noErrorAnswersAnErrorOrABroadcast() {
    var site = Site()
    site.learnTheirs()
    site.refuse(packet([0, 1, 0, 2], to: .broadcastV4, hardware: .broadcast))
    site.refuse(packet([0, 1, 0, 2], to: Address("10.0.0.255")!, hardware: .broadcast))
    #expect(site.internet.counters[.errorForbidden] == 2)
    _ = site.receive(packet([1], to: .broadcastV4, IPProtocol(rawValue: 132), hardware: .broadcast))
    _ = site.receive(packet([1], IPProtocol(rawValue: 132), offset: 8))
    #expect(site.transmitted().isEmpty)
    #expect(site.internet.counters.errorsSent == 0)
  }

  @Test(arguments: [
    (UInt8(3), UInt8(0), ControlError.Kind.networkUnreachable), (3, 1, .hostUnreachable),
    (3, 2, .protocolUnreachable), (3, 3, .portUnreachable), (3, 4, .fragmentationNeeded(mtu: 1_280)),
    (3, 9, .networkUnreachable), (3, 13, .hostUnreachable), (11, 0, .timeExceeded),
  ])
  func anErrorAboutOurPacketIsPassedOn(type: UInt8, code: UInt8, kind: ControlError.Kind) {
    var site = Site()
    var error = ControlError(
      kind: kind, protocol: .tcp, source: mine, destination: theirs, transport: 0x1234_0050_0000_1000)
    error = error.told(by: theirs, code: code)
    error.keepFront(([9, 9] as [UInt8]).span.bytes)
    #expect(site.receive(icmp(type, code, rest: 1_280, quote)) == .error(error))
    #expect(error.sequence == SequenceNumber(0x1000))
    #expect(site.internet.counters.errorsReceived == 1)
  }

  @Test func anErrorAboutWhatWeNeverSentIsDropped() {
    var site = Site()
    var strange = quote
    strange[15] = 99
    let bodies = [
      strange, Array(quote[..<27]), Array(quote[..<10]), [], [0x4f] + quote.dropFirst(), [0x65] + quote,
    ]
    for body in bodies { #expect(site.receive(icmp(3, 3, body)) == .none) }
    #expect(site.internet.counters[.badControlMessage] == UInt64(bodies.count))
  }

  @Test func otherControlMessagesAreCounted() {
    var site = Site()
    for type in [4, 5, 9, 12, 13, 200] as [UInt8] { #expect(site.receive(icmp(type, 0, quote)) == .none) }
    #expect(site.receive(icmp(3, 99, quote)) == .none)
    #expect(site.internet.counters[.unusedControlMessage] == 7)
    #expect(site.transmitted().isEmpty)
  }

  @Test func noLinkTakesLessThan68Bytes() {
    var site = Site()
    for mtu in [1, 67] as [UInt32] { #expect(site.receive(icmp(3, 4, rest: mtu, quote)) == .none) }
    #expect(site.internet.counters[.unusedControlMessage] == 2)
    #expect(site.receive(icmp(3, 4, rest: 68, quote)) != .none)
    #expect(site.receive(icmp(3, 4, rest: 0, quote)) != .none, "an old router does not say")
  }

  @Test func anErrorToOurselvesComesBackAsAnError() {
    var site = Site()
    site.send([0, 7, 0, 9, 0, 8, 0, 0], to: mine)
    guard let packet = site.internet.nextLoopback() else {
      Issue.record("nothing came back")
      return
    }
    site.internet.sendUnreachable(.port, for: packet, at: .start)
    if site.internet.nextLoopback() != nil { Issue.record("an error is no packet") }
    let errors = site.errors()
    #expect(errors.map(\.kind) == [.portUnreachable])
    #expect(errors.first?.sourcePort == 7 && errors.first?.destinationPort == 9)
    #expect(site.pool.outstanding == 0)
  }
}
