import StrataBase
import StrataWire

/// Which of an interface's IPv6 addresses a packet comes from (RFC 6724 §5, without the rules about
/// labels, temporary addresses and mobility: here is one interface and no such address).
struct SourceSelection {
  let destination: Address

  /// Whether `a` is a better source than `b`.
  func prefers(_ a: InterfaceAddress, to b: InterfaceAddress) -> Bool {
    // Rule 1: prefer same address.
    if (a.address == destination) != (b.address == destination) { return a.address == destination }
    // Rule 2: prefer appropriate scope. "If Scope(SA) < Scope(SB): If Scope(SA) < Scope(D), then prefer
    // SB and otherwise prefer SA."
    let scope = destination.scope, scopeOfA = a.address.scope, scopeOfB = b.address.scope
    if scopeOfA < scopeOfB { return scopeOfA >= scope }
    if scopeOfB < scopeOfA { return scopeOfB < scope }
    // Rule 3: avoid deprecated addresses.
    if (a.state == .deprecated) != (b.state == .deprecated) { return b.state == .deprecated }
    // Rule 8: use longest matching prefix.
    return commonBits(a) > commonBits(b)
  }

  private func commonBits(_ candidate: InterfaceAddress) -> Int {
    min(candidate.address.commonBits(with: destination), candidate.prefix.length)
  }

  func best(of candidates: [InterfaceAddress]) -> Address? {
    var best: InterfaceAddress?
    for candidate in candidates where candidate.isUsable {
      guard let old = best else {
        best = candidate
        continue
      }
      if prefers(candidate, to: old) { best = candidate }
    }
    return best?.address
  }
}

extension Internet {
  /// The way to an IPv6 destination that is not ours. `number`: the interface, where the address alone
  /// does not say on which link it is.
  func pathIPv6(to destination: Address, from wanted: Address?, on number: Int? = nil) -> Path? {
    // ::1 never leaves a host (RFC 4291 §2.5.3), and IPv4 in IPv6 clothes never travels as IPv6
    // (RFC 4942 §2.2).
    if destination.isUnspecified || destination.isLoopback || wanted?.isLoopback == true { return nil }
    let isOfLink = destination.isLinkLocal || destination.isMulticast
    let route = isOfLink ? nil : routes.route(to: destination)
    let fallback = isOfLink ? number ?? wanted.flatMap { self.number(of: $0) } ?? firstIPv6 : nil
    guard let number = route?.interface ?? fallback, number < interfaceCount, interfaces[number].ipv6.isUp
    else { return nil }
    let selection = SourceSelection(destination: destination)
    guard let source = wanted ?? selection.best(of: interfaces[number].ipv6.addresses) else { return nil }
    return Path(
      destination.isMulticast ? .multicast : .neighbour, interface: number, source: source,
      nextHop: hop(to: destination, on: route, by: number), mtu: mtu(to: destination, by: number),
      timeToLive: destination.isMulticast ? Internet.groupHopLimit : interfaces[number].ipv6.hopLimit)
  }

  private var firstIPv6: Int? { (0..<interfaceCount).first { interfaces[$0].ipv6.isUp } }
}
