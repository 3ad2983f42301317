import StrataBase
import StrataCorpus
import StrataWire

/// Makes frames for a host at 10.0.0.1: right ones, strange ones, broken ones.
struct FrameForge {
  static let host = HardwareAddress(2, 0, 0, 0, 0, 1)
  static let hostAddress: UInt32 = 0x0a00_0001
  /// Ports that somebody listens at, and some that nobody does.
  static let ports: [UInt16] = [80, 53, 7, 0, 40_000, 65_535]

  /// Who sends: neighbours on the network, strangers, and addresses that may send nothing.
  private static let addresses: [UInt32] = [
    0x0a00_0002, 0x0a00_0002, 0x0a00_0003, 0x0a00_00fe, 0x0808_0808, 0x0a00_0001, 0, 0xffff_ffff, 0x0a00_00ff,
    0x7f00_0001, 0xe000_0001,
  ]

  /// Sequence numbers that some segment of the host's has told.
  var heard: [UInt32] = []

  /// Notes what the host says of its numbers.
  mutating func hear(_ frame: RawSpan) {
    guard let ethernet = try? EthernetView(frame), ethernet.type == .ipv4,
      let packet = try? IPv4View(ethernet.payload), packet.protocol == .tcp,
      let segment = try? TCPView(packet.payload)
    else { return }
    heard.append(segment.sequence.rawValue)
    heard.append(segment.acknowledgment.rawValue)
    if heard.count > 64 { heard.removeFirst(32) }
  }

  func frame(_ random: inout Random) -> [UInt8] {
    var bytes: [UInt8]
    switch random.number(16) {
    case 0: return random.bytes(random.size(1_600))
    case 1, 2: bytes = ethernet(.arp, arp(&random), &random)
    case 3: bytes = ethernet(.ipv4, packet(.icmp, control(&random), &random), &random)
    case 4, 5: bytes = ethernet(.ipv4, packet(.udp, datagram(&random), &random), &random)
    case 6:
      bytes = ethernet(.ipv4, packet(.tcp, random.one(of: WireFormat.tcp.vectors).bytes, &random), &random)
    case 7: bytes = ethernet(.ipv4, random.one(of: WireFormat.ipv4.vectors).bytes, &random)
    case 12...15: bytes = ethernet(.ipv6, ForgedIPv6.packet(&random), &random)
    default: bytes = ethernet(.ipv4, packet(.tcp, segment(&random), &random), &random)
    }
    if random.once(in: 3) { Mutation.apply(to: &bytes, &random) }
    if !random.once(in: 4) { FrameForge.repair(&bytes) }
    return bytes
  }

  // MARK: layers

