import StrataBase
import StrataSockets
import StrataWire
import Testing

@testable import StrataStack

/// Datagrams, and what the network says of what did not arrive.
@Suite struct DatagramTests {
  @Test func datagramsGoBothWaysBetweenTwoHosts() throws {
    let hosts = TwoHosts()
    let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
    let server = try far.socket(.datagram)
    try far.bind(server, to: SocketAddress("0.0.0.0:53")!)
    let client = try near.socket(.datagram)
    for size in [0, 1, 1_000, 1_472] {
      let question = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
      try near.send(client, question.span.bytes, to: SocketAddress("10.0.0.2:53")!)
      hosts.run()
      #expect(far.events == [SocketEvent(descriptor: server, readiness: .readable)])
      let (bytes, from) = try far.receiveAll(server)
      #expect(bytes == question)
      #expect(from.address == Address("10.0.0.1")!)
      try far.send(server, question.span.bytes, to: from)
      hosts.run()
      #expect(near.events == [SocketEvent(descriptor: client, readiness: .readable)])
      #expect(try near.receiveAll(client).bytes == question)
    }
  }

  @Test func aDatagramForNobodyIsAnsweredAndHarmsNobody() throws {
    let hosts = TwoHosts()
    let near = hosts.a.makeSocketTable()
    let client = try near.socket(.datagram)
    try near.send(client, [1].span.bytes, to: SocketAddress("10.0.0.2:9")!)
    hosts.run()
    #expect(hosts.b.withUDP { $0.counters.nobody } == 1)
    #expect(hosts.a.withInternet { $0.counters.errorsReceived } == 1)
    // Such a socket has no one peer whose error it could be.
    #expect(near.takeError(client) == nil && near.events == [])
    try near.send(client, [1].span.bytes, to: SocketAddress("10.0.0.2:9")!)
  }

  @Test func whoFoundNoRoomIsToldWhenThereIsSome() throws {
    let hosts = TwoHosts()
    let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
    let server = try far.socket(.datagram)
    try far.bind(server, to: SocketAddress("10.0.0.2:53")!)
    let client = try near.socket(.datagram), other = try near.socket(.datagram)
    let address = SocketAddress("10.0.0.2:53")!
    try near.send(client, [0].span.bytes, to: address)
    hosts.run()
    var sent = 1
    let full = error { () throws(SocketError) in
      for _ in 0..<100_000 {
        try near.send(client, [1].span.bytes, to: address)
        sent += 1
      }
    }
    #expect(full == .wouldBlock)
    #expect(sent == hosts.a.settings.internet.outgoing + 1)
    #expect(
      error { () throws(SocketError) in try near.send(other, [1].span.bytes, to: address) } == .wouldBlock)
    near.close(other)
    #expect(near.events == [])
    hosts.run()
    #expect(near.events == [SocketEvent(descriptor: client, readiness: .writable)])
    try near.send(client, [1].span.bytes, to: address)
    hosts.run()
    #expect(near.events == [], "told once")
  }

  // MARK: What the network says of streams

  @Test func aHostThatIsNotThereIsUnreachable() throws {
    let hosts = TwoHosts()
    let near = hosts.a.makeSocketTable()
    let client = try near.begin(SocketAddress("10.0.0.77:80")!)
    hosts.run(for: .seconds(5))
    #expect(near.events == [SocketEvent(descriptor: client, readiness: [.readable, .failed])])
    #expect(near.takeError(client) == .hostUnreachable)
    #expect(near.takeError(client) == nil)
    let elsewhere = try near.socket(.stream)
    #expect(
      error { () throws(SocketError) in
        try near.connect(elsewhere, to: SocketAddress("192.0.2.1:80")!)
      } == .networkUnreachable)
  }

  @Test(arguments: [(ICMPv4Unreachable.port, SocketError.connectionRefused), (.host, .hostUnreachable)])
  func aControlMessageEndsAnOpen(_ code: ICMPv4Unreachable, _ expected: SocketError) throws {
    let hosts = TwoHosts()
    let near = hosts.a.makeSocketTable()
    // The far host is struck dumb after it told its hardware address; what we send is answered by hand.
    let other = try near.socket(.datagram)
    try near.send(other, [1].span.bytes, to: SocketAddress("10.0.0.2:9")!)
    hosts.run()
    var segment: [UInt8] = []
    hosts.passes = { frame, end in
      if end == 0 { frame.withUnsafeBytes { segment = Array($0) } }
      return false
    }
    let client = try near.begin(SocketAddress("10.0.0.2:80")!)
    hosts.run()
    try #require(segment.count > 42)
    hosts.a.receive(try hosts.unreachable(code, quoting: segment), on: 0, at: hosts.now)
    hosts.run()
    #expect(near.takeError(client) == expected)
  }
}

/// Codes of a destination unreachable message (RFC 792).
enum ICMPv4Unreachable: UInt8, CustomTestStringConvertible {
  case host = 1, port = 3
  var testDescription: String { "\(self)" }
}

extension TwoHosts {
  /// A frame from `b` to `a` with a control message about a frame of `a`.
  func unreachable(_ code: ICMPv4Unreachable, quoting frame: [UInt8]) throws -> Frame {
    let quote = frame[14..<42]
    var message: [UInt8] = [3, code.rawValue, 0, 0, 0, 0, 0, 0] + quote
    let sum = ~Checksum.fold(Checksum.sum(message.span.bytes))
    withUnsafeBytes(of: sum) { message.replaceSubrange(2..<4, with: $0) }
    var packet: [UInt8] = [
      0x45, 0, 0, UInt8(20 + message.count), 0, 0, 0, 0, 64, 1, 0, 0, 10, 0, 0, 2, 10, 0, 0, 1,
    ]
    let header = ~Checksum.fold(Checksum.sum(packet.span.bytes))
    withUnsafeBytes(of: header) { packet.replaceSubrange(10..<12, with: $0) }
    let bytes = Array(frame[6..<12]) + [2, 0, 0, 0, 0, 2, 8, 0] + packet + message
    guard var result = pool.take() else { throw SocketError.noBuffers }
    result.append(bytes.span.bytes)
    return result
  }
}
