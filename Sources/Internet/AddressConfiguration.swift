import StrataBase
import StrataWire

/// How IPv6 addresses come, are proven to be free, and go (RFC 4862).
enum AddressConfiguration {
  /// RFC 4862 §5.4.2, RFC 4861 §10: hosts that were switched on together do not all ask at once.
  static var mostDelay: Interval { .seconds(1) }
  /// How many other identifiers are tried (IDGEN_RETRIES, RFC 7217 §7).
  static var mostAttempts: Int { 3 }
  /// A prefix that addresses are made of has this length, as identifiers have the rest.
  static var prefixLength: Int { 64 }
}

extension Internet {
  // MARK: - Beginning

  /// Begins to use IPv6 on an interface. Nothing is sent before `expire`.
  mutating func bringUpIPv6(on number: Int) {
    // RFC 8200 §5: a link that takes less cannot carry IPv6.
    guard !interfaces[number].ipv6.isUp, interfaces[number].capabilities.mtu >= IPv6Header.leastMTU else {
      return
    }
    interfaces[number].ipv6.isUp = true
    // A link of packets has no neighbours that a link-local address would be for.
    guard interfaces[number].isEthernet else { return }
    let prefix = AddressPrefix(.linkLocalPrefix, length: AddressConfiguration.prefixLength)
    insert(formed(of: prefix, on: number), isAutomatic: false, on: number)
    // RFC 4291 §2.8: routers are in this group too.
    if settings.forwards { _ = groups.join(.allRouters, on: number, at: .start) }
    isDue(on: number)
  }

  /// Gives an interface one more IPv6 address; its network is on the link from then on. Nobody uses the
  /// address until it is known to be free. False when it has `InternetSettings.addresses` of them, has
  /// this one, or the link cannot carry IPv6.
  @discardableResult
  public mutating func addAddress(_ prefix: AddressPrefix, to number: Int) -> Bool {
    precondition(number >= 0 && number < interfaceCount, "attach the interface first")
    let address = prefix.address
    guard !address.isV4, !address.isMulticast, address.high != 0 else { return false }
    bringUpIPv6(on: number)
    guard insert(prefix, isAutomatic: false, on: number) else { return false }
    if !address.isLinkLocal { insertRoute(Route(to: prefix, gateway: nil, interface: number)) }
    return true
  }

  /// Takes an IPv6 address away. False when it is not there.
  @discardableResult
  public mutating func removeAddress(_ address: Address, from number: Int) -> Bool {
    precondition(number >= 0 && number < interfaceCount, "attach the interface first")
    guard let index = interfaces[number].ipv6.index(of: address) else { return false }
    remove(index, on: number)
    return true
  }

  @discardableResult
  private mutating func insert(_ prefix: AddressPrefix, isAutomatic: Bool, on number: Int) -> Bool {
    let interface = interfaces + number
    guard interface.pointee.ipv6.isUp, interface.pointee.ipv6.index(of: prefix.address) == nil,
      interface.pointee.ipv6.addresses.count < max(settings.addresses, 1)
    else { return false }
    interface.pointee.ipv6.addresses.append(
      InterfaceAddress(prefix, isAutomatic: isAutomatic, probes: interface.pointee.ipv6.probes))
    if interface.pointee.isEthernet { _ = groups.join(prefix.address.solicitedNode, on: number, at: .start) }
    isDue(on: number)
    return true
  }

  private mutating func remove(_ index: Int, on number: Int) {
    let address = interfaces[number].ipv6.addresses.remove(at: index).address
    if interfaces[number].usual == address { interfaces[number].usual = .any }
    if interfaces[number].isEthernet { groups.leave(address.solicitedNode, on: number, at: .start) }
    pathGeneration &+= 1
    isDue(on: number)
  }

