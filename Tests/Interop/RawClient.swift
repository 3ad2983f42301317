import Glibc

/// A client without any protocol: bytes out, and all bytes in until the server closes.
enum RawClient {
  struct Failure: Error { let step: String, errno: Int32 }

  /// Sends a text to the server of a URL like `http://127.0.0.1:40123/`, and says with a FIN that this was
  /// all if it is half-closing.
  static func exchange(
    _ url: String, _ message: String, halfClosing: Bool = false, seconds: Int = 20
  ) throws -> String {
    let socket = try connect(port: port(of: url), seconds: seconds)
    defer { close(socket) }
    let bytes = Array(message.utf8)
    guard send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
      throw Failure(step: "send", errno: errno)
    }
    if halfClosing { shutdown(socket, Int32(SHUT_WR)) }
    var answer: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(socket, &piece, piece.count, 0)
      if count == 0 { return String(decoding: answer, as: UTF8.self) }
      if count < 0 { throw Failure(step: "receive after \(answer.count) bytes", errno: errno) }
      answer += piece[..<count]
    }
  }

  static func port(of url: String) -> UInt16 {
    UInt16(url.split(separator: ":").last?.prefix { $0.isNumber } ?? "") ?? 0
  }

  /// A connection to a port of this machine, none of whose calls takes longer than `seconds`.
  static func connect(port: UInt16, seconds: Int) throws -> Int32 {
    let socket = tcpSocket()
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let result = withLocalAddress(port) { Glibc.connect(socket, $0, $1) }
    if result != 0 {
      let number = errno
      close(socket)
      throw Failure(step: "connect", errno: number)
    }
    return socket
  }

  /// A socket that listens on a free port of this machine, and the port.
  static func listen() throws -> (socket: Int32, port: UInt16) {
    let socket = tcpSocket()
    guard withLocalAddress(0, { bind(socket, $0, $1) }) == 0, Glibc.listen(socket, 8) == 0 else {
      throw Failure(step: "listen", errno: errno)
    }
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    withUnsafeMutablePointer(to: &address) {
      _ = $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &length) }
    }
    return (socket, UInt16(bigEndian: address.sin_port))
  }

  private static func tcpSocket() -> Int32 {
    socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
  }

  private static func withLocalAddress(
    _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}
