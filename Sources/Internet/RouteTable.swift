import StrataWire

/// All routes of a host, those with the longest prefixes first: the first that fits is the best
/// (RFC 1812 §5.2.4.3). It is asked once a connection, not once a packet.
public struct RouteTable: Sendable {
  /// The most routes it holds.
  public let capacity: Int
  /// In the order in which they are tried.
  public private(set) var routes: [Route] = []

  public init(capacity: Int) { self.capacity = max(capacity, 1) }

  /// Adds a route; of two to the same network the newer one replaces the older. False when it is full.
  @discardableResult public mutating func insert(_ route: Route) -> Bool {
    if let old = routes.firstIndex(where: { $0.destination == route.destination }) {
      routes[old] = route
      return true
    }
    if routes.count == capacity { return false }
    let at = routes.firstIndex { $0.destination.length < route.destination.length } ?? routes.count
    routes.insert(route, at: at)
    return true
  }

  /// Takes a route out again; false where it is not there.
  @discardableResult public mutating func remove(_ route: Route) -> Bool {
    guard let index = routes.firstIndex(of: route) else { return false }
    routes.remove(at: index)
    return true
  }
  /// Takes out all routes of IPv4 by an interface.
  public mutating func removeV4(interface: Int) {
    routes.removeAll { $0.interface == interface && $0.destination.address.isV4 }
  }

  /// The best route to an address.
  public func route(to address: Address) -> Route? {
    routes.first { $0.destination.contains(address) }
  }
}
