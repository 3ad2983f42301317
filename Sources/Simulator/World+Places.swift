import StrataBase
import StrataLink
import StrataStack
import StrataWire

// What stands in a world: hosts, routers, switches, and the cables between them.
extension World {
  /// Adds a host. Addresses are like `10.0.0.1/24` and `fd00::1/64`, at most one of them IPv4: such a host
  /// has no interface before a cable brings one. Without addresses it gets the next free ones of the
  /// default network, 10.0.0.0/16 and fd00::/64, and a cable to the world's default switch.
  ///
  /// `boot` runs when the host starts, and again, from the beginning, when it is started again. What it
  /// throws fails `run` with the host's name.
  @discardableResult
  public func host(
    _ name: String, _ addresses: AddressPrefix..., settings: HostSettings = HostSettings(),
    boot: (@Sendable (HostNetwork) async throws -> Void)? = nil
  ) -> WorldHost {
    let host = self.host(name, addresses: addresses, settings: settings)
    if let boot { self.boot(host, boot) }
    return host
  }

  /// The same with a list of addresses.
  @discardableResult
  public func host(
    _ name: String, addresses: [AddressPrefix], settings: HostSettings = HostSettings()
  ) -> WorldHost {
    let host = add(name, addresses.isEmpty ? nextDefaultAddresses() : addresses, settings)
    if addresses.isEmpty { cable(host, switchForAll(), usualCable) }
    return host
  }

  /// The same with addresses as text. Text that is no address is a mistake of the program.
  @discardableResult
  public func host(
    _ name: String, _ address: String, _ more: String..., settings: HostSettings = HostSettings(),
    boot: (@Sendable (HostNetwork) async throws -> Void)? = nil
  ) -> WorldHost {
    let host = add(name, ([address] + more).map(World.prefix), settings)
    if let boot { self.boot(host, boot) }
    return host
  }

  /// Adds a router: a host that passes packets of others on. Each of its cables gives it addresses, as in
  /// `world.cable(router.at("10.1.0.1/24"), lan)`. Hosts on its links send by it what is for elsewhere, and
  /// routers know the shortest ways to all networks of routers.
  @discardableResult
  public func router(_ name: String, settings: HostSettings? = nil) -> WorldHost {
    var settings = settings ?? World.routerSettings
    settings.internet.forwards = true
    return add(name, [], settings, isRouter: true)
  }

  /// Room for many networks, and for the neighbours on them.
  public static var routerSettings: HostSettings {
    var settings = HostSettings()
    settings.internet.interfaces = 256
    settings.internet.routes = 4_096
    settings.internet.neighbours = 4_096
    return settings
  }

  /// Adds a learning switch that remembers so many addresses.
  @discardableResult
  public func `switch`(_ name: String, addresses: Int = WorldSwitch.mostAddresses) -> WorldSwitch {
    if !isFree(name) { fail("two places of the world are called \(name)") }
    let lan = WorldSwitch(name: name, number: switches.count, addresses: addresses)
    switches.append(lan)
    switchRoots.append(lan.number)
    return lan
  }

  /// Joins two places, end 0 at `a`, end 1 at `b`, and gives the cable's number. Between two switches that
  /// cables join already it would close a circle: that cable stays unplugged, and `run` throws.
  @discardableResult
  public func cable(
    _ a: some Pluggable, _ b: some Pluggable, _ settings: CableSettings = CableSettings()
  ) -> Int {
    let sockets = (a.socket, b.socket), number = cables.count
    precondition(number < World.mostCables, "a world has at most \(World.mostCables) cables")
    let isCircle = isCircle(sockets.0, sockets.1)
    let cable = Cable(
      settings: settings, number: UInt16(number), seed: cableSeed(sockets.0.name, sockets.1.name),
      trace: Trace(log, host: 0), pool: pool)
    let ends = (
      plug(sockets.0, number, 0, settings, isCircle: isCircle),
      plug(sockets.1, number, 1, settings, isCircle: isCircle)
    )
    cables.append(Cabling(cable: cable, ends: ends))
    if isCircle { cables[number].cable.pointee.unplug(at: now) }
    isPlanned = false
    return number
  }

