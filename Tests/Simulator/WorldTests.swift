import StrataBase
import StrataLink
import StrataSockets
import StrataWire
import Testing

@testable import StrataSimulator

@Suite struct WorldTests {
  static let bad = CableSettings(
    delay: .milliseconds(3), jitter: .milliseconds(2), loss: 0.05, duplicate: 0.02, reorder: 0.1)

  /// A world in which an exchange and an echo are under way, and what they come to.
  struct Run: Equatable {
    let hash: UInt64
    let events: UInt64
    let answer: String
  }

  static func run(seed: UInt64, _ advance: (World) throws -> Void) throws -> Run {
    let site = Site(seed: seed, bad)
    site.world.run(Answerer("10.0.0.2:9", sends: 50_000), on: site.server)
    let caller = site.world.run(Caller(to: "10.0.0.2:9", sends: 80_000), on: site.client)
    site.world.run(EchoServer(port: 7), on: site.server)
    let echo = site.world.run(EchoClient(to: "10.0.0.2:7", says: "hello, world"), on: site.client)
    try advance(site.world)
    #expect(site.world.program(caller).isDone)
    return Run(
      hash: site.world.eventHash, events: site.world.eventCount, answer: site.world.program(echo).answer)
  }

  @Test func theSameSeedGivesTheSameRun() throws {
    let a = try WorldTests.run(seed: 5) { try $0.run(for: .seconds(120)) }
    let b = try WorldTests.run(seed: 5) { try $0.run(for: .seconds(120)) }
    #expect(a == b && a.events > 500 && a.answer == "hello, world")
  }

  @Test func anotherSeedGivesAnotherRun() throws {
    let hashes = try (1...10).map { seed in
      try WorldTests.run(seed: seed) { try $0.run(for: .seconds(120)) }.hash
    }
    #expect(Set(hashes).count == 10)
  }

  @Test func inHowManyStepsTimeMovesMakesNoDifference() throws {
    let end = Instant.start + .seconds(120)
    let whole = try WorldTests.run(seed: 6) { $0.advance(to: end) }
    let sliced = try WorldTests.run(seed: 6) { world in
      var random = Random(seed: 1)
      while world.now < end {
        world.advance(to: min(end, world.now + .microseconds(Int64(1 + random.below(9_000)))))
      }
    }
    let stepped = try WorldTests.run(seed: 6) { world in
      while world.nextDeadline <= end { world.advance(to: world.nextDeadline) }
      world.advance(to: end)
    }
    #expect(whole == sliced)
    #expect(whole == stepped)
  }

  @Test func noTimePassesWhereNothingHappens() throws {
    let world = World(seed: 1)
    world.host("lonely", AddressPrefix("10.0.0.1/24")!)
    #expect(try world.runUntilQuiet() && world.now == .start && world.nextDeadline == .never)
    try world.run(for: .seconds(86_400))
    #expect(world.now == .start + .seconds(86_400) && world.eventCount == 0)
  }

  @Test func anActionComesAtItsInstantAndInItsOrder() throws {
    let site = Site(seed: 1)
    var seen: [Instant] = []
    site.world.at(.start + .seconds(2)) { world in
      seen.append(world.now)
      world.at(.start + .seconds(3)) { seen.append($0.now) }
    }
    site.world.at(.start + .seconds(1)) { seen.append($0.now) }
    try site.world.run(for: .seconds(10))
    #expect(seen == [1, 2, 3].map { .start + .seconds($0) })
  }

  @Test func aProgramThatIsStartedLaterStartsAtItsInstant() throws {
    let site = Site(seed: 1, CableSettings(delay: .milliseconds(10)))
    site.world.run(Answerer("10.0.0.2:9", sends: 10), on: site.server)
    var caller: ProgramReference<Caller>?
    site.world.at(.start + .seconds(5)) {
      caller = $0.run(Caller(to: "10.0.0.2:9", sends: 10), on: site.client)
    }
    try site.world.runUntilQuiet()
    let reference = try #require(caller)
    let ended = site.world.program(reference).endedAt
    // ARP, the handshake, and the streams with their ends: three round trips.
    #expect(ended == .start + .milliseconds(5_060))
    // A clock that had stood still would have measured five seconds.
    let round = (1...site.world.eventCount).compactMap { site.world.event($0) }
      .filter { $0.kind == .roundTripMeasured }.map(\.a)
    #expect(!round.isEmpty && round.allSatisfy { $0 <= 50_000_000 })
  }

