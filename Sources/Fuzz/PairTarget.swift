import StrataBase
import StrataLink
import StrataSimulator
import StrataSockets
import StrataStack
import StrataTransport
import StrataWire

/// Two hosts, a cable that does what bad cables do, and programs that talk over it: every byte that is
/// read was written there, everything ends, and nothing is left behind.
struct PairTarget: FuzzTarget {
  static let name = "pair"
  static let summary = "two hosts over a bad cable, and programs with whims"

  private var bytes: UInt64 = 0
  private var connections = 0
  private var failures = 0
  private var seconds = 0.0

  init() {}

  mutating func attempt(_ random: inout Random) throws {
    let again = random
    let hash = try run(&random)
    guard random.once(in: 16) else { return }
    var second = again
    let other = try run(&second)
    try check(hash == other, "the same seed gave another run: \(hash) and \(other)")
  }

  private mutating func run(_ random: inout Random) throws -> UInt64 {
    let world = World(seed: random.next(), frames: 16_384, largeFrames: 512, events: 64)
    let scene = Scene(world, &random)
    do {
      try scene.play()
    } catch {
      // It may hold frames, and nobody is interested in how it ends.
      _ = Unmanaged.passRetained(world)
      throw Finding("\(error)\n\(scene.describe)")
    }
    bytes += scene.delivery.checked
    connections += scene.talks.count
    failures += scene.talks.count { $0.error != nil }
    seconds += world.now.nanoseconds > 0 ? Double(world.now.nanoseconds) / 1e9 : 0
    return world.eventHash
  }

  var report: String {
    "\(connections) ends of connections, \(failures) of them failed, \(bytes) bytes right, "
      + "\(Int(seconds)) s of virtual time"
  }

  /// One world with what is in it.
  private final class Scene {
    let world: World
    let nodes: [WorldHost]
    let cable: CableSettings
    let delivery = DeliveryChecker()
    let window = WindowChecker()
    let server: ProgramReference<Talker>
    let client: ProgramReference<Talker>
    /// Nobody has reason to lose a connection.
    let isKind: Bool

    init(_ world: World, _ random: inout Random) {
      self.world = world
      let first = world.host("client", Scene.address(1), settings: Scene.settings(&random))
      let second = world.host("server", Scene.address(2), settings: Scene.settings(&random))
      nodes = [first, second]
      cable = Scene.cable(&random)
      world.cable(first, second, cable)
      delivery.watch(world)
      // It believes what it sees, a window that a flipped bit made too.
      if cable.corrupt == 0 { window.watch(world) }
      let calls = 1 + random.number(4), aborts = random.once(in: 3) ? 1 + random.number(3) : 0
      var plan = Scene.plan(&random, cable)
      plan.calls = calls
      plan.abortsOnceIn = aborts
      plan.asksSilentPeers = aborts > 0 || random.once(in: 4)
      var other = Scene.plan(&random, cable)
      other.port = 7
      other.calls = calls
      other.asksSilentPeers = plan.asksSilentPeers
      if random.coin() { other.abortsOnceIn = aborts }
      isKind = aborts == 0 && cable.loss <= 0.05 && cable.corrupt == 0
      server = world.run(Talker(other, random: random.fork()), on: second)
      client = world.run(Talker(plan, random: random.fork()), on: first)
    }

    var talks: [Talker.Talk] { world.program(client).talks + world.program(server).talks }

    func play() throws {
      try world.run(for: .seconds(20))
      // A lazy reader of much may need long; one that waits for an event that never comes stays.
      var isQuiet = try world.runUntilQuiet(limit: .seconds(40_000))
      try check(isQuiet, "it never became quiet")
      try checkTalks()
      let (client, server) = (client, server)
      world.withProgram(client) { $0.stop(client.sockets) }
      world.withProgram(server) { $0.stop(server.sockets) }
      isQuiet = try world.runUntilQuiet(limit: .seconds(40_000))
      try check(isQuiet, "it never became quiet after the end")
      try checkLeftovers()
    }

