import StrataFiles
import Testing

@Suite struct ByteCountTests {
  @Test(arguments: [
    (UInt64(0), "0 B"), (999, "999 B"), (1_000, "1 kB"), (3_140_000, "3.1 MB"), (64_000_000, "64 MB"),
    (999_999_999, "999 MB"), (UInt64.max, "18 EB"),
  ]) func aSizeIsShownInItsUnit(_ bytes: UInt64, _ text: String) {
    #expect(ByteCount(bytes).description == text)
  }
}
