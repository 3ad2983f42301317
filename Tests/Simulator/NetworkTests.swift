import StrataBase
import StrataLink
import StrataSockets
import StrataWire
import Testing

@testable import StrataSimulator

/// Switches, routers and what comes between hosts.
@Suite struct NetworkTests {
  /// Answers one byte to whoever connects.
  static let greeter: @Sendable (HostNetwork) async throws -> Void = { net in
    let listener = try net.listen(port: 7)
    while true { try await listener.accept().write([1]) }
  }

  /// What came of asking, with the seconds at which it came.
  final class Notes: @unchecked Sendable { var all: [String] = [] }

  /// Asks once a second, and notes whether an answer came within half a second.
  static func asker(_ address: String, _ notes: Notes) -> @Sendable (HostNetwork) async throws -> Void {
    { net in
      let start = net.clock.now
      for second in 1... {
        try await net.clock.sleep(until: start.advanced(by: .seconds(second)))
        let until = net.calls.now + .milliseconds(500)
        do {
          let socket = try await net.connect(to: SocketAddress(address)!, until: until)
          let answer = try await socket.read(atMost: 1, until: until)
          notes.all.append("\(second) \(answer)")
        } catch {
          notes.all.append("\(second) \(error as? SocketError == .timedOut ? "silence" : "\(error)")")
        }
      }
    }
  }

  @Test func aSwitchLearnsWhereHostsAreAndFloodsWhatItDoesNotKnow() throws {
    let world = World(seed: 1)
    let notes = Notes()
    world.host("server", boot: Self.greeter)
    world.host("client", boot: Self.asker("10.0.0.1:7", notes))
    for number in 0..<5 { world.host("other\(number)") }
    try world.run(for: .milliseconds(3_900))
    #expect(notes.all == ["1 [1]", "2 [1]", "3 [1]"])
    let lan = try #require(world.switches.first)
    #expect(lan.counters.flooded > 0 && lan.counters.forwarded > 10)
    #expect(lan.addressCount == 7, "all have said something")
  }

  @Test func aFullSwitchFloodsTheFramesOfThoseItCouldNotLearn() throws {
    var table = HardwareTable(capacity: 2)
    let addresses = (1...3).map { HardwareAddress(2, 0, 0, 0, 0, UInt8($0)) }
    for (port, address) in addresses.enumerated() { table.learn(address, at: port, now: .start) }
    #expect(table.count == 2 && table.port(of: addresses[2], now: .start) == nil)
    #expect(table.port(of: addresses[1], now: .start) == 1)
    let later = Instant.start + HardwareTable.age
    #expect(table.port(of: addresses[1], now: later) == nil, "it has aged")
    table.learn(addresses[2], at: 2, now: later)
    #expect(table.count == 1 && table.port(of: addresses[2], now: later) == 2)
    table.learn(.broadcast, at: 0, now: later)
    #expect(table.count == 1, "groups are nowhere")
  }

  @Test func aCircleOfSwitchesIsRefusedByName() throws {
    let world = World(seed: 1)
    let (a, b, c) = (world.switch("s1"), world.switch("s2"), world.switch("s3"))
    world.cable(a, b)
    world.cable(b, c)
    try world.run(for: .seconds(1))
    world.cable(c, a)
    world.cable(world.host("x", "10.9.0.1/24"), a)
    let failure = #expect(throws: CheckFailure.self) { try world.run(for: .seconds(1)) }
    #expect(failure?.description.hasPrefix("a cable from s3 to s1 closes a circle of switches") == true)
  }

  /// Two lans and two routers between them; IPv4 and IPv6.
  private func routed(_ address: String, _ notes: Notes) -> World {
    let world = World(seed: 3)
    let (left, right) = (world.switch("left"), world.switch("right"))
    let (near, far) = (world.router("near"), world.router("far"))
    world.cable(near.at("10.1.0.1/24", "fd01::1/64"), left)
    world.cable(near.at("10.3.0.1/24", "fd03::1/64"), far.at("10.3.0.2/24", "fd03::2/64"))
    world.cable(far.at("10.2.0.1/24", "fd02::1/64"), right)
    world.cable(world.host("client", "10.1.0.7/24", "fd01::7/64", boot: Self.asker(address, notes)), left)
    world.cable(world.host("server", "10.2.0.7/24", "fd02::7/64", boot: Self.greeter), right)
    return world
  }

