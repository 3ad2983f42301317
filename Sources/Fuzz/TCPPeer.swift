import StrataBase
import StrataInternet
import StrataTransport
import StrataWire

/// The other end of a connection: it speaks TCP well enough to get a connection into any state, and
/// badly enough to find out what it does there.
struct TCPPeer {
  let name: ConnectionName
  /// Its initial number, where it has the choice.
  private var initial = SequenceNumber(77)
  /// Payload that it sent so far, and whether its FIN is behind that.
  private var next = 0
  private var hasFinished = false
  private var stamp: UInt32 = 1

  init(_ name: ConnectionName) { self.name = name }

  /// A segment that a right peer could send now.
  mutating func honest(_ subject: TCPSubject, _ random: inout Random) -> [UInt8] {
    var segment = plain(subject, &random)
    guard subject.oracle.theirs != nil, subject.state != .synSent else { return handshake(subject, &random) }
    switch random.number(12) {
    case 0: segment.flags.insert(.fin)
    case 1, 2, 3: break
    case 4: addHeld(subject, &segment, &random)
    default: if !hasFinished { segment.payloadCount = random.size(3_000) }
    }
    if hasFinished { segment.flags.insert(.fin) }
    next += segment.payloadCount
    if segment.flags.contains(.fin) { hasFinished = true }
    return segment.bytes(from: name.reversed)
  }

  /// A segment with a few things wrong in it, or one that nobody would send.
  mutating func strange(_ subject: TCPSubject, _ random: inout Random) -> [UInt8] {
    var segment = plain(subject, &random)
    segment.payloadCount = random.coin() ? random.size(3_000) : 0
    for _ in 0...random.number(3) { spoil(subject, &segment, &random) }
    var bytes = segment.bytes(from: name.reversed)
    if random.once(in: 4) {
      var header = Array(bytes.prefix(60))
      Mutation.apply(to: &header, &random)
      bytes.replaceSubrange(..<min(60, bytes.count), with: header)
      ForgedSegment.mark(&bytes)
    }
    return Array(bytes.prefix(Frame.largeRoom))
  }

  /// An ICMP error about what the connection sent, or about something else.
  static func unreachable(_ subject: TCPSubject, _ random: inout Random) -> ControlError {
    let kinds: [ControlError.Kind] = [
      .networkUnreachable, .hostUnreachable, .protocolUnreachable, .portUnreachable,
      .fragmentationNeeded(mtu: random.number(2_000)), .timeExceeded,
    ]
    let sequence = subject.oracle.ours + random.number(subject.oracle.emitted + 3)
    return ControlError(
      kind: random.one(of: kinds), protocol: .tcp, source: subject.name.localAddress,
      destination: subject.name.remoteAddress, transport: UInt64(sequence.rawValue))
  }

  // MARK: pieces

  /// An acknowledgment of what was seen, or of part of it, at the right place.
  private mutating func plain(_ subject: TCPSubject, _ random: inout Random) -> ForgedSegment {
    let oracle = subject.oracle
    let seen = oracle.emitted
    let behind = random.once(in: 3) ? random.size(min(max(seen, 0), 20_000)) : 0
    var segment = ForgedSegment(
      sequence: (oracle.theirs ?? initial) + 1 + next, acknowledgment: oracle.ours + 1 + (seen - behind),
      flags: .ack)
    if hasFinished { segment.sequence += 1 }
    if hasFinished, random.coin() { segment.sequence = segment.sequence - 1 }
    segment.window = random.one(of: [0, 1, 100, 1_460, 10_000, 65_535, 65_535])
    stamp &+= UInt32(random.number(50))
    if oracle.usesTimestamps {
      segment.options.timestamps = TCPTimestamps(
        value: stamp, echo: UInt32(truncatingIfNeeded: random.next()))
    }
    return segment
  }

  private mutating func handshake(_ subject: TCPSubject, _ random: inout Random) -> [UInt8] {
    initial = SequenceNumber(UInt32(truncatingIfNeeded: random.next()))
    var segment = ForgedSegment(
      sequence: initial, acknowledgment: subject.oracle.ours + 1,
      flags: random.once(in: 3) ? .syn : [.syn, .ack])
    if random.once(in: 5) { segment.payloadCount = random.size(1_000) }
    if random.coin() { segment.options.maximumSegmentSize = UInt16(random.size(9_000)) }
    if random.coin() { segment.options.windowScale = UInt8(random.number(15)) }
    segment.options.sackPermitted = random.coin()
    if random.coin() { segment.options.timestamps = TCPTimestamps(value: stamp, echo: 0) }
    segment.window = random.one(of: [0, 1, 1_000, 65_535])
    return segment.bytes(from: name.reversed)
  }

  /// SACK blocks: places in what was sent, right or nonsense.
  private func addHeld(_ subject: TCPSubject, _ segment: inout ForgedSegment, _ random: inout Random) {
    for _ in 0..<(1 + random.number(4)) {
      let left = subject.oracle.ours + 1 + random.number(subject.oracle.emitted + 2)
      let count = random.once(in: 10) ? -random.size(5_000) : random.size(5_000)
      segment.options.sackBlocks.append(SACKBlock(left: left, right: left + count))
    }
    segment.acknowledgment = subject.oracle.ours + 1 + random.number(subject.oracle.emitted + 1)
    if segment.options.encodedCount > 40 { segment.options.timestamps = nil }
  }

  private func spoil(_ subject: TCPSubject, _ segment: inout ForgedSegment, _ random: inout Random) {
    switch random.number(12) {
    case 0: segment.sequence += random.size(5_000)
    case 1: segment.sequence = segment.sequence - random.size(5_000)
    case 2: segment.sequence += random.one(of: [1 << 31, (1 << 31) - 1, 1 << 30, 65_535, -1, 1])
    case 3: segment.acknowledgment += random.one(of: [1 << 31, 1 << 30, 70_000, 2, 1, -1, -2, -70_000])
    case 4: segment.flags = TCPFlags(rawValue: UInt16(random.number(512)))
    case 5: segment.flags.formSymmetricDifference(random.one(of: [.syn, .fin, .rst, .ack, .psh, .urg]))
    case 6: segment.window = UInt16(truncatingIfNeeded: random.next())
    case 7: segment.options.timestamps = TCPTimestamps(value: stamp &- UInt32(random.number(1_000)), echo: 0)
    case 8: segment.options.timestamps = nil
    case 9: addHeld(subject, &segment, &random)
    case 10: segment.payloadCount = random.one(of: [0, 1, 2, 535, 1_460, 60_000])
    default:
      segment.options.maximumSegmentSize = UInt16(truncatingIfNeeded: random.next())
      segment.options.windowScale = UInt8(truncatingIfNeeded: random.next())
    }
  }
}
