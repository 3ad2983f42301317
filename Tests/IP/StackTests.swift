import StrataBase
import StrataIP
import StrataSockets
import StrataWire
import Testing

@Suite struct StackTests {
  @Test(arguments: places) func aConnectionToAnyAddressIsOfferedAndCarriesBytes(to place: SocketAddress)
    async throws
  {
    let pair = Joined()
    async let served: Void = {
      for await offer in pair.tunnel.offers(.anyDestination) {
        #expect(offer.destination == place)
        #expect(offer.source.address == Address(place.address.isV4 ? "10.9.0.1" : "fd09::1"))
        let near = try await offer.accept()
        while case let bytes = try await near.read(atMost: 16_384), !bytes.isEmpty {
          try await near.write(bytes)
        }
        near.finish()
        return
      }
    }()
    let sent = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &>> 3) }
    let far = try await connect(pair, to: place)
    async let written: Void = {
      try await far.write(sent)
      far.finish()
    }()
    var received: [UInt8] = []
    while case let bytes = try await far.read(atMost: 65_536), !bytes.isEmpty { received += bytes }
    try await written
    try await served
    #expect(received == sent)
  }

  /// Before anybody asks for offers a connection is refused, so the client tries until somebody does.
  private func connect(_ pair: Joined, to place: SocketAddress) async throws -> TCPStream {
    while true {
      do { return try await pair.client.connect(to: place) } catch .connectionRefused { await Task.yield() }
    }
  }

  @Test func whatIsRefusedIsRefusedAndWhatIsLetGoTheSame() async throws {
    let pair = Joined()
    var offers = pair.tunnel.offers(.anyDestination).makeAsyncIterator()
    // The first call makes the listener.
    let listening = Task { [offers] in await next(offers) }
    let met = Task { try await connect(pair, to: places[0]) }
    let near = try await #require(await listening.value).accept()
    _ = try await met.value
    near.close()
    let refused = Task { try await pair.client.connect(to: places[0]) }
    (await offers.next())?.refuse()
    await #expect(throws: SocketError.connectionRefused) { try await refused.value }
    let letGo = Task { try await pair.client.connect(to: places[0]) }
    do { _ = await offers.next() }
    await #expect(throws: SocketError.connectionRefused) { try await letGo.value }
  }

  private func next(_ offers: Offers) async -> Offer? {
    var offers = offers
    return await offers.next()
  }

  @Test func anOfferCanBeDecidedOnce() async throws {
    let pair = Joined()
    async let offered = next(pair.tunnel.offers(.anyDestination))
    let far = Task { try await connect(pair, to: places[0]) }
    let offer = try #require(await offered)
    let near = try await offer.accept()
    await #expect(throws: SocketError.invalidArgument) { _ = try await offer.accept() }
    offer.refuse()
    try await near.write([1, 2, 3])
    #expect(try await far.value.read(atMost: 10) == [1, 2, 3])
  }

  @Test func aWaitingOfferIsOneHoweverOftenItsSYNComesAndIsGoneAfterAMinute() async throws {
    let pair = Joined(time: .manual)
    var offers = pair.tunnel.offers(.anyDestination).makeAsyncIterator()
    async let first = next(offers)
    let far = Task { try await connect(pair, to: places[0]) }
    let offer = try #require(await first)
    for second in 1...30 { pair.advance(to: .start + .seconds(Int64(second))) }
    let more = Task { await offers.next() }
    for _ in 0..<100 { await Task.yield() }
    more.cancel()
    #expect(await more.value == nil)
    for second in 31...61 { pair.tunnel.advance(to: .start + .seconds(Int64(second))) }
    await #expect(throws: SocketError.connectionAborted) { _ = try await offer.accept() }
    far.cancel()
    _ = try? await far.value
    #expect(pair.tunnel.socketCount == 1)
  }

  @Test(arguments: places) func datagramsToAnyAddressAreAnsweredInItsName(at place: SocketAddress)
    async throws
  {
    let pair = Joined()
    let own = SocketAddress(address: Address(place.address.isV4 ? "10.9.0.1" : "fd09::1")!, port: 5_000)
    async let answered: Void = {
      for await datagram in pair.tunnel.datagrams(.anyDestination) {
        #expect(datagram.destination == place && datagram.source == own)
        try pair.tunnel.send(datagram.payload.reversed(), from: datagram.destination, to: datagram.source)
        return
      }
    }()
    var answers = pair.client.datagrams(.anyDestination).makeAsyncIterator()
    // Nobody may hear the first ones.
    let asking = Task {
      while !Task.isCancelled {
        try pair.client.send([1, 2, 3], from: own, to: place)
        try await Task.sleep(for: .milliseconds(1))
      }
    }
    let answer = await answers.next()
    asking.cancel()
    try await answered
    #expect(answer == IPDatagram(source: place, destination: own, payload: [3, 2, 1]))
  }

  @Test func aCancelledReaderIsToldAndTheStreamGoesOn() async throws {
    let pair = Joined()
    async let offered = next(pair.tunnel.offers(.anyDestination))
    let far = Task { try await connect(pair, to: places[0]) }
    let near = try await #require(await offered).accept()
    let reader = Task { try await near.read(atMost: 10) }
    for _ in 0..<10 { await Task.yield() }
    reader.cancel()
    await #expect(throws: SocketError.cancelled) { try await reader.value }
    try await far.value.write([9])
    #expect(try await near.read(atMost: 10) == [9])
  }

  @Test func aFloodOfConnectionsTakesNoMoreThanItsMemory() async throws {
    let tunnel = Stack(.ip(mtu: 1_500), memory: .mebibytes(4), time: .manual, seed: 3)
    let taking = Task {
      var kept: [Offer] = []
      for await offer in tunnel.offers(.anyDestination) { kept.append(offer) }
      return kept.count
    }
    let client = Stack(
      .ip(mtu: 1_500), memory: .mebibytes(64), addresses: [AddressPrefix("10.9.0.1/24")!], time: .manual,
      seed: 4)
    client.onOutput { packets in tunnel.receive(packets.arrays) }
    tunnel.onOutput { _ in }
    let callers = (0..<20_000).map { n in
      Task { try await client.connect(to: SocketAddress("192.0.\(n >> 8).\(n & 255):80")!) }
    }
    for _ in 0..<1_000 { await Task.yield() }
    #expect(tunnel.packetMemory <= 2 << 20)
    for caller in callers { caller.cancel() }
    for caller in callers { _ = try? await caller.value }
    taking.cancel()
    #expect(await taking.value <= 20_000)
    #expect(tunnel.packetMemory <= 2 << 20)
  }

  @Test func whatIsNoPacketIsIgnored() {
    let stack = Stack(.ip(mtu: 1_500), memory: .kibibytes(64), time: .manual)
    stack.receive([[], [0x45], [0x60], [UInt8](repeating: 0xff, count: 70_000)] as [[UInt8]])
    #expect(stack.socketCount == 0)
  }
}
