import StrataBase
import StrataInternet
import StrataWire
import Testing

/// The two versions of IP, for tests that have one body for both.
enum Family: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case v4, v6

  var testDescription: String { self == .v4 ? "IPv4" : "IPv6" }
  var mine: Address { Address(self == .v4 ? "10.0.0.1" : "fd00::1")! }
  var theirs: Address { Address(self == .v4 ? "10.0.0.2" : "fd00::2")! }
  /// Beyond every link.
  var far: Address { Address(self == .v4 ? "8.8.8.8" : "2001:db8::8")! }
  var everywhere: AddressPrefix { AddressPrefix(self == .v4 ? "0.0.0.0/0" : "::/0")! }
  var headerCount: Int { self == .v4 ? 20 : 40 }
  var control: IPProtocol { self == .v4 ? .icmp : .icmpv6 }
  /// Long after everything that a host says when it begins.
  var begin: Instant { s(100) }

  /// A second network, and who is in it.
  var otherNetwork: AddressPrefix { AddressPrefix(self == .v4 ? "10.0.1.1/24" : "fd00:1::1/64")! }
  var other: Address { Address(self == .v4 ? "10.0.1.9" : "fd00:1::9")! }

  func prefix(_ address: Address) -> String { "\(address)/\(self == .v4 ? 24 : 64)" }

  /// A host whose addresses are proven to be free, and who has said all that it says by itself.
  func site(_ settings: InternetSettings = InternetSettings(), seed: UInt64 = 1, frames: Int = 8_192) -> Site
  {
    var settings = settings
    settings.duplicateProbes = 0
    var site = Site(settings, address: prefix(mine), seed: seed, frames: frames)
    for second in 0..<9 {
      site.internet.expire(at: s(Int64(second)))
      _ = site.transmitted()
    }
    return site
  }

  /// How a host asks after `theirs`: all, or the one that should have it.
  func asks(_ hardware: HardwareAddress?) -> String {
    switch self {
    case .v4:
      return "\(hardware ?? .broadcast) ARP, Request who-has \(theirs) tell \(mine), length 28"
    case .v6:
      let group = theirs.solicitedNode
      let to = hardware.map { "\($0) \(mine) > \(theirs)" }
      return (to ?? "\(HardwareAddress(ipv6Group: group)) \(mine) > \(group)")
        + ": ICMP6, neighbor solicitation, who has \(theirs), source link-address \(mineHardware), length 32"
    }
  }

  /// Their answer, to us alone.
  var answer: [UInt8] {
    self == .v4
      ? arp(.reply, from: theirs, theirHardware, to: mine, mineHardware)
      : advertisement(theirs, theirHardware, from: theirs, to: mine)
  }
  /// Their question after us.
  var question: [UInt8] {
    self == .v4
      ? arp(.request, from: theirs, theirHardware, to: mine)
      : solicitation(mine, from: theirs, theirHardware)
  }
  /// What answers that.
  var replies: String {
    self == .v4
      ? "\(theirHardware) ARP, Reply \(mine) is-at \(mineHardware), length 28"
      : "\(theirHardware) \(mine) > \(theirs): ICMP6, neighbor advertisement, tgt is \(mine), solicited, "
        + "override, destination link-address \(mineHardware), length 32"
  }
  func sends(_ count: Int, to destination: Address? = nil) -> String {
    "\(theirHardware) \(mine) > \(destination ?? theirs): \(count)"
  }

  func packet(
    _ payload: [UInt8], from source: Address? = nil, to destination: Address? = nil, _ p: IPProtocol = .udp,
    hardware: HardwareAddress = mineHardware, hops: UInt8 = 64, padding: Int = 0
  ) -> [UInt8] {
    let source = source ?? theirs, destination = destination ?? mine
    if self == .v4 {
      return StrataInternetTests.packet(
        payload, from: source, to: destination, p, hardware: hardware, timeToLive: hops,
        padding: padding)
    }
    return packet6(
      payload, from: source, to: destination, p, hardware: hardware, hopLimit: hops, padding: padding)
  }

  /// A piece of a packet with a control message.
  func piece(_ part: [UInt8], at offset: Int, isLast: Bool) -> [UInt8] {
    if self == .v4 {
      return StrataInternetTests.packet(part, .icmp, more: !isLast, offset: offset)
    }
    return piece6(part, at: offset, isLast: isLast, .icmpv6)
  }

  /// An echo request, or its reply.
  func echo(isReply: Bool = false, _ body: [UInt8]) -> [UInt8] {
    if self == .v6 {
      return icmp6(isReply ? 129 : 128, rest: 0x1234_0001, body, from: theirs, to: mine)
    }
    var message = [UInt8](repeating: 0, count: 8 + body.count)
    var out = message.mutableSpan
    var raw = out.mutableBytes
    ICMPv4Header.emitEcho(
      &raw, at: 0, isReply: isReply, identifier: 0x1234, sequence: 1, body: body.span.bytes)
    return packet(message, .icmp)
  }

  /// The hops that a transmitted packet may still take.
  func hops(of frame: [UInt8]) -> UInt8 { frame[14 + (self == .v4 ? 8 : 7)] }
  /// Where a transmitted packet goes, and what it carries.
  func sent(_ frame: [UInt8]) -> (to: HardwareAddress, destination: Address, payload: [UInt8]) {
    if self == .v4 {
      let sent = Sent(frame)
      return (sent.to, sent.destination, sent.payload)
    }
    let sent = SentIPv6(frame)
    return (sent.to, sent.destination, sent.payload)
  }

  /// Type, code and body of a transmitted control message whose checksum is right.
  func control(in bytes: [UInt8]) -> (type: UInt8, code: UInt8, body: [UInt8])? {
    if self == .v4 {
      let sent = Sent(bytes)
      return sent.checksumsAreRight ? (sent.icmp.type, sent.icmp.code, sent.body) : nil
    }
    let sent = SentIPv6(bytes)
    return sent.checksumIsRight ? (sent.icmp.type, sent.icmp.code, sent.body) : nil
  }
}

