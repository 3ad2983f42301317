/// Messages of HTTP/1.1 as they travel, right ones and ones that are almost right.
public enum HTTPMessages {
  static let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"

  /// What a client may send on one connection.
  public static let requests: [String] = [
    get, "\r\n" + get, get + get,
    "GET /a/b?c=d|e HTTP/1.1\r\nHost: h:80\r\nAccept:\t*/* \r\nX-Own: a\tb\r\nx-empty:\r\n\r\n",
    "HEAD /a HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\n\r\n",
    "POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello" + get,
    "POST /p HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello" + get,
    "PUT /p HTTP/1.1\r\nHost: h\r\ncontent-length: 000\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
      + "5\r\nhello\r\nA ;x=\"y z\"\r\n, world!!!\r\n000\r\nX-Sum: 15\r\n\r\n" + get,
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
    "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + get,
    "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "OPTIONS http://a HTTP/1.1\r\nHost: h\r\n\r\n",
    "GET HTTPS://a:1?q HTTP/1.1\r\nHost: h\r\n\r\n", "GET http://[::1]:8/x HTTP/1.1\r\nHost: \r\n\r\n",
    "CONNECT a:443 HTTP/1.1\r\nHost: h\r\n\r\nmore",
    "GET /chat HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "BREW /\u{7c} HTTP/1.1\r\nhOST: h\r\nX: \u{e9}\r\nConnection: close\r\n\r\n" + get,
    "GET / HTTP/1.1\r\nHost: h\r\nX: a\r\n b\r\n\r\n", "GET / HTTP/1.1\nHost: h\n\n",
  ]

  /// What a server may answer, with the methods of the requests that it answers.
  public static let responses: [(methods: [String], text: String)] = [
    (["GET"], "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
    (["GET"], "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"),
    (["GET"], "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX: y\r\n\r\n"),
    (["HEAD"], "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"),
    (["HEAD"], "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    (["GET"], "HTTP/1.1 204 No Content\r\n\r\n"),
    (["GET"], "HTTP/1.1 304 Not Modified\r\nContent-Length: 2\r\n\r\n"),
    (["GET"], "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nX: y\r\n\r\nHTTP/1.1 204 x\r\n\r\n"),
    (["GET"], "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"),
    (["GET"], "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi"),
    (["GET"], "HTTP/1.1 200 OK\r\n\r\nall the rest"),
    (
      ["GET", "HEAD", "GET"],
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhiHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
        + "HTTP/1.1 204 x\r\n\r\n"
    ),
    (["GET"], "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n\u{1}\u{2}"),
    (["CONNECT"], "HTTP/1.1 200 OK\r\n\r\nthe tunnel"),
    (["GET", "GET"], "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi"),
    (["POST"], "HTTP/1.1 417 No\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
  ]

  /// Each character as the byte of its number.
  public static func bytes(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
  }
}
