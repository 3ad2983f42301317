import StrataFiles
import Testing

@Suite struct FileNameTests {
  @Test func anUnreservedNameStaysAsItIs() {
    #expect(FileName("Read-me_1.~txt").percentEncoded == "Read-me_1.~txt")
  }
  @Test func everythingElseIsPercentEncoded() {
    #expect(FileName("a b?#%&é").percentEncoded == "a%20b%3F%23%25%26%C3%A9")
    #expect(FileName([0xff, 0x0a]).percentEncoded == "%FF%0A")
  }
  @Test func namesThatLeadElsewhereAreNotPlain() {
    for bad in ["", ".", "..", "a/b", "a\0b"] { #expect(!FileName(bad).isPlain) }
    #expect(FileName("...").isPlain && FileName("a").isPlain)
    #expect(FileName([UInt8](repeating: 0x61, count: 255)).isPlain)
    #expect(!FileName([UInt8](repeating: 0x61, count: 256)).isPlain)
  }
  @Test func theExtensionIsBehindTheLastPoint() {
    #expect(FileName("a.tar.GZ").fileExtension == "gz")
    #expect(FileName(".profile").fileExtension == "")
    #expect(FileName("Makefile").fileExtension == "")
  }
}
