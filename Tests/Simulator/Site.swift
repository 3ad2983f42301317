import StrataBase
import StrataLink
import StrataSimulator
import StrataStack
import StrataWire

/// A client and a server on one cable, and the checkers that belong in every simulation.
struct Site {
  let world: World
  let client: Node
  let server: Node
  let cable: Int
  let delivery = DeliveryChecker()
  let window = WindowChecker()
  let leftovers = Leftovers()

  init(
    seed: UInt64, _ cable: CableSettings = CableSettings(delay: .milliseconds(5)),
    settings: HostSettings = HostSettings()
  ) {
    world = World(seed: seed)
    client = world.host("client", AddressPrefix("10.0.0.1/24")!, settings: settings)
    server = world.host("server", AddressPrefix("10.0.0.2/24")!, settings: settings)
    self.cable = world.cable(client, server, cable)
    delivery.watch(world)
    window.watch(world)
    leftovers.watch(world)
  }
}
