import StrataFiles
import Testing

@Suite struct FileTimeTests {
  @Test(arguments: [
    (Int64(0), "1970-01-01 00:00"), (951_782_400, "2000-02-29 00:00"), (1_795_454_460, "2026-11-23 17:21"),
    (-1, "1969-12-31 23:59"), (4_107_542_399, "2100-02-28 23:59"), (4_107_542_400, "2100-03-01 00:00"),
  ]) func secondsBecomeACalendarDate(_ seconds: Int64, _ text: String) {
    #expect(FileTime(seconds: seconds).description == text)
  }
}
