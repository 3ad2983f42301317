import HTTPTypes
import StrataHTTP
import Testing

/// Requests in which two readers could see different messages, and other wrong ones.
@Suite struct SmugglingTests {
  static func post(_ fields: String, _ rest: String = "") -> String {
    "POST / HTTP/1.1\r\nHost: h\r\n\(fields)\r\n\r\n\(rest)"
  }
  static func get(_ target: String, method: String = "GET") -> String {
    "\(method) \(target) HTTP/1.1\r\nHost: h\r\n\r\n"
  }
  static func host(_ lines: String) -> String { "GET / HTTP/1.1\r\n\(lines)\r\n" }

  static let table: [(String, HTTPError)] = [
    (post("Content-Length: 5\r\nTransfer-Encoding: chunked", "0\r\n\r\n"), .lengthAndCoding),
    (post("Transfer-Encoding: chunked\r\nContent-Length: 5"), .lengthAndCoding),
    (post("Content-Length: 5\r\nContent-Length: 6"), .repeatedContentLength),
    (post("Content-Length: 5\r\nContent-Length: 5"), .repeatedContentLength),
    (post("Content-Length: 5, 5"), .repeatedContentLength),
    (post("Content-Length: +5"), .invalidContentLength),
    (post("Content-Length: -5"), .invalidContentLength),
    (post("Content-Length: 5 5"), .invalidContentLength),
    (post("Content-Length: 0x5"), .invalidContentLength),
    (post("Content-Length: 5a"), .invalidContentLength),
    (post("Content-Length: 5.0"), .invalidContentLength),
    (post("Content-Length:"), .invalidContentLength),
    (post("Content-Length: 18446744073709551616"), .invalidContentLength),
    (post("Content-Length: 99999999999999999999999"), .invalidContentLength),
    (post("X: a\r\n b"), .obsoleteFolding),
    (post("X: a\r\n\tb"), .obsoleteFolding),
    ("GET / HTTP/1.1\r\n Host: h\r\n\r\n", .obsoleteFolding),
    (post("X: a\rb"), .malformedField),
    (post("X: a\r\rb"), .malformedField),
    (post("\rX: a"), .malformedField),
    (post("X: a\nY: b"), .bareLineFeed),
    ("GET / HTTP/1.1\nHost: h\n\n", .bareLineFeed),
    ("\n", .bareLineFeed),
    ("GET / HTTP/1.1\r\nHost: h\r\n\n", .bareLineFeed),
    (post("Content-Length : 5"), .malformedField),
    (post("Content-Length\t: 5"), .malformedField),
    (post(": 5"), .malformedField),
    (post("Content-Length"), .malformedField),
    (post("X\u{0}: a"), .malformedField),
    (post("X: a\u{0}b"), .malformedField),
    (post("X: a\u{7f}b"), .malformedField),
    (post("X: 0123456789abcdef\u{1}b"), .malformedField),
    (post("X: a\u{b}"), .malformedField),
    (post("(X): a"), .malformedField),
    (post("X\u{e9}: a"), .malformedField),
    (post("Transfer-Encoding: gzip"), .invalidTransferCoding),
    (post("Transfer-Encoding: chunked, gzip"), .invalidTransferCoding),
    (post("Transfer-Encoding: chunked, chunked"), .invalidTransferCoding),
    (post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"), .invalidTransferCoding),
    (post("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"), .invalidTransferCoding),
    (post("Transfer-Encoding: chunked,"), .invalidTransferCoding),
    (post("Transfer-Encoding: ,chunked"), .invalidTransferCoding),
    (post("Transfer-Encoding:"), .invalidTransferCoding),
    (post("Transfer-Encoding: chunked;q=1"), .invalidTransferCoding),
    (post("Transfer-Encoding: \"chunked\""), .invalidTransferCoding),
    (post("Transfer-Encoding: xchunked"), .invalidTransferCoding),
    (post("Transfer-Encoding: gzip, chunked"), .unknownTransferCoding),
    (post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked"), .unknownTransferCoding),
    ("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", .invalidTransferCoding),
    (host("X: y\r\n"), .invalidHost),
    (host("Host: a\r\nHost: a\r\n"), .invalidHost),
    (host("Host: a b\r\n"), .invalidHost),
    (host("Host: a/b\r\n"), .invalidHost),
    (host("Host: u@a\r\n"), .invalidHost),
    (host("Host: a, b:80\r\n"), .invalidHost),
    (host("Host: a:b\r\n"), .invalidHost),
    (host("Host: a:1:2\r\n"), .invalidHost),
    (host("Host: :80\r\n"), .invalidHost),
    (host("Host: [::1\r\n"), .invalidHost),
    (host("Host: []\r\n"), .invalidHost),
    (get("/a\u{7f}"), .invalidTarget),
    (get("/caf\u{e9}"), .invalidTarget),
    (get("/a#b"), .invalidTarget),
    (get("/a\"b"), .invalidTarget),
    (get("/a<b"), .invalidTarget),
    (get("/a\\b"), .invalidTarget),
    (get("/?a\tb"), .invalidTarget),
    (get("*"), .invalidTarget),
    (get("a:443"), .invalidTarget),
    (get("a/b"), .invalidTarget),
    (get("ftp://a/"), .invalidTarget),
    (get("http:///a"), .invalidTarget),
    (get("http://"), .invalidTarget),
    (get("http://u@a/"), .invalidTarget),
    (get("http://a#b"), .invalidTarget),
    (get("/", method: "CONNECT"), .invalidTarget),
    (get("http://a/", method: "CONNECT"), .invalidTarget),
    (get("a", method: "CONNECT"), .invalidTarget),
    (get(":80", method: "CONNECT"), .invalidTarget),
    (get("/", method: "G(T"), .malformedRequestLine),
    (get("/", method: "G\u{0}T"), .malformedRequestLine),
    (" " + get("/"), .malformedRequestLine),
    ("\r\n\r\n", .malformedRequestLine),
    ("\r\r\n" + get("/"), .malformedRequestLine),
    ("\rX\r\n" + get("/"), .malformedRequestLine),
    ("\u{16}\u{3}\u{1}", .malformedRequestLine),
    ("GET  / HTTP/1.1\r\nHost: h\r\n\r\n", .invalidTarget),
    ("GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine),
    ("GET /  HTTP/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine),
    ("GET / HTTP/1.1 \r\nHost: h\r\n\r\n", .malformedRequestLine),
    ("GET /\r\nHost: h\r\n\r\n", .malformedRequestLine),
    ("GET\r\nHost: h\r\n\r\n", .malformedRequestLine),
    ("GET / http/1.1\r\nHost: h\r\n\r\n", .malformedRequestLine),
    ("GET / HTTP/11\r\nHost: h\r\n\r\n", .malformedRequestLine),
    ("GET / HTTP/1.1\r\r\nHost: h\r\n\r\n", .malformedRequestLine),
    ("GET / HTTP/0.9\r\nHost: h\r\n\r\n", .unsupportedVersion),
    ("PRI * HTTP/2.0\r\n\r\n", .unsupportedVersion),
  ]

  @Test(arguments: table.indices) func aDoubtfulRequestIsRefused(_ index: Int) {
    let (input, error) = Self.table[index]
    for pieces in cuts(input) {
      var script = ServerScript.run(pieces)
      #expect(script.seen == [.failed(error)], "\(input)")
      #expect(script.server.shouldClose)
      #expect(text(script.output).hasPrefix("HTTP/1.1 \(error.status.code) \r\nConnection: close\r\n"))
      script.receive("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
      #expect(script.seen.count == 1, "nothing is told after a failure")
    }
  }

  static let chunks: [(String, HTTPError)] = [
    ("\r\n", .malformedChunk), ("x\r\n", .malformedChunk), ("+1\r\na\r\n", .malformedChunk),
    ("0x1\r\na\r\n", .malformedChunk), (" 1\r\na\r\n", .malformedChunk), ("1 \r\na\r\n", .malformedChunk),
    ("1\na\r\n", .malformedChunk), ("1\r\nab\r\n", .malformedChunk), ("1\r\na\n", .malformedChunk),
    ("1\r\na\rb", .malformedChunk), ("1\ra", .malformedChunk), (";x\r\n", .malformedChunk),
    ("1;x\ny\r\na\r\n", .malformedChunk), ("1;x\u{0}\r\n", .malformedChunk), ("1 a\r\n", .malformedChunk),
    ("1;a\r\r\n", .malformedChunk), ("-1\r\n", .malformedChunk),
    ("10000000000000000\r\n", .malformedChunk), ("FFFFFFFFFFFFFFFFF\r\n", .malformedChunk),
    ("1\r\na\r\nffffffffffffffff\r\n", .bodyTooLarge),
    ("0\r\nContent-Length: 5\r\n\r\n", .forbiddenTrailer),
    ("0\r\nTransfer-Encoding: chunked\r\n\r\n", .forbiddenTrailer),
    ("0\r\nHost: a\r\n\r\n", .forbiddenTrailer),
    ("0\r\nX: a\nY: b\r\n\r\n", .bareLineFeed), ("0\r\nX : a\r\n\r\n", .malformedField),
    ("0\r\n X: a\r\n\r\n", .obsoleteFolding), ("0\r\n\n", .bareLineFeed),
  ]

  @Test(arguments: chunks.indices) func aDoubtfulChunkIsRefused(_ index: Int) {
    let (input, error) = Self.chunks[index]
    let head = Self.post("Transfer-Encoding: chunked")
    for pieces in cuts(input) {
      let script = ServerScript.run([bytes(head)] + pieces)
      #expect(script.seen.last == .failed(error), "\(input)")
      #expect(script.seen.filter { if case .failed = $0 { true } else { false } }.count == 1)
      #expect(!script.seen.contains(.end([:])))
      #expect(script.server.shouldClose)
    }
  }

  @Test func everyErrorSaysWhatToDo() {
    for (_, error) in Self.table + Self.chunks {
      #expect(error.description.contains(":"))
      #expect((400...505).contains(error.status.code))
    }
  }
}
