import StrataWire

/// Finds the routes of a world's hosts over its routers, as its owner would write them by hand: a host
/// sends what is not for its own network to the first router there, and a router sends what is for a
/// network to the next router on the shortest way.
struct RoutePlan {
  /// An interface of a host on one link.
  private struct Station {
    let host: WorldHost
    let interface: Int
    var addresses: [AddressPrefix] { host.ports[interface].addresses }
  }

  /// By link: a number that all cables share which switches join.
  private var links: [Int: [Station]] = [:]

  /// `link` gives the link of a cable.
  init(_ hosts: [WorldHost], link: (Int) -> Int) {
    for host in hosts {
      for (interface, port) in host.ports.enumerated() {
        links[link(port.cable), default: []].append(Station(host: host, interface: interface))
      }
    }
    for host in hosts {
      if host.isRouter { planRouter(host, link) } else { planHost(host, link) }
    }
  }

  private func planHost(_ host: WorldHost, _ link: (Int) -> Int) {
    for isV4 in [true, false] {
      for (interface, port) in host.ports.enumerated() {
        let neighbours = links[link(port.cable)] ?? []
        guard let gateway = RoutePlan.gateway(from: port.addresses, to: neighbours, isV4) else { continue }
        host.addRoute(to: RoutePlan.everywhere(isV4), gateway: gateway, interface: interface)
        break
      }
    }
  }

  private static func everywhere(_ isV4: Bool) -> AddressPrefix {
    AddressPrefix(isV4 ? .anyV4 : .any, length: 0)
  }

  /// The address of the first router among these that shares a network with ours.
  private static func gateway(
    from own: [AddressPrefix], to stations: [Station], _ isV4: Bool
  ) -> Address? {
    for station in stations where station.host.isRouter {
      if let address = shared(own, station.addresses, isV4) { return address }
    }
    return nil
  }

  private static func shared(_ own: [AddressPrefix], _ others: [AddressPrefix], _ isV4: Bool) -> Address? {
    others.first { other in
      other.address.isV4 == isV4 && own.contains { $0.contains(other.address) }
    }?.address
  }

  /// Breadth first from the router's own links: who is found first is on a shortest way.
  private func planRouter(_ router: WorldHost, _ link: (Int) -> Int) {
    struct Way {
      let link: Int
      /// Of the first router on the way; nil on a link of our own.
      let gateways: (v4: Address?, v6: Address?)?
      let interface: Int
    }
    var seenLinks: Set<Int> = [], seenRouters: Set = [router.number]
    var ways: [Way] = []
    for (interface, port) in router.ports.enumerated() where seenLinks.insert(link(port.cable)).inserted {
      ways.append(Way(link: link(port.cable), gateways: nil, interface: interface))
    }
    var at = 0
    while at < ways.count {
      let way = ways[at]
      at += 1
      for station in links[way.link] ?? [] where station.host.isRouter {
        if let gateways = way.gateways {
          for prefix in station.addresses {
            let gateway = prefix.address.isV4 ? gateways.v4 : gateways.v6
            guard let gateway, !RoutePlan.isOn(router, prefix) else { continue }
            let network = AddressPrefix(prefix.network, length: prefix.length)
            router.addRoute(to: network, gateway: gateway, interface: way.interface)
          }
        }
        guard seenRouters.insert(station.host.number).inserted else { continue }
        let own = router.ports[way.interface].addresses
        let next =
          way.gateways
          ?? (
            v4: RoutePlan.shared(own, station.addresses, true),
            v6: RoutePlan.shared(own, station.addresses, false)
          )
        for port in station.host.ports where seenLinks.insert(link(port.cable)).inserted {
          ways.append(Way(link: link(port.cable), gateways: next, interface: way.interface))
        }
      }
    }
  }

  /// Whether the router is in this network itself.
  private static func isOn(_ router: WorldHost, _ prefix: AddressPrefix) -> Bool {
    router.ports.contains { $0.addresses.contains { $0.contains(prefix.address) } }
  }
}
