import StrataBase
import StrataSockets
import StrataWire
import Testing

@testable import StrataStack

/// What only this ground promises: descriptors, and calls from inside of bodies.
@Suite struct SocketTableTests {
  @Test func aClosedDescriptorIsUsedAgainLowestFirst() throws {
    let hosts = TwoHosts()
    let table = hosts.a.makeSocketTable()
    let opened = try (0..<200).map { _ in try table.socket(.stream).rawValue }
    #expect(opened == Array(3..<203))
    for number in [150, 7, 99] { table.close(Descriptor(rawValue: Int32(number))) }
    let again = try (0..<4).map { _ in try table.socket(.datagram).rawValue }
    #expect(again == [7, 99, 150, 203])
    #expect(table.count == 201)
  }

  @Test func thereIsAMostOfDescriptors() throws {
    let hosts = TwoHosts()
    let table = hosts.a.makeSocketTable()
    for _ in 0..<SocketTable.mostDescriptors { _ = try table.socket(.stream) }
    #expect(error { () throws(SocketError) in _ = try table.socket(.stream) } == .tooManyDescriptors)
    table.close(Descriptor(rawValue: 1_000))
    #expect(try table.socket(.stream).rawValue == 1_000)
  }

  @Test func whoCouldNotAcceptHearsOfAFreeDescriptor() throws {
    let hosts = TwoHosts()
    let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
    let (listener, address) = try hosts.listen(far)
    _ = try near.begin(address)
    hosts.run()
    while let d = try? far.socket(.stream) { #expect(d != listener) }
    #expect(far.events.map(\.descriptor) == [listener])
    #expect(error { () throws(SocketError) in _ = try far.accept(listener) } == .tooManyDescriptors)
    #expect(error { () throws(SocketError) in _ = try far.accept(listener) } == .tooManyDescriptors)
    #expect(far.events == [])
    far.close(Descriptor(rawValue: 77))
    #expect(far.events == [SocketEvent(descriptor: listener, readiness: .readable)])
    #expect(try far.accept(listener).descriptor.rawValue == 77)
  }

  @Test func anOldNoticeDoesNotReachANewSocket() throws {
    let hosts = TwoHosts()
    let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
    let pair = try hosts.connect(near, far)
    let old = near.owner(pair.near)
    #expect(SocketOwner(rawValue: old.rawValue) == old)
    near.close(pair.near)
    let new = try near.socket(.stream)
    #expect(new == pair.near)
    near.announce(old, .readable)
    #expect(near.events == [])
    near.announce(near.owner(new), .readable)
    #expect(near.events == [SocketEvent(descriptor: new, readiness: .readable)])
  }

  @Test func closedSocketsLeaveTheQueueOfEvents() throws {
    let hosts = TwoHosts()
    let table = hosts.a.makeSocketTable()
    let d = try (0..<5).map { _ in try table.socket(.stream) }
    for socket in d { table.announce(table.owner(socket), .readable) }
    table.announce(table.owner(d[1]), .peerClosed)
    for index in [0, 4, 2] { table.close(d[index]) }
    let again = try table.socket(.stream)
    #expect(again == d[0])
    table.announce(table.owner(again), .readable)
    #expect(
      table.events == [
        SocketEvent(descriptor: d[1], readiness: [.readable, .peerClosed]),
        SocketEvent(descriptor: d[3], readiness: .readable),
        SocketEvent(descriptor: again, readiness: .readable),
      ])
    #expect(table.events == [])
  }

