import StrataBase
import StrataInternet
import StrataLink
import StrataSimulator
import StrataSockets
import StrataStack
import StrataWire
import Testing

/// Two hosts and two routers in a row; the link between the routers takes less at once than the others.
@Suite struct RouterTests {
  private struct Network {
    let world: World
    let left: WorldHost
    let right: WorldHost
    let near: WorldHost
    let far: WorldHost

    init(seed: UInt64, middle: CableSettings) {
      world = World(seed: seed)
      var settings = HostSettings()
      settings.internet.forwards = true
      left = world.host("left", AddressPrefix("10.0.0.2/24")!)
      near = world.host("near", AddressPrefix("10.0.0.1/24")!, settings: settings)
      far = world.host("far", AddressPrefix("10.0.1.2/24")!, settings: settings)
      right = world.host("right", AddressPrefix("10.0.2.2/24")!)
      let cable = CableSettings(delay: .milliseconds(1))
      world.cable(left, near, cable)
      world.cable(near, far, middle)
      world.cable(far, right, cable)
      near.host.configure(1, address: AddressPrefix("10.0.1.1/24")!)
      near.host.configure(0, address: near.address)
      far.host.configure(1, address: AddressPrefix("10.0.2.1/24")!)
      far.host.configure(0, address: far.address)
      let all = AddressPrefix("0.0.0.0/0")!
      left.host.addRoute(to: all, gateway: Address("10.0.0.1")!, interface: 0)
      right.host.addRoute(to: all, gateway: Address("10.0.2.1")!, interface: 0)
      near.host.addRoute(to: AddressPrefix("10.0.2.0/24")!, gateway: Address("10.0.1.2")!, interface: 1)
      far.host.addRoute(to: AddressPrefix("10.0.0.0/24")!, gateway: Address("10.0.1.1")!, interface: 0)
    }

    func mtu(from node: WorldHost, to address: String) -> Int? {
      node.host.withInternet { $0.path(to: Address(address)!)?.mtu }
    }
  }

  @Test(arguments: 1...10 as ClosedRange<UInt64>)
  func aStreamFindsTheNarrowLinkOnItsWay(seed: UInt64) throws {
    var middle = CableSettings(delay: .milliseconds(5), loss: seed % 2 == 0 ? 0.02 : 0, mtu: 1_000)
    if seed % 3 == 0 { middle.reorder = 0.05 }
    let network = Network(seed: seed, middle: middle)
    let delivery = DeliveryChecker()
    delivery.watch(network.world)
    let count = 200_000
    let answerer = network.world.run(Answerer("10.0.2.2:9", sends: count), on: network.right)
    let caller = network.world.run(Caller(to: "10.0.2.2:9", sends: count), on: network.left)
    try network.world.runUntilQuiet(limit: .seconds(3_000))
    #expect(network.world.program(caller).isDone && network.world.program(answerer).isDone)
    #expect(delivery.checked == UInt64(2 * count))
    let errors = network.near.host.withInternet { $0.counters.errorsSent }
    #expect(errors > 0, "the router said that it takes less")
    let dropped = network.near.host.withInternet { $0.counters[.tooLong] }
    #expect(dropped < 60, "it had to say so of the first windows only")
  }

  @Test func aStreamWithoutLossIsHardlySlowedByTheDiscovery() throws {
    let network = Network(seed: 1, middle: CableSettings(delay: .milliseconds(5), mtu: 1_000))
    let answerer = network.world.run(Answerer("10.0.2.2:9", sends: 0), on: network.right)
    let caller = network.world.run(Caller(to: "10.0.2.2:9", sends: 100_000), on: network.left)
    try network.world.run(for: .milliseconds(400))
    #expect(
      network.world.program(caller).isDone || network.world.program(answerer).talks.first?.received == 100_000
    )
    #expect(network.mtu(from: network.left, to: "10.0.2.2") == 1_000)
  }

  @Test func datagramsGoThroughInPiecesOnceThePathIsKnown() throws {
    let network = Network(seed: 1, middle: CableSettings(delay: .milliseconds(5), mtu: 1_000))
    let sink = network.world.run(DatagramSink("10.0.2.2:53"), on: network.right)
    let sender = network.world.run(
      DatagramSender(to: "10.0.2.2:53", sizes: [900, 1_400, 1_400, 5_000, 65_507, 65_508]), on: network.left)
    try network.world.run(for: .seconds(20))
    // The first long one may not be cut and does not arrive; its sender is told.
    #expect(network.world.program(sink).sizes == [900, 1_400, 5_000, 65_507])
    #expect(network.world.program(sender).errors == [.messageTooLong, .messageTooLong])
    #expect(network.mtu(from: network.left, to: "10.0.2.2") == 1_000)
    try network.world.run(for: .seconds(600))
    #expect(network.mtu(from: network.left, to: "10.0.2.2") == 1_500, "forgotten after ten minutes")
  }

  @Test func whereNobodyListensTheSenderIsTold() throws {
    let network = Network(seed: 1, middle: CableSettings())
    let sender = network.world.run(DatagramSender(to: "10.0.2.2:99", sizes: [1, 1]), on: network.left)
    try network.world.run(for: .seconds(20))
    #expect(network.world.program(sender).errors == [.connectionRefused, .connectionRefused])
  }

  @Test func aLoopOfRoutesEndsWithTheTimeToLive() throws {
    let network = Network(seed: 1, middle: CableSettings())
    network.far.host.addRoute(to: AddressPrefix("10.9.0.0/16")!, gateway: Address("10.0.1.1")!, interface: 0)
    network.near.host.addRoute(to: AddressPrefix("10.9.0.0/16")!, gateway: Address("10.0.1.2")!, interface: 1)
    let sender = network.world.run(DatagramSender(to: "10.9.9.9:9", sizes: [10]), on: network.left)
    try network.world.run(for: .seconds(20))
    #expect(network.world.program(sender).errors == [.hostUnreachable])
    let passed = network.near.host.withInternet { $0.counters.forwarded }
    let back = network.far.host.withInternet { $0.counters.forwarded }
    #expect(passed + back == 63 + 1, "each hop once, and the answer")
  }
}