  /// An address of a prefix and this interface's identifier.
  func formed(of prefix: AddressPrefix, attempt: Int = 0, on number: Int) -> AddressPrefix {
    let hardware = interfaces[number].hardware
    var identifier = hardware.interfaceIdentifier
    if settings.identifiers == .stable {
      // RFC 7217 §5: RID = F(Prefix, Net_Iface, Network_ID, DAD_Counter, secret_key)
      let parts = [prefix.network.high, hardware.number, UInt64(number), UInt64(attempt)]
      identifier = parts.reduce(identifierKey) { Random.mix($0 ^ $1) }
    }
    return AddressPrefix(Address(prefix: prefix.network, identifier: identifier), length: prefix.length)
  }

  /// Looks at an interface's state at the next `expire`.
  mutating func isDue(on number: Int) {
    discoveryDeadline = min(discoveryDeadline, interfaces[number].ipv6.deadline)
  }

  // MARK: - Time

  mutating func expireDiscovery(at now: Instant) {
    discoveryDeadline = .never
    for number in 0..<interfaceCount where interfaces[number].ipv6.isUp {
      if interfaces[number].ipv6.isFresh { begin(on: number, at: now) }
      expireAddresses(on: number, at: now)
      expireRouters(on: number, at: now)
      expireAdvertising(on: number, at: now)
      isDue(on: number)
    }
  }

  /// The first questions of an interface wait a little.
  private mutating func begin(on number: Int, at now: Instant) {
    let delay = Int64(random.below(UInt64(AddressConfiguration.mostDelay.nanoseconds)))
    let interface = interfaces + number
    interface.pointee.ipv6.isFresh = false
    for index in interface.pointee.ipv6.addresses.indices {
      interface.pointee.ipv6.addresses[index].nextProbe = now + .nanoseconds(delay)
    }
    if interface.pointee.ipv6.linkLocal != nil { beginDiscovery(on: number, at: now) }
  }

  private mutating func expireAddresses(on number: Int, at now: Instant) {
    var index = 0
    while index < interfaces[number].ipv6.addresses.count {
      let entry = interfaces[number].ipv6.addresses[index]
      index += 1
      if entry.deadline > now { continue }
      if entry.validUntil <= now {
        index -= 1
        say(entry.address, nil, on: number, at: now)
        remove(index, on: number)
      } else if entry.state == .tentative {
        probe(index - 1, on: number, at: now)
      } else if entry.state == .preferred {
        set(.deprecated, index - 1, on: number, at: now)
      }
    }
  }

  /// Asks once more whether an address is free, or takes it: nobody answered.
  private mutating func probe(_ index: Int, on number: Int, at now: Instant) {
    let interface = interfaces + number
    let entry = interface.pointee.ipv6.addresses[index]
    if entry.probesLeft > 0 {
      interface.pointee.ipv6.addresses[index].probesLeft -= 1
      interface.pointee.ipv6.addresses[index].nextProbe = now + interface.pointee.ipv6.retransmissionTime
      counters.addressesProbed &+= 1
      return sendSolicitation(
        entry.address, from: .any, to: entry.address.solicitedNode, on: number, at: now)
    }
    set(entry.preferredUntil > now ? .preferred : .deprecated, index, on: number, at: now)
    if entry.address.isLinkLocal { beginDiscovery(on: number, at: now) }
  }

  /// What may begin once the link-local address is known to be free.
  private mutating func beginDiscovery(on number: Int, at now: Instant) {
    beginSolicitingRouters(on: number, at: now)
    beginAdvertising(on: number, at: now)
  }

  private mutating func set(
    _ state: InterfaceAddress.State, _ index: Int, on number: Int, at now: Instant
  ) {
    interfaces[number].ipv6.addresses[index].state = state
    pathGeneration &+= 1
    say(interfaces[number].ipv6.addresses[index].address, state, on: number, at: now)
    isDue(on: number)
  }

