import StrataBase
import StrataSockets
import Testing

@testable import StrataSimulator

@Suite struct ScenarioTests {
  typealias Notes = NetworkTests.Notes

  static let text = """
    # Two networks and a router between them.
    seed 7
    duration 4900ms
    switch left
    switch right
    router gate
    host client 10.1.0.7/24
    host server 10.2.0.7/24   # it answers
    cable client left delay 1ms
    cable server right delay 1ms loss 0% rate 100Mbit queue 50
    cable gate@10.1.0.1/24,fd01::1/64 left
    cable gate@10.2.0.1/24 right mtu 1400
    at 1900ms partition client server
    at 2900ms heal client server

    at 3900ms change server right loss 100%
    """

  @Test func aTextIsAWorldAndWhatBefallsIt() throws {
    let scenario = try Scenario(Self.text)
    #expect(scenario.seed == 7 && scenario.duration == .milliseconds(4_900))
    let world = World(scenario)
    let notes = Notes()
    let server = try #require(world.host(named: "server")), client = try #require(world.host(named: "client"))
    world.boot(server, NetworkTests.greeter)
    world.boot(client, NetworkTests.asker("10.2.0.7:7", notes))
    try world.run(scenario)
    #expect(notes.all == ["1 [1]", "2 silence", "3 [1]", "4 silence"])
  }

  @Test(arguments: [
    ("host", "line 1: give it a name"),
    ("\nhost a\nhost a", "line 3: a is there already"),
    ("host a 10.0.0.1", "line 1: write an address like 10.0.0.1/24 or fd00::1/64, not 10.0.0.1"),
    ("seed -1", "line 1: write a whole number, not -1"),
    ("duration 60", "line 1: write a time like 5ms, 200us or 1.5s, not 60"),
    ("hosts a", "line 1: begin with seed, duration, host, router, switch, cable or at, not hosts"),
    ("host a\ncable a s", "line 2: name a place of a line above; s is none"),
    ("switch s\nhost a\ncable a s@10.0.0.1/24", "line 3: s is a switch: it has no addresses"),
    ("host a\nat 3s crash a during 1s", "line 2: write crash a for 1s, or crash a alone"),
    ("host a\nat 3s partition a", "line 2: name a host"),
    ("host a\nhost b\nat 3s heal a b c", "line 3: c is one word too many here"),
    ("host a\nat 3s change a", "line 2: say what changes, like loss 20%"),
    (
      "host a\nat 3s change a loss 120%",
      "line 2: write a share like 1% or 0.01, from 0% to 100%, not 120%"
    ),
    (
      "host a\nat 3s change a speed 1",
      "line 2: a cable has delay, jitter, loss, reorder, duplicate, corrupt, rate, queue and mtu, not speed"
    ),
    (
      "host a\nat 3s explode a",
      "line 2: what can happen is partition, heal, crash, restart, stop, change, unplug or replug, "
        + "not explode"
    ),
  ])
  func whatIsWrongIsSaidWithItsLine(text: String, sentence: String) {
    let error = #expect(throws: ScenarioError.self) { try Scenario(text) }
    #expect(error?.description == sentence)
  }

  @Test func everyEventHasItsWords() throws {
    let world = World(
      try Scenario(
        """
        host a
        host b
        at 1s crash a for 1s
        at 1s stop b
        at 2s restart b
        at 3s unplug a
        at 4s replug a switch
        at 5s change switch delay 5ms jitter 1ms reorder 1% duplicate 1% corrupt 1% rate 1Mbit
        """))
    try world.run(for: .seconds(10))
    #expect(world.hosts.map(\.boot) == [2, 2])
    let cable = world.withCable(0) { ($0.settings.delay, $0.settings.rate, $0.isUnplugged) }
    #expect(cable == (.milliseconds(5), 1_000_000, false))
  }
}