  @Test(arguments: ["10.2.0.7:7", "[fd02::7]:7"])
  func routersKnowTheWaysBetweenNetworks(address: String) throws {
    let notes = Notes()
    try routed(address, notes).run(for: .milliseconds(2_900))
    #expect(notes.all == ["1 [1]", "2 [1]"])
  }

  @Test(arguments: ["10.2.0.7:7", "[fd02::7]:7"])
  func aPartitionPartsItsTwoHostsAcrossRoutersAndNoOthers(address: String) throws {
    let notes = Notes(), others = Notes()
    let world = routed(address, notes)
    let bystander = world.host("bystander", "10.1.0.8/24", "fd01::8/64", boot: Self.asker(address, others))
    world.cable(bystander, world.switches[0])
    world.at(.milliseconds(1_900)) { $0.partition("client", "server") }
    world.at(.milliseconds(3_900)) { $0.heal("server", "client") }
    try world.run(for: .milliseconds(4_900))
    #expect(notes.all == ["1 [1]", "2 silence", "3 silence", "4 [1]"])
    #expect(others.all == ["1 [1]", "2 [1]", "3 [1]", "4 [1]"])
    #expect(world.framesCut(.partition) > 0)
    let told = (1...world.eventCount).compactMap { world.event($0) }.filter { $0.kind == .frameCut }
    #expect(UInt64(told.count) == world.framesCut(.partition))
    let server = try #require(world.hosts.first { $0.name == "server" })
    let client = try #require(world.hosts.first { $0.name == "client" })
    #expect(told.allSatisfy { Int($0.host) == server.number && Int($0.b) == client.number })
  }

  @Test func aPartitionHoldsBackAddressResolutionToo() throws {
    let notes = Notes()
    let world = World(seed: 1)
    world.host("server", boot: Self.greeter)
    world.host("client", boot: Self.asker("10.0.0.1:7", notes))
    world.partition(["server"], ["client"])
    try world.run(for: .milliseconds(2_900))
    #expect(notes.all == ["1 silence", "2 silence"])
    #expect(world.hosts[0].host.withInternet { $0.neighbours.isEmpty })
  }

  @Test func cablesChangeByNameWhileTheyRun() throws {
    let notes = Notes()
    let world = World(seed: 1)
    world.host("server", boot: Self.greeter)
    world.host("client", boot: Self.asker("10.0.0.1:7", notes))
    world.at(.milliseconds(1_900)) { $0.unplug("client", "switch") }
    world.at(.milliseconds(2_900)) { $0.replug("client", "switch") }
    world.at(.milliseconds(3_900)) { $0.change("server") { $0.loss = 1 } }
    world.at(.milliseconds(4_900)) { $0.change("server") { $0.loss = 0 } }
    try world.run(for: .milliseconds(5_900))
    #expect(notes.all == ["1 [1]", "2 silence", "3 [1]", "4 silence", "5 [1]"])
    let lost = world.withCable(1) { $0.counters(from: 0)[.unplugged] }
    #expect(lost > 0)
  }

  @Test func whatIsOnItsWayOnACableIsLostWhenItIsPulledOut() throws {
    let site = Site(seed: 1, CableSettings(delay: .milliseconds(100)))
    let isOn = site.world.inject([UInt8](repeating: 0xff, count: 60).span.bytes, onto: site.cable, from: 0)
    site.world.at(.milliseconds(50)) {
      $0.unplug("client", "server")
      $0.replug("client", "server")
    }
    try site.world.run(for: .seconds(1))
    let counters = site.world.withCable(site.cable) { $0.counters(from: 0) }
    #expect(isOn && counters[.unplugged] == 1 && counters.delivered == 0)
  }

  @Test func aNameThatNothingHasFailsTheRun() throws {
    for action: (World) -> Void in [
      { $0.partition("a", "nobody") }, { $0.crash("nobody") }, { $0.change("nobody") { $0.loss = 1 } },
    ] {
      let world = World(seed: 1)
      world.host("a")
      world.at(.seconds(2), action)
      let failure = #expect(throws: CheckFailure.self) { try world.run(for: .seconds(3)) }
      #expect(failure?.description.contains("nobody, at 2 s") == true)
    }
    let twice = World(seed: 1)
    twice.host("a")
    twice.host("a")
    #expect(throws: CheckFailure.self) { try twice.run(for: .seconds(3)) }
  }
}