  @Test func anInputIsAnsweredAtItsInstant() throws {
    let site = Site(seed: 1)
    let echo = site.world.run(EchoServer(port: 7), on: site.server)
    let before = site.server.host.endpointCount
    site.world.input([UInt8(1)].span.bytes, to: echo)
    #expect(before == 1 && site.server.host.endpointCount == 0)
  }

  @Test func settingsOfACableMayChangeWhileItRuns() throws {
    let site = Site(seed: 3, CableSettings(delay: .milliseconds(5)))
    let answerer = site.world.run(Answerer("10.0.0.2:9", sends: 0), on: site.server)
    site.world.run(Caller(to: "10.0.0.2:9", sends: 3_000_000), on: site.client)
    site.world.advance(to: .start + .milliseconds(60))
    site.world.withCable(site.cable) { $0.settings.loss = 1 }
    site.world.advance(to: .start + .seconds(5))
    let stalled = site.world.program(answerer).talks.first?.received ?? 0
    site.world.withCable(site.cable) { $0.settings.loss = 0 }
    #expect(try site.world.runUntilQuiet())
    #expect(stalled > 0 && stalled < 3_000_000 && site.world.program(answerer).isDone)
  }

  @Test func aWorldCanGoWhileEverythingIsUnderWay() throws {
    var kept: WorldHost?
    for milliseconds in [1, 16, 31, 47, 200, 2_000] {
      let site = Site(seed: 4, WorldTests.bad)
      site.world.run(Answerer("10.0.0.2:9", sends: 5_000_000), on: site.server)
      site.world.run(Caller(to: "10.0.0.2:9", sends: 5_000_000), on: site.client)
      site.world.advance(to: .start + .milliseconds(Int64(milliseconds)))
      // A host that somebody holds outlives its world, but not what it held of it.
      kept = site.client
    }
    #expect(kept?.host.endpointCount == 0)
  }

  @Test func aFrameCanBePutOnACable() throws {
    let site = Site(seed: 1, CableSettings(delay: .milliseconds(5)))
    final class Counter: FrameObserver {
      var arrived: [Instant] = []
      func arrived(_ frame: RawSpan, at node: WorldHost, now: Instant) {
        if node.name == "server" { arrived.append(now) }
      }
    }
    let counter = Counter()
    site.world.observers.append(counter)
    let frame = [UInt8](repeating: 0xff, count: 60)
    let isOn = site.world.inject(frame.span.bytes, onto: site.cable, from: 0)
    let isTooLarge = !site.world.inject(
      [UInt8](repeating: 0, count: 70_000).span.bytes, onto: site.cable, from: 0)
    #expect(isOn && isTooLarge)
    #expect(try site.world.runUntilQuiet())
    #expect(counter.arrived == [.start + .milliseconds(5)])
  }

