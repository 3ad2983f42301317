import StrataBase
import StrataLink
import StrataWire

/// A host's Internet layer: interfaces, routes, neighbours, and the packets that pass.
///
/// It is a machine without I/O. Frames go in with the instant of their arrival, packets for the
/// transports come out; what is to be transmitted lies in `outgoing` until the driver takes it away.
///
/// ```swift
/// var internet = Internet(pool: pool, random: Random(seed: 1), trace: Trace())
/// let lan = internet.attach(hardware: mine, address: AddressPrefix("10.0.0.1/24")!, capabilities: .init())
/// var path = internet.path(to: Address("10.0.0.2")!)!
/// internet.send(frame, on: &path, to: Address("10.0.0.2")!, protocol: .udp, at: now)
/// while let frame = internet.outgoing.pop() { device.send(frame, at: now) }
/// ```
public struct Internet: ~Copyable {
  let pool: FramePool
  let trace: Trace
  public let settings: InternetSettings
  let interfaces: UnsafeMutablePointer<Interface>
  public private(set) var interfaceCount = 0
  public private(set) var routes: RouteTable
  var cache: NeighbourCache
  var ipv4: IPv4Output
  /// What stable identifiers of IPv6 addresses are made with.
  let identifierKey: UInt64
  /// When an interface's IPv6 has to be looked at next. It may be too early, never too late.
  var discoveryDeadline = Instant.never
  var loopback: FrameQueue
  /// When the last packet went into `loopback`.
  var loopbackTime = Instant.start
  var errors: ControlErrorQueue
  var errorLimit: ErrorLimit
  var fragments: FragmentCache
  /// The paths that take less than their first link, in bytes.
  var pathMTUs: DestinationCache<Int>
  var groups: GroupTable
  /// Better first hops than the routes name.
  var redirects: DestinationCache<Redirect>
  var random: Random
  /// Moves on when paths found before may be better or worse now: a route, an address or a path's MTU
  /// changed.
  public internal(set) var pathGeneration: UInt32 = 0
  /// Frames to be transmitted, each by the interface that its notes name.
  public var outgoing: FrameQueue
  public internal(set) var counters = InternetCounters()

  /// Frames that the host makes itself come from `pool`.
  public init(
    pool: FramePool, random: Random, trace: Trace, settings: InternetSettings = InternetSettings()
  ) {
    var random = random
    self.pool = pool
    self.trace = trace
    self.settings = settings
    interfaces = .allocate(capacity: max(settings.interfaces, 1))
    routes = RouteTable(capacity: settings.routes)
    cache = NeighbourCache(capacity: settings.neighbours, key: random.next())
    ipv4 = IPv4Output(identification: UInt16(truncatingIfNeeded: random.next()))
    identifierKey = random.next()
    loopback = FrameQueue(capacity: max(settings.loopbackPackets, 1))
    errors = ControlErrorQueue(capacity: settings.waitingErrors)
    errorLimit = ErrorLimit(rate: settings.errorRate, burst: settings.errorBurst)
    outgoing = FrameQueue(capacity: max(settings.outgoing, 1))
    fragments = FragmentCache(packets: settings.reassemblyPackets, memory: settings.reassemblyMemory)
    pathMTUs = DestinationCache(capacity: settings.pathMTUs)
    groups = GroupTable(capacity: settings.groups)
    redirects = DestinationCache(capacity: settings.redirects)
    self.random = random
  }
  deinit {
    interfaces.deinitialize(count: interfaceCount)
    interfaces.deallocate()
  }

  // MARK: Interfaces and routes

  /// Joins a link and gives the interface's number, from 0 on. Its network is reachable from then on. An
  /// unspecified address stands for none yet: `configure` gives one. At most `InternetSettings.interfaces`.
  @discardableResult public mutating func attach(
    hardware: HardwareAddress, address: AddressPrefix, capabilities: LinkCapabilities
  ) -> Int {
    attach(hardware: hardware, addresses: [address], capabilities: capabilities)
  }

  /// The same with at most one IPv4 address and any number of IPv6 ones. With one of these, or where
  /// `InternetSettings.autoconfigures`, the interface takes a link-local one too. `duplicateProbes`: 0
  /// where somebody else knows that no address is taken twice; nil as the settings say.
  @discardableResult public mutating func attach(
    hardware: HardwareAddress, addresses: [AddressPrefix], capabilities: LinkCapabilities,
    duplicateProbes: Int? = nil
  ) -> Int {
    attach(
      .ethernet(hardware), addresses: addresses, capabilities: capabilities, duplicateProbes: duplicateProbes)
  }

