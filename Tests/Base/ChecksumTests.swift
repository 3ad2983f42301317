import StrataBase
import Testing

@Suite struct ChecksumTests {
  @Test func aSumOfZeroesIsZero() { #expect(Checksum.fold(0) == 0) }
}
