import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

@testable import StrataTransport

@Suite struct UDPTests {
  private let hello: [UInt8] = Array("hello".utf8)

  /// One datagram, as its bytes and its sender.
  private func take(_ udp: inout UDP, _ socket: Handle) -> (bytes: [UInt8], from: SocketName)? {
    guard let datagram = udp.next(socket) else { return nil }
    return (datagram.frame.bytes.array, datagram.source)
  }

  @Test(arguments: Family.allCases) func datagramsGoBothWays(family: Family) throws {
    var pair = Pair(family)
    let server = try pair.b.udp.bind(SocketName(family.any, 53), owner: 2, pair.b.internet)
    let client = try pair.a.udp.bind(SocketName(family.any, 0), owner: 1, pair.a.internet)
    try pair.a.udp.send(
      client, hello.span.bytes, to: SocketName(family.b, 53), &pair.a.internet, at: pair.now)
    pair.passes(.milliseconds(20))
    let told = pair.b.udp.nextNotice()
    #expect(told == Notice(owner: 2, readiness: [.readable, .writable]))
    let question = try present(take(&pair.b.udp, server))
    let port = pair.a.udp.name(client)?.port
    #expect(question.bytes == hello && question.from == SocketName(family.a, port ?? 0))
    let answer: [UInt8] = [1, 2, 3, 4, 5, 6, 7]
    try pair.b.udp.send(server, answer.span.bytes, to: question.from, &pair.b.internet, at: pair.now)
    pair.passes(.milliseconds(20))
    var room = [UInt8](repeating: 0, count: 5)
    var span = room.mutableSpan
    var bytes = span.mutableBytes
    let got = try present(try pair.a.udp.receive(client, into: &bytes))
    #expect(got.count == 7 && got.from == SocketName(family.b, 53))
    #expect(room == [1, 2, 3, 4, 5])
    let nothing = take(&pair.a.udp, client)
    #expect(nothing == nil)
    expectEqual(pair.pool.outstanding, 0)
  }

  @Test(arguments: Family.allCases) func anEmptyDatagramIsADatagram(family: Family) throws {
    var pair = Pair(family)
    let server = try pair.b.udp.bind(SocketName(family.b, 53), owner: 2, pair.b.internet)
    let client = try pair.a.udp.bind(SocketName(family.a, 9), owner: 1, pair.a.internet)
    let nothing: [UInt8] = []
    try pair.a.udp.send(
      client, nothing.span.bytes, to: SocketName(family.b, 53), &pair.a.internet, at: pair.now)
    pair.passes(.milliseconds(20))
    let got = try present(take(&pair.b.udp, server))
    #expect(got.bytes.isEmpty && got.from == SocketName(family.a, 9))
  }

  @Test(arguments: Family.allCases) func whereNobodyListensAConnectedSocketIsTold(family: Family) throws {
    var pair = Pair(family)
    let client = try pair.a.udp.bind(SocketName(family.any, 0), owner: 1, pair.a.internet)
    let stranger = try pair.a.udp.bind(SocketName(family.any, 0), owner: 2, pair.a.internet)
    let nowhere = SocketName(family.b, 99)
    try pair.a.udp.connect(client, to: nowhere, pair.a.internet)
    try pair.a.udp.send(client, hello.span.bytes, &pair.a.internet, at: pair.now)
    try pair.a.udp.send(stranger, hello.span.bytes, to: nowhere, &pair.a.internet, at: pair.now)
    pair.passes(.milliseconds(20))
    expectEqual(pair.b.udp.counters.nobody, 2)
    let told = pair.a.udp.nextNotice(), others = pair.a.udp.nextNotice()
    #expect(told == Notice(owner: 1, readiness: [.writable, .failed]) && others == nil)
    let failure = pair.a.udp.takeFailure(client), again = pair.a.udp.takeFailure(client)
    #expect(failure == .portUnreachable && again == nil)
    let unknown = pair.a.udp.takeFailure(stranger)
    #expect(unknown == nil)
    expectEqual(pair.pool.outstanding, 0)
  }

  @Test(arguments: Family.allCases) func anUnreachableHostIsToldToo(family: Family) throws {
    var pair = Pair(family)
    let client = try pair.a.udp.bind(SocketName(family.any, 0), owner: 1, pair.a.internet)
    try pair.a.udp.connect(client, to: SocketName(family.nobody, 5), pair.a.internet)
    try pair.a.udp.send(client, hello.span.bytes, &pair.a.internet, at: pair.now)
    pair.passes(.seconds(5))
    let failure = pair.a.udp.takeFailure(client)
    #expect(failure == .hostUnreachable)
  }