    private func checkTalks() throws {
      for program in [world.program(client), world.program(server)] {
        if let mishap = program.mishap { throw Finding(mishap) }
      }
      guard isKind else { return }
      let asked = world.program(client), answered = world.program(server)
      for (talk, peer) in asked.talks.map({ ($0, answered) }) + answered.talks.map({ ($0, asked) }) {
        // Three questions for a neighbour can all be lost.
        if talk.error == .hostUnreachable, cable.loss > 0 { return }
        if let error = talk.error { throw Finding("a connection failed for no reason: \(error)") }
        try check(!talk.isOpen && talk.isAtEnd && talk.isFinished, "a connection stands still: \(talk)")
        try check(talk.read == peer.plan.count, "\(talk.read) of \(peer.plan.count) bytes came")
      }
      try check(
        answered.talks.count == asked.talks.count, "\(answered.talks.count) connections were accepted")
    }

    private func checkLeftovers() throws {
      try check(world.pool.outstanding == 0, "\(world.pool.outstanding) frames are left behind")
      for node in nodes {
        let counts = node.host.withTCP {
          ($0.endpointCount, $0.halfOpenCount, $0.timeWaitCount, $0.hasOutput)
        }
        try check(counts == (0, 0, 0, false), "\(node.name) is left with \(counts)")
        let broken = node.host.withTCP { $0.counters.invariantsBroken }
        try check(broken == 0, "\(broken) invariants broke on \(node.name)")
      }
    }

    var describe: String {
      "\(cable)\n\(world.program(client).plan)\n\(world.program(server).plan)\n\(talks)"
    }

    // MARK: draws

    private static func address(_ number: UInt32) -> AddressPrefix {
      AddressPrefix(Address(v4: 0x0a00_0000 + number), length: 24)
    }

    private static func settings(_ random: inout Random) -> HostSettings {
      var values = TCPSettings.Values()
      values.sendBuffer = random.one(of: [4_096, 20_000, 65_536, 262_144, 1 << 20])
      values.receiveBuffer = random.one(of: [1_000, 4_096, 65_535, 262_144, 1 << 20])
      values.noDelay = random.coin()
      values.windowScaling = !random.once(in: 4)
      values.sack = !random.once(in: 4)
      values.timestamps = random.coin()
      values.maximumSegmentSize = random.once(in: 5) ? 100 + random.number(1_400) : nil
      var settings = HostSettings()
      settings.tcp = TCPSettings(values)
      settings.connections = 64
      return settings
    }

    private static func cable(_ random: inout Random) -> CableSettings {
      var cable = CableSettings(delay: .microseconds(Int64(random.size(50_000))))
      if random.coin() { cable.jitter = .microseconds(Int64(random.size(5_000))) }
      if random.coin() { cable.loss = random.one(of: [0.001, 0.01, 0.05, 0.2]) }
      if random.once(in: 3) { cable.duplicate = random.one(of: [0.01, 0.1]) }
      if random.once(in: 3) { cable.reorder = random.one(of: [0.01, 0.1, 0.5]) }
      if random.once(in: 4) { cable.corrupt = random.one(of: [0.001, 0.03]) }
      if random.once(in: 3) { cable.rate = UInt64(random.one(of: [1_000_000, 10_000_000, 1_000_000_000])) }
      if random.once(in: 4) { cable.queue = random.one(of: [4, 20, 100]) }
      cable.reorderDelay = .microseconds(Int64(1 + random.size(20_000)))
      if random.once(in: 5) { cable.superFrames = true }
      if random.once(in: 6) { cable.mtu = random.one(of: [296, 576, 1_006]) }
      return cable
    }

    private static func plan(_ random: inout Random, _ cable: CableSettings) -> Talker.Plan {
      var plan = Talker.Plan()
      plan.count = random.size(random.one(of: [10, 5_000, 100_000, 300_000]))
      plan.piece = random.one(of: [1, 10, 1_000, 1_460, 16_384])
      plan.readPiece = random.one(of: [1, 100, 4_096, 65_536])
      if plan.piece < 100 || plan.readPiece < 10 { plan.count = min(plan.count, 3_000) }
      plan.pause = random.once(in: 3) ? .microseconds(Int64(10 + random.size(30_000))) : nil
      plan.noDelay = random.coin()
      return plan
    }
  }
}
