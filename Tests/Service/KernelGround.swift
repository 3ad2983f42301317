import Glibc
import StrataBase
import StrataKernel
import StrataLoop
import StrataService
import StrataSockets

/// Programs on the operating system's sockets, turned by a test on its own thread.
final class KernelGround {
  let loop = try! Loop()
  let sockets: KernelSockets

  init() { sockets = KernelSockets(on: loop) }

  /// Turns until `isOver`, for at most so long; says whether it came to that. The time bounds a test that
  /// fails, and decides nothing in one that passes.
  @discardableResult
  func run<P: Program>(_ program: inout P, seconds: Int64 = 20, until isOver: (inout P) -> Bool) -> Bool {
    let end = loop.now + .seconds(seconds)
    while true {
      while let event = sockets.nextEvent() { program.handle(event, sockets) }
      if program.nextDeadline <= loop.now { program.expire(sockets) }
      if isOver(&program) { return true }
      if loop.now >= end { return false }
      loop.turn(until: min(loop.now + .milliseconds(5), program.nextDeadline))
    }
  }
}

/// Two programs on one ground: each gets all events and knows its own.
struct Both<A: Program, B: Program>: Program {
  var a: A
  var b: B

  mutating func start(_ sockets: some SocketCalls) {
    a.start(sockets)
    b.start(sockets)
  }
  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    a.handle(event, sockets)
    b.handle(event, sockets)
  }
  mutating func expire(_ sockets: some SocketCalls) {
    a.expire(sockets)
    b.expire(sockets)
  }
  var nextDeadline: Instant { min(a.nextDeadline, b.nextDeadline) }
}

/// A client that says some bytes and keeps what it hears.
struct RawClient: Program {
  let address: SocketAddress
  var output: [UInt8]
  var input: [UInt8] = []
  var isConnected = false
  /// The peer's stream ended, in order.
  var ended = false
  var error: SocketError?
  /// Ends its own side when all is said.
  var halfCloses = false
  /// Reads at most so much; it stops then, as a slow reader does.
  var appetite = Int.max
  private(set) var descriptor: Descriptor?

  init(_ address: SocketAddress, says text: String = "") {
    self.address = address
    output = Array(text.utf8)
  }

  var text: String { String(decoding: input, as: UTF8.self) }
  var isOver: Bool { ended || error != nil }

  mutating func start(_ sockets: some SocketCalls) {
    do throws(SocketError) {
      let new = try sockets.socket(.stream)
      descriptor = new
      try sockets.connect(new, to: address)
      isConnected = true
    } catch {
      if error != .inProgress { self.error = error }
    }
  }

  mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
    guard event.descriptor == descriptor, let descriptor, error == nil else { return }
    if event.readiness.contains(.failed) { error = sockets.takeError(descriptor) }
    if event.readiness.contains(.writable) { isConnected = true }
    move(sockets)
  }

  mutating func move(_ sockets: some SocketCalls) {
    guard isConnected, let descriptor, error == nil else { return }
    do throws(SocketError) {
      while !output.isEmpty {
        let n = try sockets.write(descriptor, output.span.bytes)
        output.removeFirst(n)
      }
      if halfCloses {
        halfCloses = false
        try sockets.shutdown(descriptor, .write)
      }
    } catch .wouldBlock {
    } catch {
      self.error = error
    }
    do throws(SocketError) {
      while !ended, input.count < appetite {
        var saw = false
        _ = try sockets.drain(descriptor) { bytes in
          saw = true
          let n = min(bytes.byteCount, appetite - input.count)
          bytes.extracting(0..<n).withUnsafeBytes { input.append(contentsOf: $0) }
          return n
        }
        if !saw { ended = true }
      }
    } catch .wouldBlock {
    } catch {
      self.error = error
    }
  }

  mutating func say(_ text: String, _ sockets: some SocketCalls) {
    output += Array(text.utf8)
    move(sockets)
  }
  mutating func close(_ sockets: some SocketCalls) { if let descriptor { sockets.close(descriptor) } }
  mutating func abort(_ sockets: some SocketCalls) { if let descriptor { sockets.abort(descriptor) } }
}

extension SocketAddress {
  /// Any free port of this machine.
  static var loopback: SocketAddress { SocketAddress(address: .loopbackV4, port: 0) }
}
