import StrataBSD
import StrataBase
import StrataStack

/// Our sockets on one host, which has no peer but itself. A call that waits lets the host's time pass.
final class StrataFace: SocketFace {
  let host = PacketHost(mtu: 1_500, seed: 1)!
  private var sockets: [Int: BSDSocket] = [:]
  private var next = 3

  /// Makes a call and lets the host work, as a kernel does inside of a call.
  private func call(_ body: () throws(ErrorNumber) -> Int) -> Int {
    defer { host.work() }
    do throws(ErrorNumber) { return try body() } catch { return -Int(error.rawValue) }
  }

  private func socket(_ fd: Int) throws(ErrorNumber) -> BSDSocket {
    guard let socket = sockets[fd] else { throw .badDescriptor }
    return socket
  }

  private func finish<C: WaitingCall>(_ call: inout C) throws(ErrorNumber) -> C.Outcome {
    while true {
      if let outcome = try call.proceed() { return outcome }
      host.work()
      if let outcome = try call.proceed() { return outcome }
      let due = min(host.nextDeadline, call.deadline)
      precondition(due != .never, "it would wait for ever")
      host.advance(to: due)
    }
  }

  private func add(_ socket: BSDSocket) -> Int {
    sockets[next] = socket
    next += 1
    return next - 1
  }

  func socket(_ domain: Int32, _ type: Int32, _ number: Int32) -> Int {
    call { () throws(ErrorNumber) in try add(host.socket(domain: domain, type: type, protocol: number)) }
  }

  func bind(_ fd: Int, _ address: [UInt8]) -> Int {
    call { () throws(ErrorNumber) in
      try socket(fd).bind(address.span.bytes)
      return 0
    }
  }

  func listen(_ fd: Int, _ backlog: Int32) -> Int {
    call { () throws(ErrorNumber) in
      try socket(fd).listen(backlog: backlog)
      return 0
    }
  }

  func accept(_ fd: Int, _ flags: Int32) -> Int {
    call { () throws(ErrorNumber) in
      var accepting = try Accepting(on: socket(fd), flags: flags)
      return try add(finish(&accepting).socket)
    }
  }

  func connect(_ fd: Int, _ address: [UInt8]) -> Int {
    call { () throws(ErrorNumber) in
      var connecting = Connecting(try socket(fd), to: address.span.bytes)
      try finish(&connecting)
      return 0
    }
  }

  func send(_ fd: Int, _ bytes: [UInt8], _ flags: Int32, to address: [UInt8]?) -> Int {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    memory.copyBytes(from: bytes)
    defer { memory.deallocate() }
    return call { () throws(ErrorNumber) in
      var sending = Sending(
        try socket(fd), [UnsafeRawBufferPointer(memory)], flags: MessageFlags(rawValue: flags), to: address)
      return try finish(&sending)
    }
  }

  func receive(_ fd: Int, _ capacity: Int, _ flags: Int32) -> (result: Int, bytes: [UInt8], flags: Int32) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 1)
    memory.initializeMemory(as: UInt8.self, repeating: 0)
    defer { memory.deallocate() }
    var got: MessageFlags = []
    let count = call { () throws(ErrorNumber) in
      var receiving = Receiving(try socket(fd), into: [memory], flags: MessageFlags(rawValue: flags))
      let received = try finish(&receiving)
      got = received.flags
      return received.count
    }
    return (count, Array(memory.prefix(max(count, 0))), got.rawValue)
  }

  func shutdown(_ fd: Int, _ how: Int32) -> Int {
    call { () throws(ErrorNumber) in
      try socket(fd).shutdown(how)
      return 0
    }
  }

  func close(_ fd: Int) -> Int {
    call { () throws(ErrorNumber) in
      var closing = Closing(try socket(fd))
      sockets[fd] = nil
      try finish(&closing)
      return 0
    }
  }

  func poll(_ fd: Int, _ events: Int16) -> Int {
    let asked = PollEvents(rawValue: events).union(.always).union(.invalid)
    return Int((sockets[fd]?.events ?? .invalid).intersection(asked).rawValue)
  }

  func setOption(_ fd: Int, _ level: Int32, _ name: Int32, _ value: [UInt8]) -> Int {
    call { () throws(ErrorNumber) in
      try socket(fd).setOption(level, name, value.span.bytes)
      return 0
    }
  }

  func option(_ fd: Int, _ level: Int32, _ name: Int32, _ capacity: Int) -> (result: Int, value: [UInt8]) {
    var value: [UInt8] = []
    let code = call { () throws(ErrorNumber) in
      value = Array(try socket(fd).option(level, name).prefix(capacity))
      return 0
    }
    return (code, value)
  }

  func localName(_ fd: Int) -> (result: Int, name: [UInt8]) {
    name { (socket) throws(ErrorNumber) in try socket.localName() }(fd)
  }
  func peerName(_ fd: Int) -> (result: Int, name: [UInt8]) {
    name { (socket) throws(ErrorNumber) in try socket.peerName() }(fd)
  }

  private func name(
    _ body: @escaping (BSDSocket) throws(ErrorNumber) -> [UInt8]
  ) -> (Int) -> (result: Int, name: [UInt8]) {
    { fd in
      var name: [UInt8] = []
      let code = self.call { () throws(ErrorNumber) in
        name = try body(self.socket(fd))
        return 0
      }
      return (code, name)
    }
  }

  func control(_ fd: Int, _ request: UInt) -> (result: Int, value: Int32) {
    var value: Int32 = 0
    let code = call { () throws(ErrorNumber) in
      value = try socket(fd).control(request, 0)
      return 0
    }
    return (code, value)
  }

  func setStatus(_ fd: Int, _ flags: Int) -> Int {
    call { () throws(ErrorNumber) in Int(try socket(fd).fileControl(4, flags)) }
  }
  func status(_ fd: Int) -> Int {
    call { () throws(ErrorNumber) in Int(try socket(fd).fileControl(3, 0)) }
  }
}
