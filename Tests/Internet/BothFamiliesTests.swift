import StrataBase
import StrataInternet
import StrataWire
import Testing

/// What both versions do alike, from one body each.
@Suite struct BothFamiliesTests {
  @Test(arguments: Family.allCases)
  func anUnknownNeighbourIsAskedForAndThePacketsWait(_ family: Family) {
    var site = family.site()
    var path = site.internet.path(to: family.theirs)!
    site.send([1], on: &path, to: family.theirs, at: family.begin)
    site.send([2, 2], on: &path, to: family.theirs, at: family.begin)
    #expect(site.said() == [family.asks(nil)])
    #expect(site.receive(family.answer, at: family.begin + .milliseconds(3)) == .none)
    #expect(site.said() == [family.sends(1), family.sends(2)])
    site.send([3, 3, 3], on: &path, to: family.theirs, at: family.begin + .milliseconds(4))
    #expect(site.said() == [family.sends(3)])
    #expect(site.internet.neighbours.map(\.state) == [.reachable(theirHardware)])
    #expect(site.pool.outstanding == 0)
  }

  @Test(arguments: Family.allCases)
  func itIsAskedForThriceThenFailsAndIsForgotten(_ family: Family) {
    var site = family.site()
    var path = site.internet.path(to: family.theirs)!
    let payload: [UInt8] = [0x12, 0x34, 0, 80, 1, 2, 3, 4, 5]
    let begin = family.begin
    site.send(payload, on: &path, to: family.theirs, at: begin)
    #expect(site.said() == [family.asks(nil)])
    for second in 1...2 {
      let due = begin + .seconds(Int64(second))
      #expect(site.internet.nextDeadline == due)
      site.internet.expire(at: due - .nanoseconds(1))
      #expect(site.said() == [])
      site.internet.expire(at: due)
      #expect(site.said() == [family.asks(nil)])
    }
    site.internet.expire(at: begin + .seconds(3))
    var error = ControlError(
      kind: .hostUnreachable, protocol: .udp, source: family.mine, destination: family.theirs,
      transport: 0x1234_0050_0102_0304)
    error.keepFront(([5] as [UInt8]).span.bytes)
    #expect(site.errors() == [error])
    // The failure is remembered for 3 s: no question, but an error at once.
    site.send(payload, on: &path, to: family.theirs, at: begin + .seconds(5))
    #expect(site.said() == [] && site.errors() == [error])
    site.internet.expire(at: begin + .seconds(6))
    #expect(site.internet.neighbours.isEmpty && site.internet.nextDeadline == .never)
    site.send(payload, on: &path, to: family.theirs, at: begin + .seconds(7))
    #expect(site.said() == [family.asks(nil)])
  }

  @Test(arguments: Family.allCases)
  func aLateAnswerMakesAFailedNeighbourReachable(_ family: Family) {
    var site = family.site()
    site.send([1], to: family.theirs, at: family.begin)
    for second in 1...3 { site.internet.expire(at: family.begin + .seconds(Int64(second))) }
    let later = family.begin + .seconds(4)
    _ = site.receive(family.answer, at: later)
    _ = site.transmitted()
    site.send([1], to: family.theirs, at: later)
    #expect(site.said() == [family.sends(1)])
  }

  @Test(arguments: Family.allCases)
  func aQuestionToUsIsAnsweredAndItsAskerKnown(_ family: Family) {
    var site = family.site()
    #expect(site.receive(family.question, at: family.begin) == .none)
    #expect(site.said() == [family.replies])
    #expect(site.internet.neighbours.map(\.address) == [family.theirs])
    site.send([1], to: family.theirs, at: family.begin)
    #expect(site.said() == [family.sends(1)])
    #expect(site.pool.outstanding == 0)
  }

  @Test(arguments: Family.allCases)
  func aNeighbourInUseIsAskedWhetherItIsStillThere(_ family: Family) {
    var site = family.site()
    site.send([1], to: family.theirs, at: family.begin)
    _ = site.receive(family.answer, at: family.begin)
    _ = site.transmitted()
    // RFC 1122 §2.3.2.1 speaks of about a minute, RFC 4861 §10 of 30 s.
    let reachable = Interval.seconds(family == .v4 ? 60 : 30), holds = family.begin + reachable
    site.send([1], to: family.theirs, at: holds - .seconds(10))
    _ = site.transmitted()
    site.internet.expire(at: holds)
    #expect(site.said() == [family.asks(theirHardware)])
    // Packets still go where it was.
    site.send([1], to: family.theirs, at: holds)
    #expect(site.said() == [family.sends(1)])
    _ = site.receive(family.answer, at: holds + .seconds(1))
    #expect(site.internet.neighbours.map(\.state) == [.reachable(theirHardware)])
    // It goes away: three questions to it alone, then it is forgotten.
    let end = family.begin + .seconds(300)
    site.send([1], to: family.theirs, at: holds + reachable)
    _ = site.transmitted()
    while site.internet.nextDeadline < end { site.internet.expire(at: site.internet.nextDeadline) }
    #expect(site.said() == Array(repeating: family.asks(theirHardware), count: 3))
    #expect(site.internet.neighbours.isEmpty)
  }

