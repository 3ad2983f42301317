import StrataBase
import StrataLink
import StrataSimulator
import StrataStack
import StrataWire

/// A client and a server with a row of routers between them, and a cable for each step.
///
/// ```text
/// client 10.0.0.1 ══ 10.0.0.254 router 10.0.1.1 ══ 10.0.1.2 server
///         fd00::1 ══ fd00::fe          fd00:0:0:1::1 ══ fd00:0:0:1::2
/// ```
struct RouterRow {
  let world: World
  let client: WorldHost
  let server: WorldHost

  init(seed: UInt64, routers count: Int, cable: CableSettings) {
    let world = World(seed: seed)
    var settings = HostSettings()
    settings.internet.forwards = true
    client = world.host("client", Self.address(0, 1, v6: false), Self.address(0, 1, v6: true))
    let routers = (0..<count).map {
      world.host("router\($0 + 1)", Self.address($0, 254, v6: false), settings: settings)
    }
    server = world.host("server", Self.address(count, 2, v6: false), Self.address(count, 2, v6: true))
    let row = [client] + routers + [server]
    for (near, far) in zip(row, row.dropFirst()) { world.cable(near, far, cable) }
    self.world = world
    for (number, router) in routers.enumerated() { Self.configure(router.host, number, of: count) }
    guard count > 0 else { return }
    for isV6 in [false, true] {
      let all = AddressPrefix(isV6 ? .any : .anyV4, length: 0)
      client.host.addRoute(to: all, gateway: Self.address(0, 254, v6: isV6).address, interface: 0)
      server.host.addRoute(to: all, gateway: Self.address(count, 1, v6: isV6).address, interface: 0)
    }
  }

  /// What a router knows: its own two networks, those before it one by one, and everything else behind.
  private static func configure(_ host: Host, _ number: Int, of count: Int) {
    host.configure(1, address: address(number + 1, 1, v6: false))
    host.configure(0, address: address(number, 254, v6: false))
    host.addAddress(address(number, 254, v6: true), to: 0)
    host.addAddress(address(number + 1, 1, v6: true), to: 1)
    for isV6 in [false, true] {
      for network in 0..<number {
        let prefix = address(network, 0, v6: isV6)
        host.addRoute(to: prefix, gateway: address(number, 1, v6: isV6).address, interface: 0)
      }
      guard number + 1 < count else { continue }
      let all = AddressPrefix(isV6 ? .any : .anyV4, length: 0)
      host.addRoute(to: all, gateway: address(number + 1, 254, v6: isV6).address, interface: 1)
    }
  }

  /// The address of the client or the server by its name; nil for other names.
  static func address(of name: String, routers count: Int, isV6: Bool) -> Address? {
    switch name {
    case "client": address(0, 1, v6: isV6).address
    case "server": address(count, 2, v6: isV6).address
    default: nil
    }
  }

  /// The address of a host in a network of the row.
  private static func address(_ network: Int, _ host: Int, v6: Bool) -> AddressPrefix {
    if !v6 { return AddressPrefix(Address("10.0.\(network).\(host)")!, length: 24) }
    let hex = String(host, radix: 16)
    let text = network == 0 ? "fd00::\(hex)" : "fd00:0:0:\(String(network, radix: 16))::\(hex)"
    return AddressPrefix(Address(text)!, length: 64)
  }
}
