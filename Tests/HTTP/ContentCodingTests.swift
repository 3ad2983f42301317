import StrataHTTP
import Testing

@Suite struct ContentCodingTests {
  @Test(arguments: [
    (nil, "identity"), ("", "identity"), ("gzip", "gzip"), ("zstd, gzip", "zstd"), ("gzip, zstd", "zstd"),
    ("gzip, zstd;q=0.5", "gzip"), ("GZIP ; Q=0.001", "gzip"), ("x-gzip", "gzip"), ("br", "identity"),
    ("*", "zstd"), ("*;q=0.5, gzip", "gzip"), ("zstd;q=0, *", "gzip"), ("gzip;q=0", "identity"),
    ("identity, gzip;q=0.9", "identity"), ("identity;q=0.5, gzip;q=0.5", "gzip"),
    ("identity;q=0", "none"), ("*;q=0", "none"), ("identity;q=0, gzip", "gzip"),
    ("*;q=0, identity;q=0.1", "identity"), ("gzip;q=2", "identity"), ("gzip;q=1.5", "identity"),
    ("gzip;q=", "identity"),
    ("gzip;q=0.1234", "identity"), (" ,, ;q=1, gzip", "gzip"), ("gzip;level=9;q=1.000", "gzip"),
  ]) func aClientGetsWhatItLikesMost(_ field: String?, _ name: String) {
    let coding = ContentCoding.choose(field, among: [.zstd, .gzip])
    #expect(coding?.name ?? "none" == name)
  }

  @Test func whatIsNotOfferedIsNotChosen() {
    #expect(ContentCoding.choose("gzip, zstd", among: []) == .identity)
    #expect(ContentCoding.choose("gzip, zstd", among: [.gzip]) == .gzip)
    #expect(ContentCoding.choose("gzip, identity;q=0", among: []) == nil)
  }
}
