import StrataBase
import StrataLink
import StrataSimulator
import StrataStack
import StrataWire
import Testing

/// A host in the middle of a flood goes on with its work.
@Suite struct FloodTests {
  /// Keeps some of the frames that arrived at the server, to make variants of.
  private final class Samples: FrameObserver {
    var frames: [[UInt8]] = []
    private var seen = 0

    func arrived(_ frame: RawSpan, at node: WorldHost, now: Instant) {
      guard node.name == "server", frame.byteCount > 14, [0x0800, 0x86dd].contains(frame.big16(at: 12))
      else { return }
      seen += 1
      if frames.count < 64 { frames.append(frame.array) } else { frames[seen % 64] = frame.array }
    }
  }

  /// Frames that nobody should send.
  private struct Attacker {
    var random: Random
    let samples: Samples

    mutating func next() -> [UInt8] {
      switch random.below(8) {
      case 0: return noise()
      case 1: return variant()
      case 2: return stranger()
      case 3: return neighbour()
      case 4: return piece()
      case 5: return foreign()
      default: return addressedNoise()
      }
    }

    private mutating func noise() -> [UInt8] {
      (0..<random.below(200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    /// Noise behind a header that reaches some layer.
    private mutating func addressedNoise() -> [UInt8] {
      let types: [[UInt8]] = [[8, 0], [8, 6], [0x86, 0xdd], [8, 0, 0x45]]
      return [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1] + types[Int(random.below(4))] + noise()
    }

    /// A frame of the download, cut, stretched or with some bytes changed.
    private mutating func variant() -> [UInt8] {
      guard !samples.frames.isEmpty else { return noise() }
      var frame = samples.frames[Int(random.below(UInt64(samples.frames.count)))]
      switch random.below(3) {
      case 0: frame = Array(frame.prefix(Int(random.below(UInt64(frame.count)))))
      case 1: frame += noise()
      default: break
      }
      for _ in 0..<(1 + random.below(6)) where !frame.isEmpty {
        frame[Int(random.below(UInt64(frame.count)))] = UInt8(truncatingIfNeeded: random.next())
      }
      return frame
    }

    private mutating func byte() -> UInt8 { UInt8(truncatingIfNeeded: random.next()) }

    /// Somebody who was never heard of asks after the server: in each version a right question.
    private mutating func neighbour() -> [UInt8] {
      let hardware: [UInt8] = [2, byte(), byte(), byte(), byte(), 7]
      let from = Address(high: (0xfd00 << 48 as UInt64).bigEndian, low: random.next() | 1)
      if random.below(2) == 0 {
        return [255, 255, 255, 255, 255, 255] + hardware + [8, 6, 0, 1, 8, 0, 6, 4, 0, 1] + hardware
          + [10, 0, 0, 3 + byte() % 250] + [0, 0, 0, 0, 0, 0, 10, 0, 0, 2]
      }
      let target = Address("fd00::2")!, group = target.solicitedNode
      var bytes = [UInt8](repeating: 0, count: 54 + 32)
      var span = bytes.mutableSpan
      var out = span.mutableBytes
      let sender = HardwareAddress(hardware.span.bytes, at: 0)
      EthernetHeader.emit(&out, at: 0, to: HardwareAddress(ipv6Group: group), from: sender, type: .ipv6)
      IPv6Header.emit(
        &out, at: 14, source: from, destination: group, nextHeader: .icmpv6, payloadCount: 32, hopLimit: 255)
      NDPHeader.emitNeighbourSolicitation(&out, at: 54, target: target)
      _ = NDPHeader.emit(.sourceHardware(sender), &out, at: 54 + 24)
      let pseudo = PseudoHeader.sum(source: from, destination: group, protocol: .icmpv6, count: 32)
      ICMPv6Header.seal(&out, at: 54, count: 32, pseudo: pseudo)
      return bytes
    }

    /// A piece of a packet that never becomes whole, from anybody.
    private mutating func piece() -> [UInt8] {
      let payload = 8 * (1 + Int(random.below(100)))
      var bytes = [UInt8](repeating: 0, count: 62 + payload)
      let source = UInt32(truncatingIfNeeded: 0x0b00_0000 | random.below(1 << 24))
      let isV4 = random.below(2) == 0
      var span = bytes.mutableSpan
      var out = span.mutableBytes
      let server = HardwareAddress(2, 0, 0, 0, 0, 2), here = HardwareAddress(2, 0, 0, 0, 0, 1)
      EthernetHeader.emit(&out, at: 0, to: server, from: here, type: isV4 ? .ipv4 : .ipv6)
      if isV4 {
        IPv4Header.emit(
          &out, at: 14, source: source.bigEndian, destination: UInt32(0x0a00_0002).bigEndian, protocol: .udp,
          payloadCount: payload, identification: UInt16(byte()), moreFragments: true,
          fragmentOffset: Int(random.below(4)) * 800)
      } else {
        IPv6Header.emit(
          &out, at: 14, source: Address(high: (0xfd00 << 48 as UInt64).bigEndian, low: random.next() | 1),
          destination: Address("fd00::2")!, nextHeader: .fragment, payloadCount: payload + 8)
        IPv6Fragment(
          identification: UInt32(byte()), offset: Int(random.below(4)) * 800, moreFragments: true,
          nextHeader: .udp
        ).emit(&out, at: 54)
      }
      return bytes
    }

    /// What else is on a cable: LLDP, spanning tree, IPX, tags upon tags, frames of others.
    private mutating func foreign() -> [UInt8] {
      let heads: [[UInt8]] = [
        [1, 0x80, 0xc2, 0, 0, 0x0e, 2, 0, 0, 0, 0, 9, 0x88, 0xcc],
        [1, 0x80, 0xc2, 0, 0, 0, 2, 0, 0, 0, 0, 9, 0, 38],
        [255, 255, 255, 255, 255, 255, 2, 0, 0, 0, 0, 9, 0x81, 0x37],
        [2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 9, 0x81, 0, 0, 5, 0x81, 0, 0, 6, 8, 0],
        [2, 0, 0, 0, 0, 0x55, 2, 0, 0, 0, 0, 9, 8, 0, 0x45],
        [0x33, 0x33, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 0x86, 0xdd, 0x60],
      ]
      return heads[Int(random.below(UInt64(heads.count)))] + noise()
    }

    /// A right segment with any flags, from a peer that is not there, to the server's port or another.
    private mutating func stranger() -> [UInt8] {
      CheckerTests.frame(
        UInt8(3 + random.below(250)), 2, seq: UInt32(truncatingIfNeeded: random.next()),
        ack: UInt32(truncatingIfNeeded: random.next()), window: UInt16(truncatingIfNeeded: random.next()),
        flags: TCPFlags(rawValue: UInt16(random.below(256))), payload: Int(random.below(50)),
        ports: (UInt16(truncatingIfNeeded: random.next()), UInt16(8 + random.below(2))))
    }
  }

  /// 300,000 frames within half a second.
  @Test(arguments: [false, true]) func aFloodedHostKeepsServing(isIPv6: Bool) throws {
    let address = isIPv6 ? "[fd00::2]:9" : "10.0.0.2:9"
    let site = Site(
      seed: 11, CableSettings(delay: .milliseconds(5), rate: 1_000_000_000, queue: 5_000), isIPv6: isIPv6)
    // The other version is there as well, so that its frames reach something.
    if isIPv6 {
      site.server.host.configure(0, address: AddressPrefix("10.0.0.2/24")!)
    } else {
      site.server.host.addAddress(AddressPrefix("fd00::2/64")!, to: 0)
    }
    let samples = Samples()
    site.world.observers.append(samples)
    let server = site.world.run(Answerer(address, sends: 4_000_000, connections: 2), on: site.server)
    let first = site.world.run(Caller(to: address, sends: 1_000), on: site.client)
    var attacker = Attacker(random: Random(seed: 1), samples: samples)
    var most = (neighbours: 0, frames: 0)
    for _ in 0..<500 {
      try site.world.run(for: .milliseconds(1))
      for _ in 0..<600 { site.world.inject(attacker.next().span.bytes, onto: site.cable, from: 0) }
      most.neighbours = max(most.neighbours, site.server.host.withInternet { $0.neighbours.count })
      most.frames = max(most.frames, site.world.pool.outstanding)
    }
    let during = site.world.program(first).talk?.received ?? 0
    #expect(during > 500_000)
    let second = site.world.run(Caller(to: address, sends: 1_000), on: site.client)
    #expect(try site.world.runUntilQuiet())
    for caller in [first, second] {
      let caller = site.world.program(caller)
      #expect(caller.isDone && caller.talk?.received == 4_000_000, "\(caller)")
    }
    #expect(site.world.program(server).isDone)
    let counters = site.server.host.withTCP { $0.counters }
    #expect(counters.badChecksum > 1_000 && counters.resetsSent > 10 && counters.invariantsBroken == 0)
    #expect(isIPv6 || counters.halfOpened > 100)
    let internet = site.server.host.withInternet { $0.counters }
    #expect(most.neighbours == 512, "the table is full, and no more")
    #expect(internet[.reassemblyFull] > 10_000, "and so is what waits for its other pieces")
    #expect(internet[.unknownType] > 1_000 && internet[.otherHardware] > 1_000)
    #expect(internet[.unknownNetwork] > 1_000)
    #expect(most.frames < 16_384, "on the cable, in queues and waiting: \(most.frames)")
  }
}
