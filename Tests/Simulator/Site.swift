import StrataBase
import StrataLink
import StrataSimulator
import StrataStack
import StrataWire

/// A client and a server on one cable, and the checkers that belong in every simulation.
struct Site {
  let world: World
  let client: WorldHost
  let server: WorldHost
  let cable: Int
  let delivery = DeliveryChecker()
  let window = WindowChecker()
  let leftovers = Leftovers()

  init(
    seed: UInt64, _ cable: CableSettings = CableSettings(delay: .milliseconds(5)),
    settings: HostSettings = HostSettings(), isIPv6: Bool = false
  ) {
    let (first, second) = isIPv6 ? ("fd00::1/64", "fd00::2/64") : ("10.0.0.1/24", "10.0.0.2/24")
    world = World(seed: seed)
    client = world.host("client", AddressPrefix(first)!, settings: settings)
    server = world.host("server", AddressPrefix(second)!, settings: settings)
    self.cable = world.cable(client, server, cable)
    delivery.watch(world)
    window.watch(world)
    leftovers.watch(world)
  }
}
