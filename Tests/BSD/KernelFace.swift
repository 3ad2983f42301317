import Glibc

// Glibc declares it for GNU programs alone.
@_silgen_name("accept4") private func accept4(
  _ fd: Int32, _ name: UnsafeMutableRawPointer?, _ count: UnsafeMutableRawPointer?, _ flags: Int32
) -> Int32

/// The system's own sockets.
final class KernelFace: SocketFace {
  private var opened: Set<Int32> = []

  deinit { for fd in opened { _ = Glibc.close(fd) } }

  private func result<I: FixedWidthInteger>(_ value: I) -> Int { value < 0 ? -Int(errno) : Int(value) }

  func socket(_ domain: Int32, _ type: Int32, _ number: Int32) -> Int {
    let fd = Glibc.socket(domain, type, number)
    if fd >= 0 { opened.insert(fd) }
    return result(fd)
  }

  func bind(_ fd: Int, _ address: [UInt8]) -> Int {
    with(address) { result(Glibc.bind(Int32(fd), $0, $1)) }
  }

  func listen(_ fd: Int, _ backlog: Int32) -> Int { result(Glibc.listen(Int32(fd), backlog)) }

  func accept(_ fd: Int, _ flags: Int32) -> Int {
    let accepted = accept4(Int32(fd), nil, nil, flags)
    if accepted >= 0 { opened.insert(accepted) }
    return result(accepted)
  }

  func connect(_ fd: Int, _ address: [UInt8]) -> Int {
    with(address) { result(Glibc.connect(Int32(fd), $0, $1)) }
  }

  func send(_ fd: Int, _ bytes: [UInt8], _ flags: Int32, to address: [UInt8]?) -> Int {
    let flags = flags | Int32(MSG_NOSIGNAL)
    guard let address else { return result(Glibc.send(Int32(fd), bytes, bytes.count, flags)) }
    return with(address) { result(sendto(Int32(fd), bytes, bytes.count, flags, $0, $1)) }
  }

  func receive(_ fd: Int, _ capacity: Int, _ flags: Int32) -> (result: Int, bytes: [UInt8], flags: Int32) {
    var buffer = [UInt8](repeating: 0, count: capacity)
    var message = msghdr()
    let count = buffer.withUnsafeMutableBytes { place in
      var vector = iovec(iov_base: place.baseAddress, iov_len: place.count)
      return withUnsafeMutablePointer(to: &vector) {
        message.msg_iov = $0
        message.msg_iovlen = 1
        return result(recvmsg(Int32(fd), &message, flags))
      }
    }
    return (count, Array(buffer.prefix(max(count, 0))), count < 0 ? 0 : message.msg_flags)
  }

  func shutdown(_ fd: Int, _ how: Int32) -> Int { result(Glibc.shutdown(Int32(fd), how)) }

  func close(_ fd: Int) -> Int {
    opened.remove(Int32(fd))
    return result(Glibc.close(Int32(fd)))
  }

  func poll(_ fd: Int, _ events: Int16) -> Int {
    var asked = pollfd(fd: Int32(fd), events: events, revents: 0)
    _ = Glibc.poll(&asked, 1, 0)
    return Int(asked.revents)
  }

  func setOption(_ fd: Int, _ level: Int32, _ name: Int32, _ value: [UInt8]) -> Int {
    result(setsockopt(Int32(fd), level, name, value, socklen_t(value.count)))
  }

  func option(_ fd: Int, _ level: Int32, _ name: Int32, _ capacity: Int) -> (result: Int, value: [UInt8]) {
    var value = [UInt8](repeating: 0, count: capacity), count = socklen_t(capacity)
    let code = result(getsockopt(Int32(fd), level, name, &value, &count))
    return (code, code < 0 ? [] : Array(value.prefix(Int(count))))
  }

  func localName(_ fd: Int) -> (result: Int, name: [UInt8]) { name { getsockname(Int32(fd), $0, $1) } }
  func peerName(_ fd: Int) -> (result: Int, name: [UInt8]) { name { getpeername(Int32(fd), $0, $1) } }

  func control(_ fd: Int, _ request: UInt) -> (result: Int, value: Int32) {
    var value: Int32 = 0
    let code = result(ioctl(Int32(fd), request, &value))
    return (code, value)
  }

  func setStatus(_ fd: Int, _ flags: Int) -> Int { result(fcntl(Int32(fd), F_SETFL, Int32(flags))) }
  func status(_ fd: Int) -> Int { result(fcntl(Int32(fd), F_GETFL)) }

  private func with<R>(_ address: [UInt8], _ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
    // Never shorter than what the compiler believes it points to.
    var place = address + [UInt8](repeating: 0, count: 128)
    return place.withUnsafeMutableBytes {
      body(UnsafePointer($0.baseAddress!.assumingMemoryBound(to: sockaddr.self)), socklen_t(address.count))
    }
  }

  private func name(
    _ body: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
  ) -> (result: Int, name: [UInt8]) {
    var place = [UInt8](repeating: 0, count: 128), count = socklen_t(place.count)
    let code = place.withUnsafeMutableBytes {
      result(body($0.baseAddress!.assumingMemoryBound(to: sockaddr.self), &count))
    }
    return (code, code < 0 ? [] : Array(place.prefix(Int(count))))
  }
}
