import StrataBase
import StrataLink
import Testing

@testable import StrataTransport

/// Two connections, a bad pipe between them, and a user at each end who checks every byte.
@Suite struct PipeTests {
  static func byte(_ end: Int, _ at: Int) -> UInt8 {
    UInt8(truncatingIfNeeded: (at &* 167) >> 3 &+ end &* 91)
  }

  /// Each end writes `counts[end]` bytes, then closes; both read until the end. Gives the turns.
  static func exchange(_ pipe: Pipe, counts: [Int], piece: Int = 4_000, turns: Int = 60_000) -> Bool {
    var written = [0, 0], read = [0, 0]
    var wrong = false, ended = [false, false], closed = [false, false]
    for _ in 0..<turns {
      for end in 0..<2 {
        let machine = pipe.ends[end]
        if machine.pointee.failure != nil { return false }
        while written[end] < counts[end] {
          let from = written[end], n = min(piece, counts[end] - from)
          let bytes = (0..<n).map { byte(end, from + $0) }
          let took = bytes.withUnsafeBytes { machine.pointee.write(RawSpan(_unsafeBytes: $0)) }
          written[end] += took
          if took < n { break }
        }
        if written[end] == counts[end], !closed[end] {
          closed[end] = true
          _ = machine.pointee.closeWrite(at: pipe.now)
        }
        machine.pointee.drain { bytes in
          bytes.withUnsafeBytes { buffer in
            for (index, value) in buffer.enumerated() where value != byte(1 - end, read[end] + index) {
              wrong = true
            }
          }
          read[end] += bytes.byteCount
          return bytes.byteCount
        }
        if machine.pointee.atEndOfStream, !ended[end] {
          ended[end] = true
          if end == 1 { pipe.done = pipe.now }
        }
      }
      if wrong { return false }
      if pipe.ends[0].pointee.state == .closed && pipe.ends[1].pointee.state == .closed { break }
      if !pipe.turn() { break }
    }
    return read == [counts[1], counts[0]] && ended == [true, true] && pipe.ends[0].pointee.state == .closed
      && pipe.ends[1].pointee.state == .closed
  }

  @Test func aCleanPipeCarriesBothWays() {
    let pipe = Pipe(seed: 1, faults: .init())
    #expect(Self.exchange(pipe, counts: [300_000, 200_000]))
    #expect(pipe.ends[0].pointee.retransmissions == 0)
    #expect(pipe.ends[1].pointee.retransmissions == 0)
  }

  @Test func superFramesCarryBothWays() {
    let link = LinkCapabilities(largestSegment: LinkCapabilities.superSegment)
    let pipe = Pipe(seed: 1, faults: .init(loss: 0.02, duplicate: 0.02, reorder: 0.1), link: link)
    #expect(Self.exchange(pipe, counts: [1_000_000, 500_000], piece: 60_000))
  }

  /// What 400 kB take at 5 % loss and 10 ms round trip, when one side has nothing to say: timers alone
  /// would take a minute.
  @Test func lossesAreRepairedWithoutWaitingForTimers() {
    for seed in 0..<6 {
      for sack in [true, false] {
        var settings = TCPSettings()
        settings.sack = sack
        let pipe = Pipe(seed: UInt64(seed), faults: .init(loss: 0.05), settings: settings)
        #expect(Self.exchange(pipe, counts: [400_000, 0], piece: 16_000))
        #expect(pipe.done < .start + .seconds(sack ? 3 : 5), "seed \(seed) took \(pipe.done)")
      }
    }
  }

  @Test(arguments: 0..<8) func everyByteArrivesOnceOverABadPipe(group: Int) {
    for seed in (group * 25)..<(group * 25 + 25) {
      var settings = TCPSettings()
      settings.sack = seed % 5 != 0
      settings.timestamps = seed % 3 != 0
      settings.noDelay = seed % 2 == 0
      settings.windowScaling = seed % 7 != 0
      let loss = [0.0, 0.01, 0.05, 0.2][seed % 4]
      let pipe = Pipe(
        seed: UInt64(seed), faults: .init(loss: loss, duplicate: 0.03, reorder: 0.2), settings: settings)
      let isWhole = Self.exchange(
        pipe, counts: [20_000 + seed * 311, 10_000 + seed * 97], piece: 1_000 + seed)
      let failures = pipe.ends.map { $0.pointee.failure }, states = pipe.ends.map { $0.pointee.state }
      #expect(isWhole, "seed \(seed) \(failures) \(states) at \(pipe.now)")
    }
  }
}
