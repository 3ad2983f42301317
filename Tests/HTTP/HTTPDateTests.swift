import StrataBase
import StrataHTTP
import Testing

@Suite struct HTTPDateTests {
  let moment = HTTPDate(secondsSince1970: 784_111_777)

  @Test func allThreeFormsAreRead() {
    #expect(HTTPDate("Sun, 06 Nov 1994 08:49:37 GMT") == moment)
    #expect(HTTPDate("Sunday, 06-Nov-94 08:49:37 GMT") == moment)
    #expect(HTTPDate("Sun Nov  6 08:49:37 1994") == moment)
    #expect(HTTPDate("Sun Nov 06 08:49:37 1994") == moment)
  }
  @Test func oneFormIsWritten() {
    #expect(moment.description == "Sun, 06 Nov 1994 08:49:37 GMT")
    #expect(HTTPDate(secondsSince1970: 0).description == "Thu, 01 Jan 1970 00:00:00 GMT")
    #expect(HTTPDate(secondsSince1970: -1).description == "Wed, 31 Dec 1969 23:59:59 GMT")
    #expect(HTTPDate(secondsSince1970: 951_827_696).description == "Tue, 29 Feb 2000 12:34:56 GMT")
    #expect(HTTPDate(secondsSince1970: 253_402_300_799).description == "Fri, 31 Dec 9999 23:59:59 GMT")
  }
  @Test func whatIsWrittenIsReadAgain() {
    var random = Random(seed: 7)
    for _ in 0..<2_000 {
      let date = HTTPDate(secondsSince1970: Int64(random.below(253_402_300_800)))
      #expect(HTTPDate(date.description) == date)
    }
  }
  @Test func aYearOfTwoDigitsIsNotFarInTheFuture() {
    let now = HTTPDate("Mon, 23 Nov 2026 00:00:00 GMT")!
    #expect(HTTPDate("Sunday, 06-Nov-76 08:49:37 GMT", now: now) == HTTPDate("Sun, 06 Nov 2076 08:49:37 GMT"))
    #expect(HTTPDate("Sunday, 06-Nov-77 08:49:37 GMT", now: now) == HTTPDate("Sun, 06 Nov 1977 08:49:37 GMT"))
  }
  @Test func otherTextIsNoDate() {
    for text in [
      "", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 6 Nov 1994 08:49:37 GMT",
      "sun, 06 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 Nov 1994 24:00:00 GMT",
      "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 06 Nov 1994 08:49:61 GMT", "Sun, 00 Nov 1994 08:49:37 GMT",
      "Sun, 06 Nov 1994 08:49:37 GMT ", "784111777", "Sun, 29 Feb 1900 00:00:00 GMT", "Sunday, 06-Nov-1994",
    ] { #expect(HTTPDate(text) == nil, "\(text)") }
  }
}
