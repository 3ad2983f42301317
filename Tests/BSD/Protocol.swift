/// Makes calls and writes down what they gave, so that what two faces say can be laid side by side.
final class Protocol {
  let face: any SocketFace
  private(set) var lines: [String] = []

  init(_ face: any SocketFace) { self.face = face }

  static let names: [Int: String] = [
    9: "EBADF", 11: "EAGAIN", 13: "EACCES", 14: "EFAULT", 22: "EINVAL", 25: "ENOTTY", 32: "EPIPE",
    33: "EDOM", 88: "ENOTSOCK", 89: "EDESTADDRREQ", 90: "EMSGSIZE", 92: "ENOPROTOOPT",
    93: "EPROTONOSUPPORT", 94: "ESOCKTNOSUPPORT", 95: "EOPNOTSUPP", 97: "EAFNOSUPPORT", 98: "EADDRINUSE",
    99: "EADDRNOTAVAIL", 101: "ENETUNREACH", 103: "ECONNABORTED", 104: "ECONNRESET", 106: "EISCONN",
    107: "ENOTCONN", 110: "ETIMEDOUT", 111: "ECONNREFUSED", 114: "EALREADY", 115: "EINPROGRESS",
  ]

  func note(_ what: String, _ result: Int) {
    lines.append("\(what): \(result < 0 ? Self.names[-result] ?? "error \(-result)" : String(result))")
  }

  /// A descriptor's number is nobody's business.
  private func open(_ what: String, _ result: Int) -> Int {
    note(what, min(result, 0))
    return result
  }

  // MARK: Addresses

  static func v4(_ text: (UInt8, UInt8, UInt8, UInt8) = (127, 0, 0, 1), _ port: UInt16) -> [UInt8] {
    [2, 0, UInt8(port >> 8), UInt8(port & 255), text.0, text.1, text.2, text.3]
      + [UInt8](repeating: 0, count: 8)
  }
  static func v6(_ port: UInt16, address: [UInt8] = [UInt8](repeating: 0, count: 15) + [1]) -> [UInt8] {
    [10, 0, UInt8(port >> 8), UInt8(port & 255), 0, 0, 0, 0] + address + [0, 0, 0, 0]
  }
  static func mapped(_ port: UInt16) -> [UInt8] {
    v6(port, address: [UInt8](repeating: 0, count: 10) + [255, 255, 127, 0, 0, 1])
  }
  static let anyV6 = [UInt8](repeating: 0, count: 16)

  /// The port that a socket has; not written down.
  func port(_ fd: Int) -> UInt16 {
    let name = face.localName(fd).name
    return name.count < 4 ? 0 : UInt16(name[2]) << 8 | UInt16(name[3])
  }

  // MARK: Calls

  func socket(_ domain: Int32 = 2, _ type: Int32 = 1, _ number: Int32 = 0) -> Int {
    open("socket \(domain) \(type) \(number)", face.socket(domain, type, number))
  }
  @discardableResult func bind(_ fd: Int, _ address: [UInt8]) -> Int {
    let result = face.bind(fd, address)
    note("bind", result)
    return result
  }
  func listen(_ fd: Int, _ backlog: Int32 = 8) { note("listen", face.listen(fd, backlog)) }
  func accept(_ fd: Int, _ flags: Int32 = 0x800) -> Int { open("accept", face.accept(fd, flags)) }
  func connect(_ fd: Int, _ address: [UInt8]) { note("connect", face.connect(fd, address)) }
  func send(_ fd: Int, _ text: String, _ flags: Int32 = 0x40, to address: [UInt8]? = nil) {
    note("send \(text.utf8.count)", face.send(fd, Array(text.utf8), flags, to: address))
  }
  func receive(_ fd: Int, _ capacity: Int = 100, _ flags: Int32 = 0x40) {
    let (result, bytes, got) = face.receive(fd, capacity, flags)
    note("receive \(capacity)", result)
    // MSG_CMSG_CLOEXEC and other bits of the kernel's own are none of a datagram's.
    if result >= 0 { lines.append("  \(String(decoding: bytes, as: UTF8.self)) flags \(got & 0x28)") }
  }
  func shutdown(_ fd: Int, _ how: Int32) { note("shutdown \(how)", face.shutdown(fd, how)) }
  func close(_ fd: Int) { note("close", face.close(fd)) }
  func poll(_ fd: Int, _ events: Int16 = 0x27ff) {
    note("poll", face.poll(fd, events))
  }
  func set(_ fd: Int, _ level: Int32, _ name: Int32, _ value: Int32...) {
    let bytes = value.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }
    note("set \(level) \(name) \(value)", face.setOption(fd, level, name, bytes))
  }
  func set(_ fd: Int, _ level: Int32, _ name: Int32, bytes: [UInt8]) {
    note("set \(level) \(name) \(bytes)", face.setOption(fd, level, name, bytes))
  }
  func get(_ fd: Int, _ level: Int32, _ name: Int32, _ capacity: Int = 4) {
    let (result, value) = face.option(fd, level, name, capacity)
    note("get \(level) \(name)", result)
    if result >= 0 { lines.append("  \(value)") }
  }
  /// Names without their ports, which differ.
  func names(_ fd: Int) {
    for (what, answer) in [("local", face.localName(fd)), ("peer", face.peerName(fd))] {
      note(what, answer.result)
      if answer.name.count >= 4 { lines.append("  \(answer.name.prefix(2)) \(answer.name.dropFirst(4))") }
    }
  }
  func control(_ fd: Int, _ request: UInt) {
    let (result, value) = face.control(fd, request)
    note("ioctl \(request)", result)
    if result >= 0 { lines.append("  \(value)") }
  }
  func setStatus(_ fd: Int, _ flags: Int) { note("F_SETFL", face.setStatus(fd, flags)) }
  func status(_ fd: Int) { note("F_GETFL", face.status(fd)) }

  // MARK: What many begin with

  /// A listener on any port of 127.0.0.1.
  func listener(_ backlog: Int32 = 8, type: Int32 = 1 | 0x800) -> (fd: Int, port: UInt16) {
    let fd = socket(2, type)
    bind(fd, Self.v4(0 as UInt16))
    listen(fd, backlog)
    return (fd, port(fd))
  }

  /// Two connected streams that do not wait.
  func pair() -> (client: Int, server: Int, listener: Int) {
    let (listener, port) = listener()
    let client = socket(2, 1 | 0x800)
    connect(client, Self.v4(port))
    connect(client, Self.v4(port))
    return (client, accept(listener), listener)
  }

  static func v4(_ port: UInt16) -> [UInt8] { v4((127, 0, 0, 1), port) }
}