// MARK: - Frames of IPv6

func packet6(
  _ payload: [UInt8], from source: Address, to destination: Address, _ p: IPProtocol = .udp,
  hardware: HardwareAddress? = nil, hopLimit: UInt8 = 64, padding: Int = 0
) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: 54) + payload + [UInt8](repeating: 0xee, count: padding)
  var out = bytes.mutableSpan
  var raw = out.mutableBytes
  let group = HardwareAddress(ipv6Group: destination)
  EthernetHeader.emit(
    &raw, at: 0, to: hardware ?? (destination.isMulticast ? group : mineHardware), from: theirHardware,
    type: .ipv6)
  IPv6Header.emit(
    &raw, at: 14, source: source, destination: destination, nextHeader: p, payloadCount: payload.count,
    hopLimit: hopLimit)
  return bytes
}

/// A piece of an IPv6 packet, with other headers in front of its fragment header.
func piece6(
  _ part: [UInt8], at offset: Int, isLast: Bool, _ p: IPProtocol, identification: UInt32 = 7,
  behind options: [UInt8] = []
) -> [UInt8] {
  var header = [UInt8](repeating: 0, count: IPv6Fragment.headerCount)
  var out = header.mutableSpan
  var raw = out.mutableBytes
  IPv6Fragment(
    identification: identification, offset: offset, moreFragments: !isLast, nextHeader: p
  ).emit(&raw, at: 0)
  let first = options.isEmpty ? IPProtocol.fragment : .destinationOptions
  return packet6(options + header + part, from: Family.v6.theirs, to: Family.v6.mine, first)
}

/// A control message with its checksum made.
func message6(
  _ count: Int, from source: Address, to destination: Address, _ body: (inout MutableRawSpan) -> Void
) -> [UInt8] {
  var message = [UInt8](repeating: 0, count: count)
  var out = message.mutableSpan
  var raw = out.mutableBytes
  body(&raw)
  ICMPv6Header.seal(
    &raw, at: 0, count: count,
    pseudo: PseudoHeader.sum(source: source, destination: destination, protocol: .icmpv6, count: count))
  return message
}

func icmp6(
  _ type: UInt8, _ code: UInt8 = 0, rest: UInt32 = 0, _ body: [UInt8], from source: Address,
  to destination: Address, hopLimit: UInt8 = 64
) -> [UInt8] {
  let message = message6(8 + body.count, from: source, to: destination) { out in
    out.setBig16(UInt16(type) << 8 | UInt16(code), at: 0)
    out.setBig32(rest, at: 4)
    out.set(body.span.bytes, at: 8)
  }
  return packet6(message, from: source, to: destination, .icmpv6, hopLimit: hopLimit)
}

func solicitation(
  _ target: Address, from source: Address, _ hardware: HardwareAddress?, hopLimit: UInt8 = 255
) -> [UInt8] {
  let to = target.solicitedNode
  let message = message6(hardware == nil ? 24 : 32, from: source, to: to) { out in
    NDPHeader.emitNeighbourSolicitation(&out, at: 0, target: target)
    if let hardware { _ = NDPHeader.emit(.sourceHardware(hardware), &out, at: 24) }
  }
  return packet6(message, from: source, to: to, .icmpv6, hopLimit: hopLimit)
}

func advertisement(
  _ target: Address, _ hardware: HardwareAddress?, from source: Address, to destination: Address,
  isRouter: Bool = false, isSolicited: Bool = true, overrides: Bool = true, hopLimit: UInt8 = 255
) -> [UInt8] {
  let message = message6(hardware == nil ? 24 : 32, from: source, to: destination) { out in
    NDPHeader.emitNeighbourAdvertisement(
      &out, at: 0, target: target, isRouter: isRouter, isSolicited: isSolicited, overrides: overrides)
    if let hardware { _ = NDPHeader.emit(.targetHardware(hardware), &out, at: 24) }
  }
  return packet6(message, from: source, to: destination, .icmpv6, hopLimit: hopLimit)
}

let routerAddress = Address("fe80::99")!, routerHardware = HardwareAddress(2, 0, 0, 0, 0, 0x99)

func routerAdvertisement(
  _ options: [NDPOption], lifetime: UInt16 = 1_800, from source: Address = routerAddress,
  routerLimit: UInt8 = 0, hopLimit: UInt8 = 255
) -> [UInt8] {
  var count = 16
  for option in options {
    if case .prefix = option { count += NDPHeader.prefixCount } else { count += NDPHeader.shortCount }
  }
  let message = message6(count, from: source, to: .allNodes) { out in
    NDPHeader.emitRouterAdvertisement(&out, at: 0, hopLimit: routerLimit, lifetime: lifetime)
    var at = 16
    for option in options { at += NDPHeader.emit(option, &out, at: at) }
  }
  return packet6(message, from: source, to: .allNodes, .icmpv6, hopLimit: hopLimit)
}

func prefixOption(
  _ text: String, valid: UInt32, preferred: UInt32, isOnLink: Bool = true, isAutonomous: Bool = true
) -> NDPOption {
  .prefix(
    NDPPrefix(
      AddressPrefix(text)!, isOnLink: isOnLink, isAutonomous: isAutonomous, validLifetime: valid,
      preferredLifetime: preferred))
}
