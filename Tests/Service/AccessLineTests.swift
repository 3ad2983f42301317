import StrataBase
import StrataService
import StrataSockets
import Testing

@Suite struct AccessLineTests {
  @Test func aRequestIsOneLineWhateverItHolds() {
    var record = RequestRecord(
      peer: SocketAddress("10.0.0.1:5000")!, connection: 1, method: "GET", target: "/a\"b\n\\", status: 200,
      started: .start + .seconds(61))
    record.bytes = 17
    record.isHTTP10 = true
    let clock = WallClock(secondsAtStart: 784_111_777)
    #expect(
      AccessLine(record, clock: clock).description
        == #"10.0.0.1 - - [06/Nov/1994:08:50:38 +0000] "GET /a\x22b\x0a\x5c HTTP/1.0" 200 17 "-" "-""#)
    record.target = "/"
    record.isHTTP10 = false
    record.agent = "curl/8"
    record.referrer = "http://x/é"
    #expect(
      AccessLine(record, clock: clock).description
        == #"10.0.0.1 - - [06/Nov/1994:08:50:38 +0000] "GET / HTTP/1.1" 200 17 "http://x/\xc3\xa9" "curl/8""#)
  }
}
