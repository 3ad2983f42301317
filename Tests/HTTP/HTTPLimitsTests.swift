import HTTPTypes
import StrataHTTP
import Testing

/// The largest that is accepted, and one more.
@Suite struct HTTPLimitsTests {
  /// Runs whole, in two pieces and in small ones; all must agree.
  func outcome(_ input: String, limits: HTTPLimits = .init()) -> HTTPError? {
    let all = bytes(input)
    let outcomes = [all.count, all.count - 1, 1_000, 7].map { size -> HTTPError? in
      let pieces = stride(from: 0, to: all.count, by: size).map { Array(all[$0..<min($0 + size, all.count)]) }
      let script = ServerScript.run(pieces, limits: limits)
      guard case .failed(let error)? = script.seen.last else {
        #expect(script.seen.count >= 2, "neither accepted nor refused")
        return nil
      }
      #expect(text(script.output).hasPrefix("HTTP/1.1 \(error.status.code) "))
      return error
    }
    #expect(Set(outcomes).count == 1, "\(outcomes)")
    return outcomes[0]
  }
  func get(path: String = "/", _ fields: String = "") -> String {
    "GET \(path) HTTP/1.1\r\nHost: h\r\n\(fields)\r\n"
  }

  @Test func theRequestLine() {
    // "GET " and " HTTP/1.1" are 13 bytes.
    func path(_ count: Int) -> String { "/" + String(repeating: "a", count: count - 14) }
    #expect(outcome(get(path: path(8_192))) == nil)
    #expect(outcome(get(path: path(8_193))) == .startLineTooLong)
    #expect(outcome(get(path: path(100_000))) == .startLineTooLong)
    #expect(HTTPError.startLineTooLong.status.code == 414)
  }

  @Test func theRequestLineWithoutAnEnd() {
    let script = ServerScript.run([bytes("GET /" + String(repeating: "a", count: 8_188))])
    #expect(script.seen == [.failed(.startLineTooLong)])
  }

  @Test func theHeaderSection() {
    // "Host: h" takes 9 of the bytes, "X: " and CRLF 5.
    func field(_ total: Int) -> String { "X: " + String(repeating: "a", count: total - 14) + "\r\n" }
    #expect(outcome(get(field(16_384))) == nil)
    #expect(outcome(get(field(16_385))) == .headerSectionTooLarge)
    #expect(outcome(get(field(200_000))) == .headerSectionTooLarge)
    #expect(HTTPError.headerSectionTooLarge.status.code == 431)
  }

  @Test func theHeaderSectionWithoutAnEnd() {
    let script = ServerScript.run([bytes("GET / HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: 2_731))])
    #expect(script.seen == [.failed(.headerSectionTooLarge)])
  }

  @Test func theCountOfFields() {
    #expect(outcome(get(String(repeating: "X: y\r\n", count: 99))) == nil)
    #expect(outcome(get(String(repeating: "X: y\r\n", count: 100))) == .tooManyFields)
    #expect(HTTPError.tooManyFields.status.code == 431)
  }

  let post = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"

  @Test func theLineOfAChunk() {
    func chunk(_ count: Int) -> String {
      "1;" + String(repeating: "x", count: count - 2) + "\r\na\r\n0\r\n\r\n"
    }
    #expect(outcome(post + chunk(256)) == nil)
    #expect(outcome(post + chunk(257)) == .chunkLineTooLong)
    let zeroes = String(repeating: "0", count: 255)
    #expect(outcome(post + zeroes + "1\r\na\r\n0\r\n\r\n") == nil)
    #expect(outcome(post + zeroes + "01\r\na\r\n0\r\n\r\n") == .chunkLineTooLong)
    #expect(HTTPError.chunkLineTooLong.status.code == 400)
  }

  @Test func theTrailers() {
    func trailer(_ total: Int) -> String { "X: " + String(repeating: "a", count: total - 5) + "\r\n\r\n" }
    #expect(outcome(post + "0\r\n" + trailer(8_192)) == nil)
    #expect(outcome(post + "0\r\n" + trailer(8_193)) == .trailerSectionTooLarge)
    #expect(outcome(post + "0\r\n" + String(repeating: "X: y\r\n", count: 100) + "\r\n") == nil)
    #expect(outcome(post + "0\r\n" + String(repeating: "X: y\r\n", count: 101) + "\r\n") == .tooManyFields)
    #expect(HTTPError.trailerSectionTooLarge.status.code == 431)
  }

  @Test func theContent() {
    var limits = HTTPLimits()
    limits.body = 10
    let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: "
    #expect(outcome(head + "10\r\n\r\n0123456789", limits: limits) == nil)
    #expect(outcome(head + "11\r\n\r\n0123456789a", limits: limits) == .bodyTooLarge)
    #expect(outcome(post + "4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n", limits: limits) == nil)
    #expect(outcome(post + "4\r\n0123\r\n7\r\n456789a\r\n0\r\n\r\n", limits: limits) == .bodyTooLarge)
    #expect(HTTPError.bodyTooLarge.status.code == 413)
  }

  @Test func theLargestLengthIsThatOf64Bits() {
    let script = ServerScript.run([
      bytes("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 18446744073709551615\r\n\r\n")
    ])
    guard case .request(_, let length)? = script.seen.first else {
      Issue.record("not accepted")
      return
    }
    #expect(length == .count(.max))
  }

  @Test func statusesOfTheRest() {
    #expect(HTTPError.unknownTransferCoding.status.code == 501)
    #expect(HTTPError.unsupportedVersion.status.code == 505)
    #expect(HTTPError.lengthAndCoding.status.code == 400)
  }
}
