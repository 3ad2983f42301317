import StrataBase
import StrataLink
import StrataSimulator
import StrataSockets
import StrataStack
import StrataWire
import Testing

/// Two hosts that nobody gave an IPv6 address, and the router between them, which advertises one network on
/// each side. The far link takes less than the near one.
@Suite struct AdvertisedNetworkTests {
  private struct Network {
    let world = World(seed: 5)
    let left: WorldHost
    let right: WorldHost
    let router: WorldHost
    /// What the right host makes of its network and its hardware address.
    static let right = "2001:db8:2::ff:fe00:3"

    init() throws {
      var host = HostSettings()
      host.internet.autoconfigures = true
      var between = HostSettings()
      between.internet.forwards = true
      between.internet.advertising = .init()
      left = world.host("left", AddressPrefix("10.0.0.1/24")!, settings: host)
      router = world.host("router", AddressPrefix("10.0.0.2/24")!, settings: between)
      right = world.host("right", AddressPrefix("10.0.0.3/24")!, settings: host)
      world.cable(left, router, CableSettings(delay: .milliseconds(1)))
      world.cable(router, right, CableSettings(delay: .milliseconds(5), mtu: 1_300))
      router.host.addAddress(AddressPrefix("2001:db8:1::1/64")!, to: 0)
      router.host.addAddress(AddressPrefix("2001:db8:2::1/64")!, to: 1)
      try world.run(for: .seconds(30))
    }

    var mtu: Int? { left.host.withInternet { $0.path(to: Address(Network.right)!)?.mtu } }
  }

  @Test func aStreamGoesBetweenHostsThatMadeTheirAddresses() throws {
    let network = try Network(), world = network.world
    let delivery = DeliveryChecker()
    delivery.watch(world)
    let server = "[\(Network.right)]:9"
    let answerer = world.run(Answerer(server, sends: 100_000), on: network.right)
    let caller = world.run(Caller(to: server, sends: 100_000), on: network.left)
    try world.run(for: .seconds(20))
    #expect(world.program(caller).isDone && world.program(answerer).isDone)
    #expect(delivery.checked == 200_000)
    #expect(network.router.host.withInternet { $0.counters.forwarded } > 150)
  }

  @Test func datagramsGoThroughInPiecesOnceTheRouterHasSaidHowLong() throws {
    let network = try Network(), world = network.world
    let sink = world.run(DatagramSink("[\(Network.right)]:53"), on: network.right)
    let sender = world.run(
      DatagramSender(to: "[\(Network.right)]:53", sizes: [900, 1_400, 1_400, 5_000]), on: network.left)
    try world.run(for: .seconds(20))
    #expect(world.program(sink).sizes == [900, 1_400, 5_000])
    #expect(world.program(sender).errors == [.messageTooLong])
    #expect(network.mtu == 1_300)
  }
}
