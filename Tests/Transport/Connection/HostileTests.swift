import StrataBase
import StrataLink
import StrataWire
import Testing

@testable import StrataTransport

/// Random and mutated segments into every state: no trap, and memory stays bounded.
@Suite struct HostileTests {
  static func option(_ random: inout Random) -> TCPOptions {
    var options = TCPOptions()
    if random.below(4) == 0 {
      options.timestamps = TCPTimestamps(
        value: UInt32(random.below(1 << 32)), echo: UInt32(random.below(200_000)))
    }
    return options
  }

  /// Mostly near the numbers that matter, sometimes anywhere.
  static func near(_ number: SequenceNumber, _ random: inout Random) -> SequenceNumber {
    switch random.below(8) {
    case 0: SequenceNumber(UInt32(truncatingIfNeeded: random.next()))
    case 1: number + Int(random.below(200_000)) - 100_000
    case 2, 3: number + Int(random.below(3_000)) - 1_500
    default: number + Int(random.below(5)) - 2
    }
  }

  static func attack(_ s: Script, _ random: inout Random, _ payload: [UInt8]) {
    let c = s.connection
    var flags = TCPFlags(rawValue: UInt16(random.below(512)))
    if random.below(2) == 0 { flags = .ack }
    if random.below(3) > 0 { flags.remove([.rst, .syn]) }
    let sequence = near(c.pointee.receiveNext, &random)
    let acknowledged = near(random.below(2) == 0 ? c.pointee.sendNext : c.pointee.sendUnacknowledged, &random)
    var options = option(&random)
    for _ in 0..<random.below(4) {
      let left = near(c.pointee.sendUnacknowledged, &random)
      options.sackBlocks.append(SACKBlock(left: left, right: left + Int(random.below(4_000)) - 100))
    }
    let count = [0, 0, 1, 10, 1_400][Int(random.below(5))]
    let window = UInt16(truncatingIfNeeded: random.below(3) == 0 ? random.below(3) : random.next())
    guard
      var frame = Script.segment(
        s.pool, flags, sequence, acknowledged, window, options, Array(payload[0..<count]))
    else { return }
    if random.below(10) == 0 {
      var bytes = frame.mutableBytes
      bytes.setByte(
        UInt8(random.below(256)), at: 12 + Int(random.below(UInt64(min(bytes.byteCount, 40) - 12))))
    }
    if random.below(50) == 0 { frame.truncate(to: Int(random.below(UInt64(frame.count)))) }
    s.last = c.pointee.receive(frame, at: s.now)
  }

  static func live(_ s: Script, _ random: inout Random, _ bytes: [UInt8]) {
    switch random.below(24) {
    case 0: s.writes(Array(bytes[0..<Int(random.below(1_400))]))
    case 1: _ = s.reads()
    case 2:
      s.now = s.now + .milliseconds(Int64(random.below(400)))
      s.last = s.connection.pointee.expire(at: s.now)
    case 3: _ = s.next()
    case 4, 5: _ = s.next()
    default: break
    }
  }

  @Test(arguments: TCPState.allCases) func noSegmentTrapsAConnection(state: TCPState) {
    var random = Random(seed: UInt64(state.rawValue) + 1)
    let payload = [UInt8](repeating: 9, count: 1_400)
    var s = SegmentArrivalTests.script(in: state)
    var lives = 0
    for turn in 0..<20_000 {
      Self.attack(s, &random, payload)
      Self.live(s, &random, payload)
      if turn % 64 == 0 {
        #expect(s.connection.pointee.failure != .broken)
        #expect(s.info.memory < 1_500_000)
        #expect(s.pool.outstanding <= 700)
      }
      if s.state == .closed && state != .closed || turn % 2_000 == 1_999 {
        s = SegmentArrivalTests.script(in: state)
        lives += 1
      }
    }
    #expect(lives > 0)
  }
}
