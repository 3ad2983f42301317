import StrataBase
import StrataSockets
import Testing

/// What events tell, and datagrams, on any ground.
extension Ground {
  private func events(of calls: Calls) -> [SocketEvent] {
    var events: [SocketEvent] = []
    while let event = calls.nextEvent() { events.append(event) }
    return events
  }

  func anEventIsToldOnce() throws {
    let ends = try connect()
    _ = try ends.client.write([1])
    var heard: [SocketEvent] = []
    try run {
      heard += events(of: b)
      return !heard.isEmpty
    }
    #expect(heard == [SocketEvent(descriptor: ends.server.descriptor, readiness: .readable)])
    // It stays readable, and nothing new is to be told.
    run(for: .milliseconds(10))
    #expect(events(of: b) == [])
    #expect(ends.server.readiness.contains(.readable))
    #expect(try ends.server.read() == [1])
    _ = try ends.client.write([2])
    try run {
      heard += events(of: b)
      return heard.count >= 2
    }
    #expect(heard.count == 2)
    run(for: .milliseconds(10))
    #expect(events(of: a) == [], "the writer never had to wait")
  }

  func eventsThatWaitAreOneEvent() throws {
    let ends = try connect()
    _ = try ends.client.write([1])
    run(for: .milliseconds(5))
    _ = try ends.client.write([2])
    try a.shutdown(ends.client.descriptor, .write)
    try run { ends.server.readiness.contains(.peerClosed) }
    run(for: .milliseconds(5))
    #expect(
      events(of: b) == [
        SocketEvent(descriptor: ends.server.descriptor, readiness: [.readable, .peerClosed])
      ])
  }

  func newsOfTwoKindsAreOneEvent() throws {
    let (listener, address) = try listen()
    let client = try beginConnecting(to: address)
    try run { b.readiness(listener).contains(.readable) }
    let server = End(calls: b, descriptor: try b.accept(listener).descriptor)
    // The client becomes writable; nobody takes that event before it becomes readable too.
    run(for: .milliseconds(5))
    #expect(try server.write([1]) == 1)
    run(for: .milliseconds(5))
    #expect(events(of: a) == [SocketEvent(descriptor: client, readiness: [.readable, .writable])])
  }

  func noEventIsLost() throws {
    let ends = try connect()
    let goal = 400_000
    var sent = 0
    var received = 0
    var mayWrite = true
    // Only events make it go on, and each side goes on until it would block.
    try run {
      do {
        for event in events(of: a) where event.readiness.contains(.writable) { mayWrite = true }
        if mayWrite, sent < goal {
          let n = min(goal - sent, 1 + sent % 977)
          sent += try ends.client.write(Pattern.bytes(sent..<(sent + n)))
        }
      } catch SocketError.wouldBlock {
        mayWrite = false
      } catch {
        Issue.record(error)
      }
      for event in events(of: b) where event.readiness.contains(.readable) {
        received += (try? ends.server.drain(expecting: received)) ?? 0
      }
      return received >= goal
    }
    #expect(received == goal)
  }

  func aPeersEndIsAnEvent() throws {
    let ends = try connect()
    b.close(ends.server.descriptor)
    var readiness: Readiness = []
    try run {
      for event in events(of: a) { readiness.formUnion(event.readiness) }
      return readiness.contains(.peerClosed)
    }
    #expect(readiness == [.readable, .peerClosed])
  }

  // MARK: Datagrams

  func datagramsGoBothWays() throws {
    let server = try b.socket(.datagram)
    try b.bind(server, to: SocketAddress(address: addressOfB, port: 0))
    let address = try b.localAddress(server)
    let client = try a.socket(.datagram)
    let question = Pattern.bytes(0..<1_000)
    try a.send(client, question.span.bytes, to: address)
    try run { events(of: b).contains { $0.descriptor == server && $0.readiness.contains(.readable) } }
    let (bytes, from) = try receive(b, server, 2_000)
    #expect(bytes == question)
    #expect(from.port == (try a.localAddress(client).port))
    #expect(from.address == addressOfA)
    try b.send(server, [UInt8]().span.bytes, to: from)
    try run { a.readiness(client).contains(.readable) }
    let answer = try receive(a, client, 10)
    #expect(answer.bytes.isEmpty)
    #expect(answer.from == address)
    #expect(End<Calls>.error { () throws(SocketError) in _ = try receive(a, client, 10) } == .wouldBlock)
  }

  func aDatagramIsCutToItsRoomAndNeverJoined() throws {
    let server = try b.socket(.datagram)
    try b.bind(server, to: SocketAddress(address: addressOfB, port: 0))
    let address = try b.localAddress(server)
    let client = try a.socket(.datagram)
    try a.send(client, ([1, 2, 3, 4] as [UInt8]).span.bytes, to: address)
    try a.send(client, ([5] as [UInt8]).span.bytes, to: address)
    try run { b.readiness(server).contains(.readable) }
    #expect(try receive(b, server, 2).bytes == [1, 2])
    try run { b.readiness(server).contains(.readable) }
    #expect(try receive(b, server, 9).bytes == [5])
    let tooMuch = [UInt8](repeating: 0, count: 70_000)
    #expect(
      End<Calls>.error { () throws(SocketError) in
        try a.send(client, tooMuch.span.bytes, to: address)
      } == .messageTooLong)
  }

  func aCallOfTheOtherKindIsNotSupported() throws {
    let datagrams = End(calls: a, descriptor: try a.socket(.datagram))
    let stream = try a.socket(.stream)
    let peer = SocketAddress(address: addressOfB, port: 9)
    #expect(End<Calls>.error { () throws(SocketError) in _ = try datagrams.read() } == .notSupported)
    #expect(End<Calls>.error { () throws(SocketError) in _ = try datagrams.write([1]) } == .notSupported)
    #expect(
      End<Calls>.error { () throws(SocketError) in
        try a.listen(datagrams.descriptor, backlog: 1)
      } == .notSupported)
    #expect(
      End<Calls>.error { () throws(SocketError) in
        try a.send(stream, [1].span.bytes, to: peer)
      } == .notSupported)
    #expect(End<Calls>.error { () throws(SocketError) in _ = try receive(a, stream, 1) } == .notSupported)
  }

  private func receive(
    _ calls: Calls, _ d: Descriptor, _ room: Int
  ) throws(SocketError) -> (bytes: [UInt8], from: SocketAddress) {
    var bytes = [UInt8](repeating: 0, count: room)
    var span = bytes.mutableSpan
    var raw = span.mutableBytes
    let (count, from) = try calls.receive(d, into: &raw)
    return (Array(bytes[..<count]), from)
  }
}
