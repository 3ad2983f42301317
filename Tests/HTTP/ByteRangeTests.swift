import StrataHTTP
import Testing

@Suite struct ByteRangeTests {
  @Test func singleAndSeveralRangesAreSelected() {
    let table: [(String, ByteRange.Selection)] = [
      ("bytes=0-0", .parts([0..<1])), ("bytes=0-499", .parts([0..<500])), ("BYTES=5-", .parts([5..<1_000])),
      ("bytes=-1", .parts([999..<1_000])), ("bytes=-2000", .parts([0..<1_000])),
      ("bytes=999-5000", .parts([999..<1_000])),
      ("bytes=0-1, 5-6 ,\t-1", .parts([0..<2, 5..<7, 999..<1_000])),
      ("bytes=5-6,0-1", .parts([5..<7, 0..<2])), ("bytes=,0-1,,", .parts([0..<2])),
      ("bytes=0-99999999999999999999999", .parts([0..<1_000])),
      ("bytes=-99999999999999999999999", .parts([0..<1_000])),
      ("bytes=0-1,1000-", .parts([0..<2])), ("bytes=0-18446744073709551615", .parts([0..<1_000])),
    ]
    for (field, expected) in table { #expect(ByteRange.select(field, of: 1_000) == expected, "\(field)") }
  }
  @Test func rangesBehindTheEndCannotBeSatisfied() {
    for field in ["bytes=1000-", "bytes=1000-2000", "bytes=-0", "bytes=99999999999999999999999-"] {
      #expect(ByteRange.select(field, of: 1_000) == .unsatisfiable, "\(field)")
    }
    #expect(ByteRange.select("bytes=0-", of: 0) == .unsatisfiable)
    #expect(ByteRange.select("bytes=-5", of: 0) == .whole)
  }
  @Test func whatIsNoRangeIsIgnored() {
    for field in [
      "", "bytes", "bytes=", "bytes=,", "bytes=-", "bytes=a-b", "bytes=2-1", "bytes=1", "bytes=1-2-3",
      "lines=1-2", "bytes =1-2", "bytes=0x1-2", "bytes=1 - 2", "bytes=+1-2", "bytes=0-1,x",
    ] { #expect(ByteRange.select(field, of: 1_000) == .whole, "\(field)") }
  }
  @Test func tooManyOrOverlappingRangesGetEverything() {
    func field(_ n: Int) -> String { "bytes=" + (0..<n).map { "\($0 * 2)-\($0 * 2)" }.joined(separator: ",") }
    guard case .parts(let parts) = ByteRange.select(field(16), of: 1_000) else {
      Issue.record("16 are too many")
      return
    }
    #expect(parts.count == 16)
    #expect(ByteRange.select(field(17), of: 1_000) == .whole)
    #expect(ByteRange.select("bytes=0-5,5-6", of: 1_000) == .whole)
    #expect(ByteRange.select("bytes=10-20,0-", of: 1_000) == .whole)
    #expect(ByteRange.select("bytes=0-4,5-6", of: 1_000) == .parts([0..<5, 5..<7]))
  }
  @Test func contentRangeSaysWhichPart() {
    #expect(ByteRange.contentRange(0..<500, of: 1_000) == "bytes 0-499/1000")
    #expect(ByteRange.unsatisfiable(size: 1_000) == "bytes */1000")
  }
}
