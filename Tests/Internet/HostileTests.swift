import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

@Suite struct HostileTests {
  /// A random frame: noise, or something well made with damage to it.
  func frame(_ random: inout Random) -> [UInt8] {
    let address = Address(v4: 0x0a00_0000 | UInt32(random.below(256)))
    let hardware = HardwareAddress(number: random.next() >> 16)
    var bytes: [UInt8]
    switch random.below(6) {
    case 0: bytes = (0..<random.below(120)).map { _ in 0 }
    case 1:
      bytes = arp(
        random.below(2) == 0 ? .request : .reply, from: address, hardware, to: mine, mineHardware,
        ethernet: random.below(2) == 0 ? .broadcast : mineHardware)
    case 2: bytes = packet(Array(repeating: 0, count: Int(random.below(60))), from: address, .icmp)
    default:
      let p = IPProtocol(rawValue: UInt8([1, 6, 17, 132][Int(random.below(4))]))
      bytes = packet((0..<random.below(80)).map { _ in 0 }, from: address, p, padding: Int(random.below(9)))
    }
    let damage = random.below(4)
    if damage == 0 {
      for at in bytes.indices { bytes[at] = UInt8(truncatingIfNeeded: random.next()) }
    } else if damage == 1, !bytes.isEmpty {
      for _ in 0...random.below(4) {
        bytes[Int(random.below(UInt64(bytes.count)))] ^= 1 << UInt8(random.below(8))
      }
    }
    if random.below(8) == 0 { bytes = Array(bytes.prefix(Int(random.below(70)))) }
    if random.below(2) == 0, bytes.count >= 34 { fixChecksums(&bytes) }
    return bytes
  }

  func fixChecksums(_ bytes: inout [UInt8]) {
    bytes = patched(bytes, 9, bytes[23])
    let start = 14 + Int(bytes[14] & 15) * 4
    guard bytes[23] == 1, start + 8 <= bytes.count else { return }
    bytes[start + 2] = 0
    bytes[start + 3] = 0
    let sum = ~Checksum.fold(Checksum.sum(bytes.span.bytes.extracting(droppingFirst: start)))
    bytes[start + 2] = UInt8(truncatingIfNeeded: sum)
    bytes[start + 3] = UInt8(truncatingIfNeeded: sum >> 8)
  }

  @Test func aFloodOfRandomFramesNeitherTrapsNorLeaksNorGrowsMemory() {
    var site = Site(frames: 1_024)
    var random = Random(seed: 2_026)
    // Making a frame takes longer than receiving it: each of these comes some twelve times.
    let frames = (0..<8_000).map { _ in frame(&random) }
    var now = Instant.start
    var memory = 0
    for n in 0..<100_000 {
      let bytes = frames[Int(random.below(8_000))]
      now = now + .microseconds(Int64(random.below(2_000)))
      guard var frame = site.pool.take() else {
        Issue.record("no buffer left after \(n) frames")
        return
      }
      frame.append(bytes.span.bytes)
      if case .packet(let packet) = site.internet.receive(frame, on: 0, at: now) {
        site.internet.sendUnreachable(.port, for: packet, at: now)
      }
      if site.internet.nextDeadline <= now { site.internet.expire(at: now) }
      if n % 16 == 0 { while site.internet.outgoing.pop() != nil {} }
      while site.internet.nextError() != nil {}
      if n == 50_000 { memory = site.pool.memory }
    }
    #expect(site.pool.memory == memory)
    #expect(site.internet.neighbours.count <= 512)
    #expect(site.internet.counters.received == 100_000)
    // The flood reached what it was meant to reach.
    for reason in [
      PacketDrop.badHeaderChecksum, .otherHardware, .neighbourRefused, .badControlMessage, .badSource,
    ] {
      #expect(site.internet.counters[reason] > 10, "\(reason)")
    }
    #expect(site.internet.counters.echoesAnswered + site.internet.counters.errorsSent > 1_000)
    for second in 1...200 { site.internet.expire(at: now + .seconds(Int64(second))) }
    while site.internet.outgoing.pop() != nil {}
    #expect(site.internet.neighbours.isEmpty)
    #expect(site.pool.outstanding == 0)
  }

  @Test func everyTruncationOfEveryKindOfFrameIsHarmless() {
    var site = Site()
    let frames = [
      arp(.request, from: theirs, theirHardware, to: mine), packet([1, 2, 3]),
      packet(Array(repeating: 8, count: 40), .icmp),
      packet([1], IPProtocol(rawValue: 99)),
    ]
    for bytes in frames {
      for count in 0...bytes.count { _ = site.receive(Array(bytes[..<count])) }
    }
    _ = site.transmitted()
    #expect(site.internet.counters.received == UInt64(frames.reduce(0) { $0 + $1.count + 1 }))
  }
}