  @Test(arguments: Family.allCases) func aConnectedSocketHearsItsPeerOnly(family: Family) throws {
    var pair = Pair(family)
    let server = try pair.b.udp.bind(SocketName(family.any, 53), owner: 2, pair.b.internet)
    let friend = try pair.a.udp.bind(SocketName(family.any, 1_000), owner: 1, pair.a.internet)
    let stranger = try pair.a.udp.bind(SocketName(family.any, 1_001), owner: 1, pair.a.internet)
    try pair.b.udp.connect(server, to: SocketName(family.a, 1_000), pair.b.internet)
    for from in [friend, stranger] {
      try pair.a.udp.send(
        from, hello.span.bytes, to: SocketName(family.b, 53), &pair.a.internet, at: pair.now)
    }
    pair.passes(.milliseconds(20))
    expectEqual(pair.b.udp.waiting(server)?.datagrams, 1)
    expectEqual(pair.b.udp.counters.nobody, 1)
    try pair.b.udp.connect(server, to: nil, pair.b.internet)
    try pair.a.udp.send(
      stranger, hello.span.bytes, to: SocketName(family.b, 53), &pair.a.internet, at: pair.now)
    pair.passes(.milliseconds(20))
    expectEqual(pair.b.udp.waiting(server)?.datagrams, 2)
    #expect(throws: TransportError.notConnected) {
      try pair.b.udp.send(server, hello.span.bytes, &pair.b.internet, at: pair.now)
    }
  }

  @Test(arguments: Family.allCases) func aFullQueueDropsByMemoryAndByNumber(family: Family) throws {
    var pair = Pair(family)
    var settings = UDPSettings()
    settings.receiveBuffer = 10 * 1_728
    let byMemory = try pair.b.udp.bind(
      SocketName(family.any, 53), owner: 2, settings: settings, pair.b.internet)
    settings.receiveBuffer = 1 << 20
    settings.receiveQueue = 7
    let byNumber = try pair.b.udp.bind(
      SocketName(family.any, 54), owner: 2, settings: settings, pair.b.internet)
    let client = try pair.a.udp.bind(SocketName(family.any, 0), owner: 1, pair.a.internet)
    for port in [53, 54] as [UInt16] {
      for n in 0..<40 {
        let bytes = [UInt8(n)]
        try pair.a.udp.send(
          client, bytes.span.bytes, to: SocketName(family.b, port), &pair.a.internet, at: pair.now)
        pair.passes(.milliseconds(3))
      }
    }
    let first = pair.b.udp.waiting(byMemory), second = pair.b.udp.waiting(byNumber)
    #expect(first?.datagrams == 10 && first?.memory == 10 * 1_728)
    #expect(second?.datagrams == 7)
    expectEqual(pair.b.udp.counters.queueFull, 30 + 33)
    // The oldest are those that were kept, in order.
    for n in 0..<7 {
      let got = take(&pair.b.udp, byNumber)
      #expect(got?.bytes == [UInt8(n)])
    }
    pair.b.udp.close(byMemory, &pair.b.internet, at: pair.now)
    expectEqual(pair.pool.outstanding, 0)
  }

  @Test(arguments: Family.allCases) func whatCannotBeSentIsATypedError(family: Family) throws {
    var pair = Pair(family)
    let socket = try pair.a.udp.bind(SocketName(family.any, 0), owner: 1, pair.a.internet)
    let most = [UInt8](repeating: 7, count: 1_492 - family.headerCount),
      tooMuch = [UInt8](repeating: 7, count: 65_508)
    let there = SocketName(family.b, 9)
    try pair.a.udp.send(socket, most.span.bytes, to: there, &pair.a.internet, at: pair.now)
    #expect(throws: TransportError.messageTooLong) {
      try pair.a.udp.send(socket, tooMuch.span.bytes, to: there, &pair.a.internet, at: pair.now)
    }
    if family == .v4 {
      #expect(throws: TransportError.broadcastForbidden) {
        try pair.a.udp.send(
          socket, most.span.bytes, to: SocketName(.broadcastV4, 9), &pair.a.internet, at: pair.now)
      }
    }
    #expect(throws: TransportError.noRoute) {
      try pair.a.udp.send(socket, most.span.bytes, to: family.peer(1), &pair.a.internet, at: pair.now)
    }
    for bad in [SocketName(family.b, 0), SocketName(family.any, 5)] {
      #expect(throws: TransportError.invalidArgument) {
        try pair.a.udp.send(socket, most.span.bytes, to: bad, &pair.a.internet, at: pair.now)
      }
    }
    while pair.a.internet.outgoingRoom > 0 {
      try pair.a.udp.send(
        socket, most.span.bytes, to: SocketName(family.a, 9), &pair.a.internet, at: pair.now)
      pair.a.internet.outgoing.push(pair.pool.take()!)
    }
    #expect(throws: TransportError.noBuffers) {
      try pair.a.udp.send(socket, most.span.bytes, to: there, &pair.a.internet, at: pair.now)
    }
  }

  @Test func aBroadcastReachesEveryOneWhoAllowsIt() throws {
    var pair = Pair(.v4)
    var settings = UDPSettings()
    settings.broadcast = true
    let sender = try pair.a.udp.bind(SocketName(.anyV4, 68), owner: 1, settings: settings, pair.a.internet)
    let open = try pair.b.udp.bind(SocketName(.anyV4, 67), owner: 2, pair.b.internet)
    let narrow = try pair.b.udp.bind(SocketName(Family.v4.b, 66), owner: 3, pair.b.internet)
    for port in [66, 67] as [UInt16] {
      for address in [Address.broadcastV4, Address("10.0.0.255")!] {
        try pair.a.udp.send(
          sender, hello.span.bytes, to: SocketName(address, port), &pair.a.internet, at: pair.now)
      }
    }
    pair.passes(.milliseconds(20))
    expectEqual(pair.b.udp.waiting(open)?.datagrams, 2)
    expectEqual(pair.b.udp.waiting(narrow)?.datagrams, 0)
    expectEqual(pair.b.internet.counters.errorsSent, 0)
  }

  @Test(arguments: Family.allCases) func namesAreTakenOnceAndPortsAreFoundByThemselves(family: Family) throws
  {
    var pair = Pair(family)
    let first = try pair.a.udp.bind(SocketName(family.a, 53), owner: 1, pair.a.internet)
    #expect(throws: TransportError.addressInUse) {
      try pair.a.udp.bind(SocketName(family.any, 53), owner: 1, pair.a.internet)
    }
    #expect(throws: TransportError.addressNotAvailable) {
      try pair.a.udp.bind(SocketName(family.b, 53), owner: 1, pair.a.internet)
    }
    pair.a.udp.close(first, &pair.a.internet, at: pair.now)
    _ = try pair.a.udp.bind(SocketName(family.any, 53), owner: 1, pair.a.internet)
    let any = try pair.a.udp.bind(SocketName(family.any, 0), owner: 1, pair.a.internet)
    let port = pair.a.udp.name(any)?.port ?? 0
    #expect(Ports.ephemeral.contains(port))
    var small = UDP(pool: pair.pool, random: Random(seed: 1), trace: Trace(), capacity: 1)
    _ = try small.bind(SocketName(family.any, 1), owner: 1, pair.a.internet)
    #expect(throws: TransportError.tableFull) {
      try small.bind(SocketName(family.any, 2), owner: 1, pair.a.internet)
    }
  }

  @Test(arguments: Family.allCases) func staleHandlesAreHarmless(family: Family) throws {
    var pair = Pair(family)
    let socket = try pair.a.udp.bind(SocketName(family.any, 53), owner: 1, pair.a.internet)
    pair.a.udp.close(socket, &pair.a.internet, at: pair.now)
    pair.a.udp.close(socket, &pair.a.internet, at: pair.now)
    #expect(throws: TransportError.staleHandle) {
      try pair.a.udp.send(
        socket, hello.span.bytes, to: SocketName(family.b, 1), &pair.a.internet, at: pair.now)
    }
    #expect(throws: TransportError.staleHandle) { try pair.a.udp.connect(socket, to: nil, pair.a.internet) }
    let got = take(&pair.a.udp, socket)
    #expect(got == nil && pair.a.udp.name(socket) == nil && pair.a.udp.readiness(socket).isEmpty)
  }

  @Test(arguments: Family.allCases) func damagedDatagramsAreDroppedAndCounted(family: Family) throws {
    var site = Site(family)
    let socket = try site.udp.bind(SocketName(family.any, 53), owner: 1, site.internet)
    let bytes: [UInt8] = [1, 2, 3, 4]
    // A right one, one with a wrong checksum, one without, one that says it is longer than it is, a stub.
    for kind in 0..<5 {
      var frame = site.pool.take()!
      frame.append(bytes.span.bytes)
      frame.prepend(UDPHeader.count)
      let pseudo = PseudoHeader.sum(
        source: family.b, destination: family.a, protocol: .udp, count: frame.count)
      var out = frame.mutableBytes
      UDPHeader.emit(
        &out, at: 0, sourcePort: 9, destinationPort: 53, payloadCount: 4, pseudo: pseudo,
        payloadSum: Checksum.sum(bytes.span.bytes))
      if kind == 1 { out.setByte(99, at: 9) }
      if kind == 2 { out.setNative16(0, at: UDPHeader.checksum) }
      if kind == 3 { out.setBig16(13, at: UDPHeader.length) }
      if kind == 4 { frame.truncate(to: 7) }
      let packet = Packet(frame: frame, source: family.b, destination: family.a, protocol: .udp)
      site.udp.receive(packet, &site.internet, at: site.now)
    }
    // RFC 8200 §8.1: in IPv6 a datagram without a checksum is dropped.
    let right = family == .v4 ? 2 : 1
    expectEqual(site.udp.waiting(socket)?.datagrams, right)
    #expect(site.udp.counters.badChecksum == UInt64(3 - right) && site.udp.counters.malformed == 2)
    for _ in 0..<right {
      let got = take(&site.udp, socket)
      #expect(got?.bytes == bytes)
    }
    expectEqual(site.framesOut, 0)
  }
}