  /// Two connections hold more than all buffers together, if they are let.
  @Test(arguments: [12, 40, 200]) func fewBuffersMakeItSlowAndNoMore(_ frames: Int) throws {
    let world = World(seed: 2, frames: frames, largeFrames: 0)
    let client = world.host("client", AddressPrefix("10.0.0.1/24")!)
    let server = world.host("server", AddressPrefix("10.0.0.2/24")!)
    world.cable(client, server, CableSettings(delay: .milliseconds(10), rate: 50_000_000, reorder: 0.05))
    let leftovers = Leftovers()
    leftovers.watch(world)
    let answerer = world.run(Answerer("10.0.0.2:9", sends: 200_000, connections: 2), on: server)
    let callers = (0..<2).map { _ in world.run(Caller(to: "10.0.0.2:9", sends: 200_000), on: client) }
    #expect(try world.runUntilQuiet(limit: .seconds(20_000)))
    #expect(world.program(answerer).isDone)
    for caller in callers { #expect(world.program(caller).isDone, "\(world.program(caller))") }
  }

  @Test func onlyTheLastEventsAreKept() throws {
    let world = World(seed: 2, events: 64)
    let client = world.host("client", AddressPrefix("10.0.0.1/24")!)
    let server = world.host("server", AddressPrefix("10.0.0.2/24")!)
    world.cable(client, server)
    world.run(Answerer("10.0.0.2:9", sends: 20_000), on: server)
    world.run(Caller(to: "10.0.0.2:9", sends: 20_000), on: client)
    try world.runUntilQuiet()
    let count = world.eventCount
    #expect(count > 100 && world.event(count) != nil && world.event(count - 63) != nil)
    #expect(world.event(count - 64) == nil && world.event(count + 1) == nil && world.event(0) == nil)
  }

  /// A timer that is set from outside.
  struct Alarm: Program {
    var nextDeadline: Instant
    var rings: [Instant] = []
    mutating func start(_ sockets: some SocketCalls) {}
    mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {}
    mutating func expire(_ sockets: some SocketCalls) {
      rings.append(nextDeadline)
      nextDeadline = .never
    }
  }

  @Test func theAgendaForgetsWhatWasOvertaken() throws {
    let site = Site(seed: 1)
    let far = Instant.start + .seconds(7_200)
    let late = site.world.run(Alarm(nextDeadline: far), on: site.client)
    let early = site.world.run(Alarm(nextDeadline: .never), on: site.client)
    var acted = false
    site.world.at(far) { _ in acted = true }
    var most = 0
    for _ in 0..<1_000 {
      let due = site.world.now + .milliseconds(1)
      site.world.withProgram(early) { $0.nextDeadline = due }
      try site.world.run(for: .milliseconds(2))
      most = max(most, site.world.agendaCount)
    }
    #expect(most > 60 && most <= 2 * 3 + 1 + World.agendaSlack)
    #expect(site.world.program(early).rings.count == 1_000)
    #expect(try site.world.runUntilQuiet(limit: .seconds(10_000)))
    #expect(site.world.program(late).rings == [far] && acted)
  }

  // MARK: what cannot go on

  /// A timer that is always due.
  struct Impatient: Program {
    mutating func start(_ sockets: some SocketCalls) {}
    mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {}
    var nextDeadline: Instant { .start + .seconds(1) }
  }

  /// Sends itself a datagram for every datagram.
  struct Narcissus: Program {
    var socket: Descriptor?

    mutating func start(_ sockets: some SocketCalls) {
      socket = try? sockets.socket(.datagram)
      try? sockets.bind(socket!, to: SocketAddress("10.0.0.1:5")!)
      try? sockets.send(socket!, [UInt8(1)].span.bytes, to: SocketAddress("10.0.0.1:5")!)
    }

    mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
      var byte: [UInt8] = [0]
      var span = byte.mutableSpan
      var target = span.mutableBytes
      while (try? sockets.receive(event.descriptor, into: &target)) != nil {
        try? sockets.send(event.descriptor, [UInt8(1)].span.bytes, to: SocketAddress("10.0.0.1:5")!)
      }
    }
  }

  @Test func aTimerThatIsAlwaysDueIsAStandstill() throws {
    let site = Site(seed: 1)
    site.world.mostRoundsAnInstant = 1_000
    site.world.run(Impatient(), on: site.client)
    #expect(throws: CheckFailure.self) { try site.world.run(for: .seconds(10)) }
    #expect(site.world.now == .start + .seconds(1))
    #expect(site.world.standstill?.description.hasPrefix("the world stands still at 1 s") == true)
    #expect(throws: CheckFailure.self) { try site.world.runUntilQuiet() }
  }

  @Test func aProgramThatAnswersItselfIsAStandstillAndNamed() throws {
    let site = Site(seed: 1)
    site.world.mostRoundsAnInstant = 1_000
    site.world.run(Narcissus(), on: site.client)
    #expect(throws: CheckFailure.self) { try site.world.run(for: .seconds(10)) }
    #expect(site.world.standstill?.description.contains("client answers itself") == true)
  }
}