  private func say(
    _ address: Address, _ state: InterfaceAddress.State?, on number: Int, at now: Instant
  ) {
    trace(
      Event(
        .addressChanged, at: now, flow: UInt32(number), a: UInt64(bigEndian: address.high),
        b: UInt64(bigEndian: address.low), c: UInt32(state?.rawValue ?? UInt8.max)))
  }

  /// Somebody else has an address that we were about to take (RFC 4862 §5.4.5).
  mutating func duplicated(_ index: Int, on number: Int, at now: Instant) {
    let entry = interfaces[number].ipv6.addresses[index]
    counters.addressesDuplicated &+= 1
    drop(.duplicateAddress, 0, number, at: now)
    set(.duplicated, index, on: number, at: now)
    let isFormed = entry.isAutomatic || entry.address.isLinkLocal
    if isFormed, settings.identifiers == .stable, entry.attempt < AddressConfiguration.mostAttempts {
      // RFC 7217 §6: the next identifier is tried.
      let next = formed(of: entry.prefix, attempt: entry.attempt + 1, on: number)
      remove(index, on: number)
      guard insert(next, isAutomatic: entry.isAutomatic, on: number) else { return }
      let last = interfaces[number].ipv6.addresses.count - 1
      interfaces[number].ipv6.addresses[last].attempt = entry.attempt + 1
      interfaces[number].ipv6.addresses[last].preferredUntil = entry.preferredUntil
      interfaces[number].ipv6.addresses[last].validUntil = entry.validUntil
    } else if entry.address == formed(of: entry.prefix, on: number).address, entry.address.isLinkLocal {
      // "If the address is a link-local address formed from an interface identifier based on the hardware
      // address [...] IP operation on the interface SHOULD be disabled."
      interfaces[number].ipv6.isUp = false
    }
  }

  // MARK: - What routers advertise

  // RFC 4862 §5.5.3
  /// Makes an address of an advertised prefix, or renews the one that was made of it.
  mutating func configure(_ advertised: NDPPrefix, on number: Int, at now: Instant) {
    guard advertised.preferredLifetime <= advertised.validLifetime,
      advertised.prefix.length == AddressConfiguration.prefixLength
    else { return drop(.advertisementRefused, 0, number, at: now) }
    let preferredUntil = now + Interval(lifetime: advertised.preferredLifetime)
    let valid = Interval(lifetime: advertised.validLifetime)
    let known = interfaces[number].ipv6.addresses.firstIndex {
      $0.isAutomatic && $0.prefix.network == advertised.prefix.network
    }
    guard let known else {
      let prefix = formed(of: advertised.prefix, on: number)
      guard advertised.validLifetime > 0 else { return }
      guard insert(prefix, isAutomatic: true, on: number) else {
        return drop(.advertisementRefused, 0, number, at: now)
      }
      let last = interfaces[number].ipv6.addresses.count - 1
      interfaces[number].ipv6.addresses[last].nextProbe = now
      interfaces[number].ipv6.addresses[last].preferredUntil = preferredUntil
      interfaces[number].ipv6.addresses[last].validUntil = now + valid
      return isDue(on: number)
    }
    let entry = interfaces[number].ipv6.addresses[known]
    // (e): nobody can end an address at once by a forged advertisement.
    let twoHours = Interval.seconds(7_200)
    let remaining = entry.validUntil - now
    if valid > twoHours || valid > remaining {
      interfaces[number].ipv6.addresses[known].validUntil = now + valid
    } else if remaining > twoHours {
      interfaces[number].ipv6.addresses[known].validUntil = now + twoHours
    }
    interfaces[number].ipv6.addresses[known].preferredUntil = preferredUntil
    if entry.state == .deprecated, preferredUntil > now { set(.preferred, known, on: number, at: now) }
    isDue(on: number)
  }
}

extension Interval {
  /// Seconds of an advertised lifetime, of which all ones is for ever.
  init(lifetime seconds: UInt32) {
    self = seconds == .max ? Interval(nanoseconds: .max) : .seconds(Int64(seconds))
  }
}