  /// The same for a link of packets, which has no neighbours: its frames begin with their IP header, and its
  /// addresses hold at once. `takesAll`: packets for whatever address are for this host, and everything that
  /// it sends goes there unless another route says otherwise.
  @discardableResult public mutating func attachPacketLink(
    addresses: [AddressPrefix], capabilities: LinkCapabilities, takesAll: Bool = false
  ) -> Int {
    let number = attach(
      .packets, addresses: addresses, capabilities: capabilities, duplicateProbes: 0, takesAll: takesAll)
    if takesAll {
      bringUpIPv6(on: number)
      for all in [Address.anyV4, .any] {
        insertRoute(Route(to: AddressPrefix(all, length: 0), gateway: nil, interface: number))
      }
    }
    return number
  }

  private mutating func attach(
    _ medium: Interface.Medium, addresses: [AddressPrefix], capabilities: LinkCapabilities,
    duplicateProbes: Int?, takesAll: Bool = false
  ) -> Int {
    let v4 = addresses.filter(\.address.isV4)
    precondition(v4.count <= 1, "an interface has one IPv4 address")
    let number = attach(
      Interface(
        medium, address: v4.first, capabilities: capabilities, device: interfaceCount,
        probes: max(duplicateProbes ?? settings.duplicateProbes, 0), takesAll: takesAll))
    for prefix in addresses where !prefix.address.isV4 { addAddress(prefix, to: number) }
    return number
  }

  /// Joins a virtual network (IEEE 802.1Q, 1...4,094) on the link of another interface, and gives the
  /// new interface's number. Its frames go by that one's device, with a tag.
  @discardableResult public mutating func attach(
    vlan: UInt16, over below: Int, address: AddressPrefix
  ) -> Int {
    precondition(below >= 0 && below < interfaceCount && interfaces[below].vlan == 0, "name a device")
    precondition((1...4_094).contains(vlan), "a virtual network's number is 1...4,094")
    precondition(interfaces[below].isEthernet, "a link of packets has no virtual networks")
    let device = interfaces[below], isV4 = address.address.isV4
    let number = attach(
      Interface(
        device.medium, address: isV4 ? address : nil, capabilities: device.capabilities,
        vlan: vlan, device: below, probes: device.ipv6.probes))
    if !isV4 { addAddress(address, to: number) }
    return number
  }

  private mutating func attach(_ interface: Interface) -> Int {
    precondition(interfaceCount < max(settings.interfaces, 1), "raise InternetSettings.interfaces")
    (interfaces + interfaceCount).initialize(to: interface)
    interfaceCount += 1
    if !interface.address.isUnspecified {
      routes.insert(Route(to: interface.network, gateway: nil, interface: interfaceCount - 1))
    }
    if settings.autoconfigures { bringUpIPv6(on: interfaceCount - 1) }
    return interfaceCount - 1
  }

  /// Gives an interface another IPv4 address, or none where it is unspecified. All its old routes of IPv4
  /// go, those to gateways too.
  public mutating func configure(_ interface: Int, address: AddressPrefix) {
    precondition(interface >= 0 && interface < interfaceCount, "attach the interface first")
    precondition(address.address.isV4, "IPv6 addresses come by addAddress")
    routes.removeV4(interface: interface)
    interfaces[interface].set(address)
    if !address.address.isUnspecified {
      routes.insert(Route(to: address, gateway: nil, interface: interface))
    }
    pathGeneration &+= 1
  }

  /// Routes that neighbour discovery finds, and takes back.
  mutating func insertRoute(_ route: Route) {
    routes.insert(route)
    pathGeneration &+= 1
  }
  mutating func removeRoute(_ route: Route) {
    routes.remove(route)
    pathGeneration &+= 1
  }

  /// Sends packets for a network to a router, or straight to their destination where `gateway` is nil.
  /// False when there are `InternetSettings.routes` already.
  @discardableResult
  public mutating func addRoute(to network: AddressPrefix, gateway: Address?, interface: Int) -> Bool {
    precondition(interface >= 0 && interface < interfaceCount, "attach the interface first")
    pathGeneration &+= 1
    return routes.insert(Route(to: network, gateway: gateway, interface: interface))
  }

  /// An interface by its number.
  public func interface(_ number: Int) -> Interface {
    precondition(number >= 0 && number < interfaceCount)
    return interfaces[number]
  }

  /// What the device at the beginning of a path takes.
  public func capabilities(of path: Path) -> LinkCapabilities {
    if path.kind == .loopback { return settings.loopback }
    let interface = interface(path.interface)
    var capabilities = interface.capabilities
    // A router may have said that packets of IPv6 are to be shorter on this link.
    let less = path.isV4 ? 0 : capabilities.mtu - interface.ipv6.mtu
    if less > 0 {
      let isSuper = capabilities.largestSegment > capabilities.mtu
      if !isSuper { capabilities.largestSegment -= less }
      capabilities.mtu -= less
    }
    return capabilities
  }

