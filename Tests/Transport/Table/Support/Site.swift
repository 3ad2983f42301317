import StrataBase
import StrataInternet
import StrataLink
import StrataWire

@testable import StrataTransport

/// One host without a cable: segments are put in by hand and what it sends is read. Everything beyond
/// its network is reached by a router whose hardware address it knows.
struct Site: ~Copyable {
  static let hardware = HardwareAddress(2, 0, 0, 0, 0, 1)
  static let routerHardware = HardwareAddress(2, 0, 0, 0, 0, 2)

  let family: Family
  let pool: FramePool
  var internet: Internet
  var tcp: TCP
  var udp: UDP
  var now = Instant.start + .seconds(1)

  init(
    _ family: Family, settings: TCPSettings = TCPSettings(), capacity: Int = 65_536,
    limits: TableLimits = TableLimits(),
    seed: UInt64 = 1, trace: Trace = Trace()
  ) {
    self.family = family
    pool = FramePool(standard: 8_192)
    internet = Internet(pool: pool, random: Random(seed: seed), trace: Trace())
    tcp = TCP(
      pool: pool, random: Random(seed: seed + 1), trace: trace, settings: settings, capacity: capacity,
      limits: limits)
    udp = UDP(pool: pool, random: Random(seed: seed + 2), trace: Trace(), capacity: capacity)
    let interface = internet.attach(
      hardware: Self.hardware, addresses: [AddressPrefix(family.a, length: family.networkLength)],
      capabilities: LinkCapabilities(), duplicateProbes: 0)
    internet.addRoute(to: AddressPrefix(family.any, length: 0), gateway: family.b, interface: interface)
    internet.expire(at: now)
    meetRouter()
  }

  /// The router asks for us, so that we know it. To be repeated where a test lasts longer than ARP's memory.
  mutating func meetRouter() {
    var frame = pool.take()!
    let here = family.a, router = family.b, isV4 = family == .v4
    let count = EthernetHeader.count + (isV4 ? ARPHeader.count : IPv6Header.count + 32)
    frame.append(count)
    var out = frame.mutableBytes
    EthernetHeader.emit(
      &out, at: 0, to: isV4 ? .broadcast : HardwareAddress(ipv6Group: here.solicitedNode),
      from: Self.routerHardware, type: isV4 ? .arp : .ipv6)
    if isV4 {
      ARPHeader.emit(
        &out, at: EthernetHeader.count, operation: .request, senderHardware: Self.routerHardware,
        senderAddress: router, targetHardware: .broadcast, targetAddress: here)
    } else {
      let at = EthernetHeader.count + IPv6Header.count, group = here.solicitedNode
      IPv6Header.emit(
        &out, at: EthernetHeader.count, source: router, destination: group, nextHeader: .icmpv6,
        payloadCount: 32, hopLimit: 255)
      NDPHeader.emitNeighbourSolicitation(&out, at: at, target: here)
      _ = NDPHeader.emit(.sourceHardware(Self.routerHardware), &out, at: at + 24)
      let pseudo = PseudoHeader.sum(source: router, destination: group, protocol: .icmpv6, count: 32)
      ICMPv6Header.seal(&out, at: at, count: 32, pseudo: pseudo)
    }
    _ = internet.receive(frame, on: 0, at: now)
    while let frame = internet.outgoing.pop() { _ = frame.count }
  }

  /// A segment arrives, past the Internet layer.
  mutating func arrives(
    _ flags: TCPFlags, from remote: SocketName, to port: UInt16, seq: UInt32 = 0, ack: UInt32 = 0,
    window: UInt16 = 65_535, options: TCPOptions = TCPOptions(), payload: [UInt8] = [],
    corrupt: Bool = false, broadcast: Bool = false
  ) {
    var frame = pool.take()!
    frame.append(payload.span.bytes)
    let count = TCPHeader.count + options.encodedCount
    frame.prepend(count)
    let total = frame.count
    var sum = PseudoHeader.sum(source: remote.address, destination: family.a, protocol: .tcp, count: total)
    sum = Checksum.joined(sum, count: 0, Checksum.sum(payload.span.bytes))
    var out = frame.mutableBytes
    sum &+= TCPHeader.emit(
      &out, at: 0, ports: TCPHeader.ports(source: remote.port, destination: port),
      sequence: SequenceNumber(seq), acknowledgment: SequenceNumber(ack), flags: flags, window: window,
      headerCount: count)
    if count > TCPHeader.count { sum &+= options.emit(&out, at: TCPHeader.count) }
    TCPHeader.setChecksum(&out, at: 0, sum: corrupt ? sum &+ 1 : sum)
    let packet = Packet(
      frame: frame, source: remote.address, destination: family.a, protocol: .tcp, isBroadcast: broadcast)
    tcp.receive(packet, &internet, at: now)
  }

  /// All segments that the host sends now.
  mutating func sent() -> [Sent] {
    var all: [Sent] = []
    repeat {
      tcp.transmit(&internet, budget: 256, at: now)
      while let frame = internet.outgoing.pop() {
        if let segment = Sent(frame) { all.append(segment) }
      }
    } while tcp.hasOutput
    return all
  }

  /// Time passes, and what is due is done, deadline by deadline.
  mutating func passes(_ interval: Interval) -> [Sent] {
    let end = now + interval
    var all: [Sent] = []
    while min(tcp.nextDeadline, internet.nextDeadline) <= end {
      now = max(now, min(tcp.nextDeadline, internet.nextDeadline))
      internet.expire(at: now)
      tcp.expire(at: now)
      meetRouter()
      all += sent()
    }
    now = end
    meetRouter()
    return all
  }

  /// A whole handshake by a peer; gives the sequence numbers after it: the peer's next and ours.
  @discardableResult
  mutating func handshake(
    from remote: SocketName, to port: UInt16, seq: UInt32 = 1_000, options: TCPOptions = TCPOptions()
  ) -> (theirs: UInt32, ours: UInt32)? {
    arrives(.syn, from: remote, to: port, seq: seq, options: options)
    guard let answer = sent().last, answer.flags == [.syn, .ack] else { return nil }
    let ours = answer.sequence.rawValue &+ 1
    var stamps = TCPOptions()
    if let theirs = answer.options.timestamps {
      stamps.timestamps = TCPTimestamps(value: (options.timestamps?.value ?? 0) &+ 1, echo: theirs.value)
    }
    arrives(.ack, from: remote, to: port, seq: seq &+ 1, ack: ours, options: stamps)
    return (seq &+ 1, ours)
  }

  /// What is left when everything was closed: frames.
  var framesOut: Int { pool.outstanding }
}