  /// What befalls a cable's frames depends on the world's seed, on what it joins, and on how many cables
  /// join the same before it: one host more in the world changes no other cable.
  private func cableSeed(_ a: String, _ b: String) -> UInt64 {
    let earlier = cables.count { $0.ends.0.name == a && $0.ends.1.name == b }
    let names = StableHash.of(a) ^ Random.mix(StableHash.of(b) &+ UInt64(earlier))
    return Random.mix(seed ^ names)
  }

  /// The cable's settings and counters; settings may be changed while it runs.
  public func withCable<R>(_ number: Int, _ body: (inout Cable) -> R) -> R {
    body(&cables[number].cable.pointee)
  }

  static func prefix(_ text: String) -> AddressPrefix {
    guard let prefix = AddressPrefix(text) else { preconditionFailure("\(text) is no address/length") }
    return prefix
  }

  // MARK: hosts

  private func isFree(_ name: String) -> Bool {
    names[name] == nil && !switches.contains { $0.name == name }
  }

  private func add(
    _ name: String, _ addresses: [AddressPrefix], _ settings: HostSettings, isRouter: Bool = false
  ) -> WorldHost {
    let number = hosts.count + 1
    precondition(number <= World.mostHosts, "a world has at most \(World.mostHosts) hosts")
    if !isFree(name) { fail("two places of the world are called \(name)") }
    let host = WorldHost(
      name: name, number: number, addresses: addresses, settings: settings, isRouter: isRouter, seed: seed,
      owner: owner, pool: pool, trace: Trace(log, host: UInt16(number)))
    hosts.append(host)
    names[name] = host
    for prefix in addresses { hostsByAddress[prefix.address] = host }
    unbooted.append(host)
    return host
  }

  private func nextDefaultAddresses() -> [AddressPrefix] {
    while true {
      defaultNumbers += 1
      precondition(defaultNumbers < 65_535, "the default network has room for 65,534 hosts")
      let v4 = Address(v4: 0x0a00_0000 + defaultNumbers)
      let v6 = Address(
        high: UInt64(0xfd00_0000_0000_0000).bigEndian, low: UInt64(defaultNumbers).bigEndian)
      if hostsByAddress[v4] == nil, hostsByAddress[v6] == nil {
        return [AddressPrefix(v4, length: 16), AddressPrefix(v6, length: 64)]
      }
    }
  }

  /// The switch of the default network.
  private func switchForAll() -> WorldSwitch {
    if let defaultSwitch { return defaultSwitch }
    let lan = self.switch("switch")
    defaultSwitch = lan
    return lan
  }

  // MARK: cables

  private func plug(
    _ socket: CableSocket, _ number: Int, _ end: Int, _ settings: CableSettings, isCircle: Bool
  ) -> Cabling.End {
    switch socket.kind {
    case .switch(let lan): return .switch(lan, port: lan.plug(cable: number, end: end))
    case .host(let host, let addresses):
      let interface = host.plug(
        cable: number, end: end, capabilities: settings.capabilities, addresses: addresses)
      for prefix in addresses ?? [] { hostsByAddress[prefix.address] = host }
      touch(host)
      return .host(host, interface: interface)
    }
  }

  private func root(_ lan: Int) -> Int {
    var at = lan
    while switchRoots[at] != at { at = switchRoots[at] }
    return at
  }

  /// Joins two switches; true, and they are not, when they are joined already.
  private func isCircle(_ a: CableSocket, _ b: CableSocket) -> Bool {
    guard case .switch(let first) = a.kind, case .switch(let second) = b.kind else { return false }
    let roots = (root(first.number), root(second.number))
    if roots.0 == roots.1 {
      fail(
        "a cable from \(a.name) to \(b.name) closes a circle of switches, in which frames would go round "
          + "without end: these switches speak no spanning tree, so leave one cable out")
      return true
    }
    switchRoots[roots.1] = roots.0
    return false
  }

  /// Gives hosts their routes over routers, where there are any.
  func plan() {
    isPlanned = true
    guard hosts.contains(where: \.isRouter) else { return }
    // Cables that a switch joins are one link, and so is a cable between two hosts.
    RoutePlan(hosts) { cable in
      for case .switch(let lan, _) in [self.cables[cable].ends.0, self.cables[cable].ends.1] {
        return self.root(lan.number)
      }
      return self.switches.count + cable
    }
  }
}