  private func ethernet(_ type: EtherType, _ payload: [UInt8], _ random: inout Random) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: EthernetHeader.count)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    let sender = HardwareAddress(2, 0, 0, 0, 0, UInt8(random.number(5)))
    let target = random.once(in: 10) ? HardwareAddress.broadcast : FrameForge.host
    EthernetHeader.emit(&out, at: 0, to: target, from: sender, type: type)
    let padding = random.once(in: 4) ? [UInt8](repeating: 0, count: random.number(20)) : []
    return bytes + payload + padding
  }

  private func arp(_ random: inout Random) -> [UInt8] {
    if random.once(in: 3) { return random.one(of: WireFormat.arp.vectors).bytes }
    var bytes = [UInt8](repeating: 0, count: ARPHeader.count)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    ARPHeader.emit(
      &out, at: 0, operation: random.coin() ? .request : .reply,
      senderHardware: HardwareAddress(2, 0, 0, 0, 0, UInt8(random.number(255))),
      senderAddress: Address(v4: random.one(of: FrameForge.addresses)), targetHardware: FrameForge.host,
      targetAddress: Address(v4: FrameForge.hostAddress))
    return bytes
  }

  private func packet(_ kind: IPProtocol, _ payload: [UInt8], _ random: inout Random) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: IPv4Header.count)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    let isPiece = random.once(in: 20)
    IPv4Header.emit(
      &out, at: 0, source: random.one(of: FrameForge.addresses).bigEndian,
      destination: (random.once(in: 12) ? random.one(of: FrameForge.addresses) : FrameForge.hostAddress)
        .bigEndian,
      protocol: random.once(in: 30) ? IPProtocol(rawValue: UInt8(random.number(256))) : kind,
      payloadCount: payload.count, identification: UInt16(random.number(65_536)),
      timeToLive: random.once(in: 20) ? 0 : 64, moreFragments: isPiece, fragmentOffset: isPiece ? 8 : 0)
    return bytes + payload
  }

  private func control(_ random: inout Random) -> [UInt8] {
    if random.coin() { return random.one(of: WireFormat.icmpv4.vectors).bytes }
    // An error about something that the host may have sent.
    var quoted = [UInt8](repeating: 0, count: IPv4Header.count)
    var span = quoted.mutableSpan
    var out = span.mutableBytes
    IPv4Header.emit(
      &out, at: 0, source: FrameForge.hostAddress.bigEndian, destination: UInt32(0x0a00_0002).bigEndian,
      protocol: random.coin() ? .tcp : .udp, payloadCount: 20, identification: 0)
    quoted +=
      FrameForge.big(random.one(of: FrameForge.ports)) + FrameForge.big(random.one(of: FrameForge.ports))
    quoted += FrameForge.big(number(&random)) + random.bytes(random.number(12))
    return [random.one(of: [3, 3, 11, 5, 12]), UInt8(random.number(16)), 0, 0, 0, 0, 2, 0] + quoted
  }

  private func datagram(_ random: inout Random) -> [UInt8] {
    if random.once(in: 4) { return random.one(of: WireFormat.udp.vectors).bytes }
    let payload = random.bytes(random.size(600))
    let ports =
      FrameForge.big(random.one(of: FrameForge.ports)) + FrameForge.big(random.one(of: FrameForge.ports))
    return ports + FrameForge.big(UInt16(8 + payload.count)) + [0, 0] + payload
  }

  private func segment(_ random: inout Random) -> [UInt8] {
    var options = TCPOptions()
    if random.coin() { options.timestamps = TCPTimestamps(value: UInt32(random.number(1_000)), echo: 0) }
    if random.once(in: 4) { options.windowScale = UInt8(random.number(16)) }
    if random.once(in: 4) { options.maximumSegmentSize = UInt16(random.number(3_000)) }
    options.sackPermitted = random.once(in: 4)
    let headerCount = TCPHeader.count + options.encodedCount
    var bytes = [UInt8](repeating: 0, count: headerCount)
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    let flags: [TCPFlags] = [
      .syn, .syn, .ack, .ack, [.ack, .psh], [.ack, .fin], .rst, [.rst, .ack], [.syn, .ack],
    ]
    let port = random.one(of: FrameForge.ports + [80, 80, 80])
    _ = TCPHeader.emit(
      &out, at: 0, ports: TCPHeader.ports(source: UInt16(1_000 + random.number(6)), destination: port),
      sequence: SequenceNumber(number(&random)), acknowledgment: SequenceNumber(number(&random)),
      flags: random.one(of: flags), window: UInt16(truncatingIfNeeded: random.next()),
      headerCount: headerCount)
    options.emit(&out, at: TCPHeader.count)
    return bytes + random.bytes(random.coin() ? 0 : random.size(1_400))
  }

  /// A number that means something to the host, or nearly.
  private func number(_ random: inout Random) -> UInt32 {
    if heard.isEmpty || random.once(in: 6) { return UInt32(truncatingIfNeeded: random.next()) }
    return random.one(of: heard) &+ UInt32(random.one(of: [0, 0, 1, 1, 2, 1_000]))
  }

  static func big(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xff)] }
  static func big(_ value: UInt32) -> [UInt8] { big(UInt16(value >> 16)) + big(UInt16(value & 0xffff)) }

  // MARK: checksums

  /// Makes the checksums right, so that what is wrong is looked at further up.
  static func repair(_ bytes: inout [UInt8]) {
    let start = EthernetHeader.count
    guard bytes.count >= start + IPv4Header.count, bytes[12] == 8, bytes[13] == 0 else { return }
    let headerCount = Int(bytes[start] & 15) * 4
    guard bytes[start] >> 4 == 4, headerCount >= 20, start + headerCount <= bytes.count else { return }
    put(0, at: start + IPv4Header.checksum, &bytes)
    put(~sum(bytes, start, start + headerCount), at: start + IPv4Header.checksum, &bytes)
    let total = Int(bytes[start + 2]) << 8 | Int(bytes[start + 3])
    let from = start + headerCount, end = min(start + max(total, headerCount), bytes.count)
    let field: Int
    switch bytes[start + IPv4Header.protocol] {
    case 1: field = 2
    case 6: field = TCPHeader.checksum
    case 17: field = 6
    default: return
    }
    guard from + field + 2 <= end else { return }
    put(0, at: from + field, &bytes)
    var pseudo: UInt16 = 0
    if field != 2 {
      let addresses = sum(bytes, start + IPv4Header.source, start + IPv4Header.destination + 4)
      pseudo = fold(UInt32(addresses) + UInt32(bytes[start + IPv4Header.protocol]) + UInt32(end - from))
    }
    put(~fold(UInt32(sum(bytes, from, end)) + UInt32(pseudo)), at: from + field, &bytes)
  }

  private static func put(_ value: UInt16, at offset: Int, _ bytes: inout [UInt8]) {
    bytes.replaceSubrange(offset..<(offset + 2), with: big(value))
  }
  private static func fold(_ sum: UInt32) -> UInt16 {
    let once = sum & 0xffff + sum >> 16
    return UInt16(truncatingIfNeeded: once & 0xffff + once >> 16)
  }
  private static func sum(_ bytes: [UInt8], _ from: Int, _ end: Int) -> UInt16 {
    var sum: UInt32 = 0
    for at in stride(from: from, to: end, by: 2) {
      sum += UInt32(bytes[at]) << 8 + (at + 1 < end ? UInt32(bytes[at + 1]) : 0)
    }
    return fold(sum)
  }
}