  @Test(arguments: Family.allCases)
  func datagramsAndSegmentsForUsAreDeliveredWithoutPadding(_ family: Family) {
    var site = family.site()
    let payload: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8, 9]
    for _ in 0..<2 {
      for p in [IPProtocol.tcp, .udp] {
        let frame = family.packet(payload, p, padding: 11)
        #expect(site.receive(frame) == .packet(payload, from: family.theirs, to: family.mine, p))
      }
    }
    #expect(site.internet.counters.delivered == 4 && site.internet.counters.dropped == 0)
    #expect(site.receive(family.packet(payload, from: family.mine)) == .none)
    #expect(site.internet.counters[.badSource] == 1)
    #expect(site.receive(family.packet(payload, to: family.theirs)) == .none)
    #expect(site.internet.counters[.otherAddress] == 1)
    #expect(site.receive(family.packet(payload, hardware: theirHardware)) == .none)
    #expect(site.internet.counters[.otherHardware] == 1)
    #expect(site.pool.outstanding == 0)
  }

  @Test(arguments: Family.allCases)
  func everyEchoKeepsARightChecksum(_ family: Family) {
    var site = family.site()
    _ = site.receive(family.question)
    _ = site.transmitted()
    var random = Random(seed: 3)
    for count in 0..<300 {
      let body = (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      _ = site.receive(family.echo(body))
      let reply = family.control(in: site.transmitted()[0])
      #expect(reply?.type == (family == .v4 ? 0 : 129) && reply?.body == body)
    }
    #expect(site.internet.counters.echoesAnswered == 300)
  }

  /// The longest that a packet of either version can carry.
  @Test(arguments: Family.allCases, [4_000, nil])
  func aLongEchoComesAndGoesInPieces(_ family: Family, count: Int?) throws {
    var site = family.site()
    _ = site.receive(family.question, at: family.begin)
    _ = site.transmitted()
    let most = (family == .v4 ? 65_515 : 65_535) - 8
    let body = (0..<(count ?? most)).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 255) }
    let message = family.echo(body).dropFirst(14 + family.headerCount)
    for start in stride(from: 0, to: message.count, by: 1_448) {
      let end = min(start + 1_448, message.count)
      let part = Array(message.dropFirst(start).prefix(1_448))
      #expect(site.receive(family.piece(part, at: start, isLast: end == message.count)) == .none)
    }
    #expect(site.internet.counters.echoesAnswered == 1 && site.internet.counters.dropped == 0)
    // The other end puts the answer together.
    var other = Site(address: family.prefix(family.theirs), hardware: theirHardware)
    for second in 0..<9 { other.internet.expire(at: s(Int64(second))) }
    var last = Outcome.none
    for frame in site.transmitted() { last = other.receive(frame, at: family.begin) }
    guard case .packet(let reply, _, _, family.control) = last else {
      Issue.record("no answer")
      return
    }
    #expect(reply.count == message.count && Array(reply.dropFirst(8)) == body)
    #expect(site.pool.outstanding == 0)
  }

  @Test(arguments: Family.allCases)
  func aPortThatIsNotOpenAndAnUnknownProtocolAreAnswered(_ family: Family) {
    var site = family.site()
    _ = site.receive(family.question)
    _ = site.transmitted()
    let datagram = family.packet([0x13, 0x88, 0, 9, 0, 8, 0, 0])
    site.refuse(datagram)
    let port = family.control(in: site.transmitted()[0])
    #expect(port?.type == (family == .v4 ? 3 : 1) && port?.code == (family == .v4 ? 3 : 4))
    #expect(port?.body == Array(datagram[14...]))
    let strange = family.packet([1, 2, 3], IPProtocol(rawValue: 132))
    #expect(site.receive(strange) == .none)
    let other = family.control(in: site.transmitted()[0])
    #expect(other?.type == (family == .v4 ? 3 : 4) && other?.code == (family == .v4 ? 2 : 1))
    #expect(site.internet.counters[.unknownProtocol] == 1)
    // No more of the packet than the shortest MTU takes.
    site.refuse(family.packet(Array(repeating: 5, count: 1_440)))
    #expect(site.transmitted().map(\.count) == [14 + (family == .v4 ? 576 : 1_280)])
    #expect(site.pool.outstanding == 0)
  }

  @Test(arguments: Family.allCases)
  func errorsAreLimitedInRate(_ family: Family) {
    var settings = InternetSettings()
    settings.errorRate = 10
    settings.errorBurst = 4
    var site = family.site(settings)
    _ = site.receive(family.question)
    _ = site.transmitted()
    let datagram = family.packet([0x13, 0x88, 0, 9, 0, 8, 0, 0])
    for _ in 0..<7 { site.refuse(datagram, at: s(10)) }
    #expect(site.transmitted().count == 4)
    #expect(site.internet.counters[.errorLimited] == 3)
    for _ in 0..<3 { site.refuse(datagram, at: s(10) + .milliseconds(200)) }
    #expect(site.transmitted().count == 2)
  }

  @Test(arguments: Family.allCases)
  func anErrorAboutOurPacketIsPassedOn(_ family: Family) {
    var site = family.site()
    let segment: [UInt8] = [0x12, 0x34, 0, 80, 0, 0, 0x10, 0, 9, 9]
    let quote = Array(family.packet(segment, from: family.mine, to: family.theirs, .tcp)[14...])
    func error(_ kind: ControlError.Kind, _ code: UInt8) -> Outcome {
      var error = ControlError(
        kind: kind, protocol: .tcp, source: family.mine, destination: family.theirs,
        transport: 0x1234_0050_0000_1000)
      error = error.told(by: family.theirs, code: code)
      error.keepFront(([9, 9] as [UInt8]).span.bytes)
      return .error(error)
    }
    func frame(_ type: UInt8, _ code: UInt8, rest: UInt32 = 0, _ quote: [UInt8]) -> [UInt8] {
      if family == .v6 { return icmp6(type, code, rest: rest, quote, from: family.theirs, to: family.mine) }
      var message = [UInt8](repeating: 0, count: 8 + quote.count)
      var out = message.mutableSpan
      var raw = out.mutableBytes
      ICMPv4Header.emit(
        &raw, at: 0, type: ICMPv4Type(rawValue: type), code: code, rest: rest, body: quote.span.bytes)
      return family.packet(message, .icmp)
    }
    let isV4 = family == .v4
    let unreachable: UInt8 = isV4 ? 3 : 1
    #expect(site.receive(frame(unreachable, 0, quote)) == error(.networkUnreachable, 0))
    #expect(site.receive(frame(unreachable, isV4 ? 1 : 3, quote)) == error(.hostUnreachable, isV4 ? 1 : 3))
    #expect(site.receive(frame(unreachable, isV4 ? 3 : 4, quote)) == error(.portUnreachable, isV4 ? 3 : 4))
    #expect(site.receive(frame(isV4 ? 11 : 3, 0, quote)) == error(.timeExceeded, 0))
    let tooBig = frame(isV4 ? 3 : 2, isV4 ? 4 : 0, rest: 1_300, quote)
    #expect(site.receive(tooBig) == error(.fragmentationNeeded(mtu: 1_300), isV4 ? 4 : 0))
    #expect(site.internet.counters.errorsReceived == 5)
    // About what we never sent, or too little of it.
    var strange = quote
    strange[isV4 ? 15 : 23] = 99
    #expect(site.receive(frame(unreachable, 0, strange)) == .none)
    #expect(site.receive(frame(unreachable, 0, Array(quote.dropLast(3)))) == .none)
    #expect(site.internet.counters[.badControlMessage] == 2)
  }

  @Test(arguments: Family.allCases)
  func packetsToFarNetworksGoToTheRouter(_ family: Family) {
    var site = family.site()
    #expect(site.internet.path(to: family.far) == nil)
    site.internet.addRoute(to: family.everywhere, gateway: family.theirs, interface: 0)
    _ = site.receive(family.question)
    _ = site.transmitted()
    #expect(site.internet.path(to: family.far)?.nextHop == family.theirs)
    #expect(site.internet.path(to: family.far)?.source == family.mine)
    site.send([1], to: family.far)
    #expect(site.said() == [family.sends(1, to: family.far)])
  }

  @Test(arguments: Family.allCases)
  func packetsToOurselvesComeBackWithoutALink(_ family: Family) {
    var site = family.site()
    for address in [family.mine, family == .v4 ? .loopbackV4 : .loopback] {
      var path = site.internet.path(to: address)!
      #expect(path.kind == .loopback && path.source == address)
      site.send([1, 2, 3], on: &path, to: address)
      guard let packet = site.internet.nextLoopback() else {
        Issue.record("nothing came back")
        return
      }
      #expect(packet.frame.bytes.array == [1, 2, 3])
      #expect(packet.source == address && packet.destination == address && packet.protocol == .udp)
    }
    #expect(site.transmitted().isEmpty && site.pool.outstanding == 0)
  }

  @Test(arguments: Family.allCases)
  func aSuperFrameMayBeLongerThanThePath(_ family: Family) {
    var site = family.site()
    _ = site.receive(family.question)
    _ = site.transmitted()
    var path = site.internet.path(to: family.theirs)!
    var frame = site.pool.take(large: true)!
    frame.append(60_000)
    frame.notes.segmentSize = 1_440
    site.internet.send(frame, on: &path, to: family.theirs, protocol: .tcp, at: .start)
    #expect(site.transmitted().map(\.count) == [60_014 + family.headerCount])
    var longer = site.pool.take(large: true)!
    longer.append(65_536)
    longer.notes.segmentSize = 1_440
    site.internet.send(longer, on: &path, to: family.theirs, protocol: .tcp, at: .start)
    #expect(site.internet.counters[.tooLong] == 1)
  }

  @Test func oneVersionsNameLeadsToNoPeerOfTheOther() {
    let site = Site(address: "10.0.0.1/24 fd00::1/64")
    #expect(site.internet.path(to: Address("fd00::2")!, from: mine) == nil)
    #expect(site.internet.path(to: theirs, from: Address("fd00::1")!) == nil)
  }
}
