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
      guard node.name == "server", frame.byteCount > 14, frame.big16(at: 12) == 0x0800 else { return }
      seen += 1
      if frames.count < 64 { frames.append(frame.array) } else { frames[seen % 64] = frame.array }
    }
  }

  /// Frames that nobody should send.
  private struct Attacker {
    var random: Random
    let samples: Samples

    mutating func next() -> [UInt8] {
      switch random.below(4) {
      case 0: return noise()
      case 1: return variant()
      case 2: return stranger()
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

    /// A right segment with any flags, from a peer that is not there, to the server's port or another.
    private mutating func stranger() -> [UInt8] {
      CheckerTests.frame(
        UInt8(3 + random.below(250)), 2, seq: UInt32(truncatingIfNeeded: random.next()),
        ack: UInt32(truncatingIfNeeded: random.next()), window: UInt16(truncatingIfNeeded: random.next()),
        flags: TCPFlags(rawValue: UInt16(random.below(256))), payload: Int(random.below(50)),
        ports: (UInt16(truncatingIfNeeded: random.next()), UInt16(8 + random.below(2))))
    }
  }

  @Test func aFloodedHostKeepsServing() throws {
    let site = Site(seed: 11, CableSettings(delay: .milliseconds(5), rate: 100_000_000, queue: 5_000))
    let samples = Samples()
    site.world.observers.append(samples)
    let server = site.world.run(Answerer("10.0.0.2:9", sends: 4_000_000, connections: 2), on: site.server)
    let first = site.world.run(Caller(to: "10.0.0.2:9", sends: 1_000), on: site.client)
    var attacker = Attacker(random: Random(seed: 1), samples: samples)
    // 200,000 frames a second for half a second.
    for _ in 0..<500 {
      try site.world.run(for: .milliseconds(1))
      for _ in 0..<200 { site.world.inject(attacker.next().span.bytes, onto: site.cable, from: 0) }
    }
    let during = site.world.program(first).talk?.received ?? 0
    #expect(during > 500_000)
    let second = site.world.run(Caller(to: "10.0.0.2:9", sends: 1_000), on: site.client)
    #expect(try site.world.runUntilQuiet())
    for caller in [first, second] {
      let caller = site.world.program(caller)
      #expect(caller.isDone && caller.talk?.received == 4_000_000, "\(caller)")
    }
    #expect(site.world.program(server).isDone)
    let counters = site.server.host.withTCP { $0.counters }
    #expect(counters.badChecksum > 1_000 && counters.halfOpened > 100 && counters.resetsSent > 10)
    #expect(counters.invariantsBroken == 0)
  }
}
