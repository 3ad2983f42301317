import StrataBase
import Testing

@Suite struct ChecksumTests {
  /// RFC 1071 §4.1's loop over 16-bit words, in the order in which they lie on the wire.
  private func naive(_ bytes: some Collection<UInt8>) -> UInt16 {
    var sum: UInt32 = 0
    var high: UInt32?
    for byte in bytes {
      if let first = high {
        sum += first << 8 | UInt32(byte)
        high = nil
      } else {
        high = UInt32(byte)
      }
    }
    if let high { sum += high << 8 }
    while sum >> 16 != 0 { sum = (sum & 0xffff) + (sum >> 16) }
    return UInt16(sum)
  }

  private func bytes(_ count: Int, _ random: inout Random) -> [UInt8] {
    (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
  }

  @Test func aSumOfZeroesIsZero() {
    #expect(Checksum.fold(0) == 0)
    #expect(Checksum.sum([UInt8](repeating: 0, count: 300).span.bytes) == 0)
  }

  /// RFC 1071 §3: these eight bytes sum to ddf2.
  @Test func theExampleOfTheRFCSumsToDDF2() {
    let bytes: [UInt8] = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]
    #expect(UInt16(bigEndian: Checksum.fold(Checksum.sum(bytes.span.bytes))) == 0xddf2)
  }

  @Test func everyLengthAtEveryOffsetAgreesWithTheNaiveLoop() {
    var random = Random(seed: 1)
    for count in 0...300 {
      for offset in 0..<3 {
        let all = bytes(offset + count, &random)
        let span = all.span.bytes.extracting(droppingFirst: offset)
        let sum = UInt16(bigEndian: Checksum.fold(Checksum.sum(span)))
        #expect(sum == naive(all[offset...]), "\(count) bytes at \(offset)")
      }
    }
  }

  @Test(arguments: [1_460, 1_461, 65_535, 65_536])
  func longBytesOfAllOnesDoNotOverflow(_ count: Int) {
    let all = [UInt8](repeating: 0xff, count: count)
    #expect(UInt16(bigEndian: Checksum.fold(Checksum.sum(all.span.bytes))) == naive(all))
  }

  @Test func copyingSumsWhatItCopies() {
    var random = Random(seed: 2)
    for count in 0...300 {
      let all = bytes(count + 1, &random)
      for offset in 0...1 {
        var target = [UInt8](repeating: 0xaa, count: count + 4)
        let sum = all.withUnsafeBytes { from in
          target.withUnsafeMutableBytes { to in
            Checksum.copy(from.baseAddress! + offset, to: to.baseAddress! + 1, count: count + 1 - offset)
          }
        }
        let copied = Array(all[offset...])
        #expect(UInt16(bigEndian: Checksum.fold(sum)) == naive(copied))
        #expect(target == [0xaa] + copied + [UInt8](repeating: 0xaa, count: 2 + offset))
      }
    }
  }

  @Test func twoPartsJoinAtAnyPlace() {
    var random = Random(seed: 3)
    for count in [1, 2, 7, 64, 129, 300] {
      let all = bytes(count, &random)
      for cut in 0...count {
        let first = Checksum.sum(all.span.bytes.extracting(first: cut))
        let second = Checksum.sum(all.span.bytes.extracting(droppingFirst: cut))
        let whole = Checksum.fold(Checksum.joined(first, count: cut, second))
        #expect(UInt16(bigEndian: whole) == naive(all), "\(count) bytes cut at \(cut)")
      }
    }
  }

  @Test func foldingTakesEveryCarry() {
    #expect(Checksum.fold(.max) == 0xffff)
    #expect(Checksum.fold(0xffff) == 0xffff)
    #expect(Checksum.fold(0x1_0000) == 1)
    #expect(Checksum.fold(0x1_fffe) == 0xffff)
    #expect(Checksum.fold(0xffff_0001) == 1)
    #expect(Checksum.fold(0x0001_ffff_ffff_ffff) == 1)
    var random = Random(seed: 4)
    for _ in 0..<1_000 {
      let sum = random.next()
      let expected = sum == 0 ? 0 : (sum - 1) % 0xffff + 1
      #expect(Checksum.fold(sum) == UInt16(expected))
    }
  }
}
