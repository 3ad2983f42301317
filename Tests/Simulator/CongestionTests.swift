import StrataBase
import StrataLink
import StrataSimulator
import StrataStack
import StrataTransport
import StrataWire
import Testing

/// Many connections, one line: what congestion control makes of it.
@Suite struct CongestionTests {
  /// Two hosts on a line of 20 Mbit/s.
  static func world(
    _ choice: CongestionChoice = .cubic, ecn: Bool = false, markAt: Int? = nil, queue: Int = 40,
    seed: UInt64 = 7,
    loss: Double = 0
  ) -> (World, client: WorldHost, server: WorldHost, cable: Int) {
    let world = World(seed: seed)
    var settings = HostSettings()
    settings.tcp.congestion = choice
    settings.tcp.ecn = ecn
    let client = world.host("client", "10.0.0.1/24", settings: settings)
    let server = world.host("server", "10.0.0.2/24", settings: settings)
    let cable = world.cable(
      client, server,
      CableSettings(delay: .milliseconds(10), rate: 20_000_000, queue: queue, markAt: markAt, loss: loss))
    return (world, client, server, cable)
  }

  @Test(arguments: CongestionChoice.allCases, ["10.0.0", "fd00:"])
  func marksTakeThePlaceOfLosses(choice: CongestionChoice, family: String) throws {
    let world = World(seed: 7)
    var settings = HostSettings()
    settings.tcp.congestion = choice
    settings.tcp.ecn = true
    let isV4 = family == "10.0.0"
    let client = world.host("client", isV4 ? "10.0.0.1/24" : "fd00::1/64", settings: settings)
    let server = world.host("server", isV4 ? "10.0.0.2/24" : "fd00::2/64", settings: settings)
    let cable = world.cable(
      client, server,
      CableSettings(delay: .milliseconds(10), rate: 20_000_000, queue: 400, markAt: 20))
    let name = isV4 ? "10.0.0.2:9" : "[fd00::2]:9"
    world.run(Answerer(name, sends: 0), on: server)
    let caller = world.run(Caller(to: name, sends: 6_000_000), on: client)
    #expect(try world.runUntilQuiet())
    #expect(world.program(caller).isDone)
    let counters = world.withCable(cable) { $0.counters(from: 0) }
    #expect(counters.marked > 10 && counters.lost == 0)
    // 6 MB at 20 Mbit/s are 2.5 s with headers: the line was never idle for long.
    let ended = world.program(caller).endedAt ?? .never
    #expect(ended < .start + .milliseconds(3_200), "ended \(ended)")
  }
}

extension CongestionTests {
  /// What each of so many flows got over one line within five seconds, after two to begin.
  static func shares(_ flows: Int, _ choice: CongestionChoice) throws -> [Int] {
    let world = World(seed: UInt64(flows))
    var settings = HostSettings()
    settings.tcp.congestion = choice
    let client = world.host("client", "10.0.0.1/24", settings: settings)
    let server = world.host("server", "10.0.0.2/24", settings: settings)
    // The queue takes all first windows at once, or SYNs would be lost and their flows begin seconds later.
    world.cable(
      client, server, CableSettings(delay: .milliseconds(10), rate: 40_000_000, queue: 60 + 12 * flows))
    let answerer = world.run(Answerer("10.0.0.2:9", sends: 0, connections: flows + 1), on: server)
    // One asks for the server's hardware address; packets of many would not all wait for it.
    world.run(Caller(to: "10.0.0.2:9", sends: 1), on: client)
    world.advance(to: .start + .seconds(1))
    for _ in 0..<flows { world.run(Caller(to: "10.0.0.2:9", sends: 1 << 40), on: client) }
    world.advance(to: .start + .seconds(3))
    let before = world.program(answerer).talks.dropFirst().map(\.received)
    world.advance(to: .start + .seconds(8))
    let after = world.program(answerer).talks.dropFirst().map(\.received)
    #expect(before.count == flows && after.count == flows)
    return zip(after, before).map { $0 - $1 }
  }

  /// Jain's index: 1 where all get the same, 1/n where one gets all.
  @Test(arguments: [2, 4, 8, 16, 32, 64], CongestionChoice.allCases)
  func flowsShareALineFairly(flows: Int, choice: CongestionChoice) throws {
    let shares = try Self.shares(flows, choice).map(Double.init)
    let sum = shares.reduce(0, +)
    let index = sum * sum / (Double(flows) * shares.reduce(0) { $0 + $1 * $1 })
    // 5 s at 40 Mbit/s are 25 MB; headers take a twentieth.
    #expect(sum > 0.9 * 25_000_000 * 0.95, "the line was idle: \(sum)")
    #expect(index > 0.7, "Jain's index \(index)")
    #expect(shares.min() ?? 0 > sum / Double(flows) / 10, "somebody starves")
  }
}