  /// Whether packets to this address are for us alone. An IPv6 address that is not proven to be free yet
  /// is nobody's.
  public func isLocal(_ address: Address) -> Bool { address.isLoopback || number(of: address) != nil }

  /// Whether this host may answer in the name of an address: its own, or any where an interface takes all.
  public func speaks(for address: Address) -> Bool {
    isLocal(address) || (0..<interfaceCount).contains { interfaces[$0].takesAll }
  }

  /// The number of the interface that has this address.
  public func interface(with address: Address) -> Int? { number(of: address) }

  func number(of address: Address) -> Int? {
    (0..<interfaceCount).first { interfaces[$0].owns(address) }
  }

  /// The way to a destination; nil where no route leads there, or `source` is given and not ours. What
  /// goes to a group or to all leaves by interface `outlet` where that is given.
  public func path(to destination: Address, from wanted: Address? = nil, by outlet: Int? = nil) -> Path? {
    let wanted = wanted.flatMap { $0.isUnspecified ? nil : $0 }
    if let wanted, !speaks(for: wanted) || wanted.isV4 != destination.isV4 { return nil }
    if isLocal(destination) {
      return Path(
        .loopback, interface: Interface.loopback, source: wanted ?? destination, nextHop: destination,
        mtu: settings.loopback.mtu, timeToLive: settings.timeToLive)
    }
    if !destination.isV4 { return pathIPv6(to: destination, from: wanted, on: outlet) }
    // RFC 1122 §3.2.1.3 (g): a loopback address "MUST NOT appear outside a host".
    if destination.isUnspecified || wanted?.isLoopback == true { return nil }
    let isToAll = destination.isBroadcast || destination.isMulticast
    let route = isToAll && outlet != nil ? nil : routes.route(to: destination)
    // A broadcast goes out by the interface of its source, or else by the first.
    let fallback =
      isToAll && interfaceCount > 0 ? outlet ?? wanted.flatMap { number(of: $0) } ?? 0 : nil
    guard let number = route?.interface ?? fallback, number < interfaceCount else { return nil }
    let interface = interfaces + number
    let source = wanted ?? interface.pointee.address
    guard source.isV4 else { return nil }
    let kind: Path.Kind =
      if destination.isMulticast {
        .multicast
      } else if destination.isBroadcast || destination == interface.pointee.network.broadcast {
        .broadcast
      } else {
        .neighbour
      }
    return Path(
      kind, interface: number, source: source,
      nextHop: kind == .neighbour ? hop(to: destination, on: route, by: number) : destination,
      mtu: mtu(to: destination, by: number),
      timeToLive: kind == .multicast ? IPv4Output.groupTimeToLive : settings.timeToLive)
  }

  /// The neighbour that packets to a destination are handed to.
  func hop(to destination: Address, on route: Route?, by number: Int) -> Address {
    let redirect = redirects.value(of: destination).flatMap { $0.interface == number ? $0.hop : nil }
    return redirect ?? route?.gateway ?? destination
  }

  // MARK: Receiving

  /// Takes a frame that arrived by an interface.
  public mutating func receive(_ frame: consuming Frame, on interface: Int, at now: Instant) -> Arrival {
    precondition(interface >= 0 && interface < interfaceCount, "attach the interface first")
    counters.received &+= 1
    frame.notes.interface = UInt16(truncatingIfNeeded: interface)
    if !interfaces[interface].isEthernet { return receivePacket(frame, on: interface, at: now) }
    if let header = IPv4Input(usual: frame.bytes, to: interfaces + interface) {
      counters.delivered &+= 1
      return .packet(header.packet(frame, behind: EthernetHeader.count, isBroadcast: false))
    }
    return receiveUnusual(frame, on: interface, at: now)
  }

  /// Takes what arrived by a link of packets.
  private mutating func receivePacket(
    _ frame: consuming Frame, on interface: Int, at now: Instant
  ) -> Arrival {
    if let header = IPv4Input(usualPacket: frame.bytes, to: interfaces + interface) {
      counters.delivered &+= 1
      return .packet(header.packet(frame, behind: 0, isBroadcast: false))
    }
    guard frame.count > 0 else {
      drop(.shortFrame, 0, interface, at: now)
      return .none
    }
    switch frame.bytes.byte(at: 0) >> 4 {
    case 4: return receiveIPv4(frame, behind: 0, on: interface, isToAll: false, at: now)
    case 6 where interfaces[interface].ipv6.isUp:
      return receiveIPv6(frame, behind: 0, on: interface, isToAll: false, at: now)
    default:
      drop(.badVersion, frame.count, interface, at: now)
      return .none
    }
  }

