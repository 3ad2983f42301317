import StrataBase
import StrataSockets
import StrataWire
import Testing

/// Two hosts with sockets that can reach each other: what every test of the socket surface runs on.
/// `b` listens, `a` connects.
protocol Ground: AnyObject, SendableMetatype {
  associatedtype Calls: SocketCalls
  var a: Calls { get }
  var b: Calls { get }
  var addressOfA: Address { get }
  var addressOfB: Address { get }

  /// Lets the ground work until the condition holds. It is asked after every step, and at `next` at
  /// the latest. False when a limit of the ground's own passed first.
  func run(waking next: () -> Instant, until condition: () -> Bool) -> Bool
}

/// The grounds. A new one is a case here; every test then runs on it.
enum Grounds: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case kernel, stack

  func make() throws -> any Ground {
    switch self {
    case .kernel: try KernelGround()
    case .stack: StackGround()
    }
  }
  var testDescription: String { rawValue }
}

extension Ground {
  func run(until condition: () -> Bool) throws {
    let held = run(waking: { .never }, until: condition)
    try #require(held, "the ground's limit passed")
  }

  /// Lets the ground work for so long, whatever happens.
  func run(for interval: Interval) {
    let end = a.now + interval
    _ = run(waking: { end }, until: { a.now >= end })
  }

  /// A listening socket of `b` and its address.
  func listen(backlog: Int = 16) throws -> (listener: Descriptor, address: SocketAddress) {
    let listener = try b.socket(.stream)
    try b.bind(listener, to: SocketAddress(address: addressOfB, port: 0))
    try b.listen(listener, backlog: backlog)
    return (listener, try b.localAddress(listener))
  }

  /// Begins a connection from `a`.
  func beginConnecting(to address: SocketAddress) throws -> Descriptor {
    let client = try a.socket(.stream)
    do throws(SocketError) {
      try a.connect(client, to: address)
    } catch {
      try #require(error == .inProgress)
    }
    return client
  }

  /// A connection from `a` to `b`, all its events so far taken.
  func connect() throws -> Connection<Calls> {
    let (listener, address) = try listen()
    let client = try beginConnecting(to: address)
    try run { b.readiness(listener).contains(.readable) && a.readiness(client).contains(.writable) }
    let server = try b.accept(listener).descriptor
    b.close(listener)
    try run { b.readiness(server).contains(.writable) }
    run(for: .milliseconds(1))
    while a.nextEvent() != nil {}
    while b.nextEvent() != nil {}
    return Connection(client: End(calls: a, descriptor: client), server: End(calls: b, descriptor: server))
  }
}

struct Connection<Calls: SocketCalls> {
  let client: End<Calls>
  let server: End<Calls>
}

/// One end of a connection.
struct End<Calls: SocketCalls> {
  let calls: Calls
  let descriptor: Descriptor

  /// Gives the error that a call throws; nil when it throws none.
  static func error(_ call: () throws(SocketError) -> Void) -> SocketError? {
    do throws(SocketError) {
      try call()
      return nil
    } catch { return error }
  }

  /// Writes what is taken now.
  func write(_ bytes: some Collection<UInt8>) throws(SocketError) -> Int {
    let bytes = Array(bytes)
    return try calls.write(descriptor, bytes.span.bytes)
  }

  /// Reads what is there, at most so much.
  func read(atMost count: Int = 65_536) throws(SocketError) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var span = bytes.mutableSpan
    var raw = span.mutableBytes
    let n = try calls.read(descriptor, into: &raw)
    return Array(bytes[..<n])
  }

  /// Fills until nothing more is accepted now; gives how much that was. The bytes are those of `Pattern`
  /// from `offset` on.
  func fill(from offset: Int, atMost limit: Int) throws(SocketError) -> Int {
    var done = 0
    do throws(SocketError) {
      while done < limit {
        done += try calls.fill(descriptor) { span in
          let n = min(span.byteCount, limit - done)
          for i in 0..<n {
            span.storeBytes(of: Pattern.byte(offset + done + i), toByteOffset: i, as: UInt8.self)
          }
          return n
        }
      }
    } catch .wouldBlock {
    } catch {
      throw error
    }
    return done
  }

  /// Drains what is there and compares it with `Pattern` from `offset` on. Nil: the end of the stream.
  func drain(expecting offset: Int, atMost limit: Int = .max) throws(SocketError) -> Int? {
    var done = 0
    do throws(SocketError) {
      while done < limit {
        var wasCalled = false
        done += try calls.drain(descriptor) { span in
          wasCalled = true
          let n = min(span.byteCount, limit - done)
          #expect((0..<n).allSatisfy { span.byte(at: $0) == Pattern.byte(offset + done + $0) })
          return n
        }
        if !wasCalled { return done == 0 ? nil : done }
      }
    } catch .wouldBlock {
    } catch {
      throw error
    }
    return done
  }

  var readiness: Readiness { calls.readiness(descriptor) }
}

/// Bytes that do not repeat with any power of two, so that a shifted or doubled piece shows.
enum Pattern {
  static func byte(_ offset: Int) -> UInt8 { UInt8(truncatingIfNeeded: offset % 251 &+ offset / 65_521) }
  static func bytes(_ range: Range<Int>) -> [UInt8] { range.map(byte) }
}