  @Test func aBoundNameIsFreeAgainAfterItsSocket() throws {
    let hosts = TwoHosts()
    let table = hosts.b.makeSocketTable()
    for _ in 0..<3 {
      let (listener, _) = try hosts.listen(table, port: 80)
      table.close(listener)
      let fresh = try table.socket(.stream)
      try table.bind(fresh, to: SocketAddress("10.0.0.2:80")!)
      let other = try table.socket(.stream)
      #expect(
        error { () throws(SocketError) in
          try table.bind(other, to: SocketAddress("0.0.0.0:80")!)
        } == .addressInUse)
      table.closeAll()
    }
  }

  @Test func whatIsSetOnAListenerHoldsForItsConnections() throws {
    let hosts = TwoHosts()
    let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
    let (listener, address) = try hosts.listen(far)
    try far.setOption(listener, .linger(.zero))
    try far.setOption(listener, .keepAlive(idle: .seconds(5), interval: .seconds(1), count: 2))
    let client = try near.begin(address)
    hosts.run()
    let first = try far.accept(listener).descriptor
    far.close(first)
    hosts.run()
    #expect(near.takeError(client) == .connectionReset)
    _ = try near.begin(address)
    hosts.run()
    let second = try far.accept(listener).descriptor
    hosts.a.stop()
    hosts.run(for: .seconds(10))
    #expect(far.takeError(second) == .timedOut)
  }

  @Test func theRestHasOnlyAsLongAsLingerSays() throws {
    for linger in [Interval.seconds(5), nil] {
      let hosts = TwoHosts()
      let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
      let pair = try hosts.connect(near, far)
      try near.setOption(pair.near, .linger(linger))
      // More than the peer, who does not read, has room for.
      while (try? near.write(pair.near, [UInt8](repeating: 1, count: 65_536))) != nil { hosts.run() }
      near.close(pair.near)
      hosts.run(for: .seconds(4))
      #expect(!far.readiness(pair.far).contains(.failed))
      hosts.run(for: .seconds(2))
      #expect(far.readiness(pair.far).contains(.failed) == (linger != nil))
      #expect(hosts.a.endpointCount == (linger == nil ? 1 : 0))
      far.closeAll()
      hosts.rest()
      #expect(hosts.a.endpointCount == 0)
    }
  }

  @Test func anAbortIsHeardThroughAClosedWindow() throws {
    let hosts = TwoHosts()
    let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
    let pair = try hosts.connect(near, far)
    while (try? near.write(pair.near, [UInt8](repeating: 1, count: 65_536))) != nil { hosts.run() }
    // Probes went past the window; a reset from there would not count (RFC 5961 §3.2).
    hosts.run(for: .seconds(10))
    near.abort(pair.near)
    hosts.run()
    #expect(far.readiness(pair.far).contains(.failed))
    #expect(hosts.a.endpointCount == 0)
  }

  @Test func aLingerThatIsNotNeededChangesNothing() throws {
    let hosts = TwoHosts()
    let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
    let pair = try hosts.connect(near, far)
    try near.setOption(pair.near, .linger(.seconds(1)))
    try near.setOption(pair.near, .congestion(.newReno))
    _ = try near.write(pair.near, [1, 2])
    near.close(pair.near)
    hosts.run(for: .seconds(10))
    #expect(try far.readAll(pair.far) == [1, 2])
    #expect(try far.readAll(pair.far) == [])
    #expect(far.takeError(pair.far) == nil)
  }

  @Test func aSmallerSendBufferTakesLess() throws {
    let hosts = TwoHosts()
    let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
    let pair = try hosts.connect(near, far)
    try near.setOption(pair.near, .sendBuffer(16_384))
    #expect(try near.write(pair.near, [UInt8](repeating: 1, count: 100_000)) == 16_384)
    try far.setOption(pair.far, .receiveBuffer(20_000))
    for _ in 0..<50 {
      hosts.run()
      _ = try? near.write(pair.near, [UInt8](repeating: 1, count: 100_000))
    }
    // What it was offered before counts too: the handshake's window, which SYNs do not scale.
    #expect(near.unsent(pair.near) == 16_384)
    var received = 0
    while let bytes = try? far.readAll(pair.far), !bytes.isEmpty { received += bytes.count }
    #expect((20_000...66_000).contains(received))
  }

  // MARK: Calls inside of bodies

  @Test func anEchoFillsInsideOfItsOwnDrain() throws {
    let hosts = TwoHosts()
    let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
    let pair = try hosts.connect(near, far)
    let question = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 % 251) }
    _ = try near.write(pair.near, question)
    var answer: [UInt8] = []
    for _ in 0..<20 {
      hosts.run()
      while let used = try? far.drain(pair.far, { bytes in (try? far.write(pair.far, bytes)) ?? 0 }), used > 0
      {}
      hosts.run()
      while let bytes = try? near.readAll(pair.near), !bytes.isEmpty { answer += bytes }
    }
    #expect(answer == question)
  }

  @Test func oneBodyOfAKindWorksOnASocket() throws {
    let hosts = TwoHosts()
    let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
    let pair = try hosts.connect(near, far)
    _ = try near.write(pair.near, [1, 2, 3])
    hosts.run()
    _ = try far.drain(pair.far) { _ in
      #expect(
        error { () throws(SocketError) in _ = try far.drain(pair.far) { _ in 1 } } == .invalidArgument)
      #expect(error { () throws(SocketError) in _ = try far.readAll(pair.far) } == .invalidArgument)
      return 1
    }
    _ = try far.fill(pair.far) { _ in
      #expect(error { () throws(SocketError) in _ = try far.fill(pair.far) { _ in 1 } } == .invalidArgument)
      #expect(error { () throws(SocketError) in _ = try far.write(pair.far, [1]) } == .invalidArgument)
      return 1
    }
    #expect(try far.readAll(pair.far) == [2, 3])
    #expect(far.unsent(pair.far) == 1)
  }

  @Test(arguments: [false, true]) func aBodyMayCloseItsSocket(isAbort: Bool) throws {
    let hosts = TwoHosts()
    let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
    let first = try hosts.connect(near, far), second = try hosts.connect(near, far)
    _ = try near.write(first.near, [1, 2, 3])
    hosts.run()
    let used = try far.drain(first.far) { bytes in
      if isAbort { far.abort(first.far) } else { far.close(first.far) }
      #expect(far.readiness(first.far) == [])
      #expect(error { () throws(SocketError) in _ = try far.write(first.far, [1]) } == .badDescriptor)
      // Others may come, but not to this place.
      for _ in 0..<100 { #expect((try? far.socket(.stream)) != first.far) }
      #expect(bytes.byteCount == 3 && bytes.unsafeLoad(fromByteOffset: 2, as: UInt8.self) == 3)
      return 3
    }
    #expect(used == 3)
    let refused = error { () throws(SocketError) in
      _ = try far.fill(second.far) { span in
        far.close(second.far)
        return span.byteCount
      }
    }
    #expect(refused == .badDescriptor)
    hosts.run()
    #expect(near.readiness(first.near).contains(isAbort ? .failed : .peerClosed))
    #expect(try near.readAll(second.near) == [], "nothing of it was sent")
    #expect(try far.socket(.stream).rawValue == min(first.far.rawValue, second.far.rawValue))
  }

  @Test func aStreamThatABodyEndsTakesNothingMore() throws {
    let hosts = TwoHosts()
    let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
    let pair = try hosts.connect(near, far)
    let refused = error { () throws(SocketError) in
      _ = try near.fill(pair.near) { _ in
        try? near.shutdown(pair.near, .write)
        return 5
      }
    }
    #expect(refused == .brokenPipe)
    hosts.run()
    #expect(try far.readAll(pair.far) == [])
  }
}