  /// Takes every other frame, and says of those that go no further why.
  @inline(never)
  mutating func receiveUnusual(
    _ frame: consuming Frame, on interface: Int, at now: Instant
  ) -> Arrival {
    guard frame.count >= EthernetHeader.count else {
      drop(.shortFrame, frame.count, interface, at: now)
      return .none
    }
    let destination = HardwareAddress(frame.bytes, at: EthernetHeader.destination)
    let type = EtherType(rawValue: frame.bytes.big16(at: EthernetHeader.type))
    let isOurs = destination == interfaces[interface].hardware
    if type == .vlan { return receiveTagged(frame, on: interface, at: now) }
    guard isOurs || destination.isBroadcast || hears(destination, on: interface) else {
      drop(.otherHardware, frame.count, interface, at: now)
      return .none
    }
    if type == .ipv4 {
      return receiveIPv4(frame, behind: EthernetHeader.count, on: interface, isToAll: !isOurs, at: now)
    }
    if type == .ipv6 { return receiveIPv6(frame, on: interface, isToAll: !isOurs, at: now) }
    if type == .arp {
      receiveARP(frame, on: interface, isToAll: !isOurs, at: now)
    } else {
      drop(.unknownType, frame.count, interface, at: now)
    }
    return .none
  }

  /// The next packet that this host sent to itself.
  public mutating func nextLoopback() -> Packet? {
    while let frame = loopback.pop() {
      switch receiveFromItself(frame, at: loopbackTime) {
      case .packet(let packet): return packet
      case .error(let error): wait(error, at: loopbackTime)
      case .none: continue
      }
    }
    return nil
  }

  private mutating func receiveFromItself(_ frame: consuming Frame, at now: Instant) -> Arrival {
    let isV4 = frame.bytes.byte(at: 0) >> 4 == 4
    if isV4 { return receiveIPv4FromItself(frame, at: now) }
    return receiveIPv6FromItself(frame, at: now)
  }

  /// The next error about packets of ours that did not come in by `receive`.
  public mutating func nextError() -> ControlError? { errors.pop() }

  // MARK: Sending

  /// Frames that `outgoing` still has room for.
  public var outgoingRoom: Int { outgoing.capacity - outgoing.count }

  /// Puts a whole frame into `outgoing`.
  @inline(__always)
  mutating func transmit(_ frame: consuming Frame, by interface: Int, at now: Instant) {
    let count = frame.count
    frame.notes.interface = UInt16(truncatingIfNeeded: interface)
    if interfaces[interface].vlan != 0, !tag(&frame, for: interface, at: now) { return }
    if outgoing.push(frame) {
      counters.sent &+= 1
    } else {
      drop(.outgoingFull, count, interface, at: now)
    }
  }

  // MARK: Time

  /// When to call `expire` next.
  public var nextDeadline: Instant {
    let neighbours = min(cache.nextDeadline, discoveryDeadline)
    let paths = min(pathMTUs.nextDeadline, redirects.nextDeadline)
    return min(neighbours, paths, fragments.nextDeadline, groups.nextDeadline)
  }

  /// Does what is due: asks again, gives up, forgets.
  public mutating func expire(at now: Instant) {
    expireNeighbours(at: now)
    expireFragments(at: now)
    expireMemberships(at: now)
    if discoveryDeadline <= now { expireDiscovery(at: now) }
    let isChanged = pathMTUs.expire(at: now)
    if redirects.expire(at: now) || isChanged { pathGeneration &+= 1 }
  }

  /// All neighbours, in the order of their slots, for showing.
  public var neighbours: [Neighbour] { cache.handles.compactMap { cache.pointer($0)?.pointee.neighbour } }

  // MARK: Counting

  /// Counts what goes no further, and says so.
  @inline(never)
  mutating func drop(_ reason: PacketDrop, _ count: Int, _ interface: Int, at now: Instant) {
    counters[reason] &+= 1
    trace(
      Event(
        .packetDropped, at: now, flow: UInt32(truncatingIfNeeded: interface),
        c: UInt32(truncatingIfNeeded: count), d: UInt32(reason.rawValue)))
  }

  /// Keeps an error for the transports.
  mutating func wait(_ error: ControlError, at now: Instant) {
    if !errors.push(error) { drop(.errorsFull, 0, 0, at: now) }
  }
}
