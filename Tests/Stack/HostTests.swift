import StrataBase
import StrataSockets
import StrataTransport
import StrataWire
import Testing

@testable import StrataStack

/// Hosts as a whole: what their owner and their programs see of them.
@Suite struct HostTests {
  @Test(arguments: ["10.0.0.1", "127.0.0.1"])
  func aHostTalksToItself(_ address: String) throws {
    let hosts = TwoHosts()
    let (server, client) = (hosts.a.makeSocketTable(), hosts.a.makeSocketTable())
    let (listener, name) = try hosts.listen(server)
    let own = SocketAddress(address: Address(address)!, port: name.port)
    hosts.passes = { _, _ in
      Issue.record("what a host says to itself stays at home")
      return false
    }
    let clients = try (0..<10).map { _ in try client.begin(own) }
    hosts.run()
    let servers = try (0..<10).map { _ in try server.accept(listener).descriptor }
    for (index, d) in clients.enumerated() {
      #expect(try client.write(d, [UInt8](repeating: UInt8(index), count: 60_000)) == 60_000)
      try client.shutdown(d, .write)
    }
    hosts.run(for: .milliseconds(200))
    for (index, d) in servers.enumerated() {
      #expect(try server.peerAddress(d) == client.localAddress(clients[index]))
      #expect(try server.readAll(d) == [UInt8](repeating: UInt8(index), count: 60_000))
      #expect(try server.readAll(d) == [])
      server.close(d)
    }
    client.closeAll()
    server.closeAll()
    hosts.rest()
    #expect(hosts.a.endpointCount == 0)
    #expect(hosts.pool.outstanding == 0)
  }

  @Test func aFullBacklogDropsAndAnAbsentListenerRefuses() throws {
    let hosts = TwoHosts()
    let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
    let (listener, address) = try hosts.listen(far, backlog: 3)
    let clients = try (0..<5).map { _ in
      let d = try near.begin(address)
      hosts.run()
      return d
    }
    #expect(clients.map { near.readiness($0).contains(.writable) } == [true, true, true, false, false])
    #expect(clients.allSatisfy { near.takeError($0) == nil })
    // A place is free again: the SYN that comes again has it.
    _ = try far.accept(listener)
    hosts.run(for: .seconds(2))
    #expect(clients.filter { near.readiness($0).contains(.writable) }.count == 4)
    let nobody = try near.begin(SocketAddress(address: address.address, port: 1))
    hosts.run()
    #expect(near.readiness(nobody).contains(.failed))
    #expect(near.takeError(nobody) == .connectionRefused)
  }

  @Test func closeAllIsTheEndOfAProgram() throws {
    let hosts = TwoHosts()
    let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
    let other = hosts.a.makeSocketTable()
    var pairs: [(near: Descriptor, far: Descriptor)] = []
    for _ in 0..<5 { pairs.append(try hosts.connect(near, far)) }
    let kept = try hosts.connect(other, far)
    _ = try hosts.listen(near, port: 80)
    try near.bind(near.socket(.datagram), to: SocketAddress("10.0.0.1:53")!)
    near.closeAll()
    hosts.run()
    #expect(near.count == 0)
    for pair in pairs {
      #expect(far.readiness(pair.far).contains(.peerClosed))
      #expect(error { () throws(SocketError) in _ = try near.readAll(pair.near) } == .badDescriptor)
      far.close(pair.far)
    }
    #expect(!far.readiness(kept.far).contains(.peerClosed))
    hosts.rest()
    #expect(hosts.a.endpointCount == 1)
    // Its names are free again.
    _ = try hosts.listen(other, port: 80)
    try other.bind(other.socket(.datagram), to: SocketAddress("10.0.0.1:53")!)
  }

  @Test func tablesKeepTheirEventsApart() throws {
    let hosts = TwoHosts()
    let near = hosts.a.makeSocketTable()
    let tables = (0..<20).map { _ in hosts.b.makeSocketTable() }
    let pairs = try tables.map { try hosts.connect(near, $0) }
    #expect(Set(pairs.map(\.far)).count == 1, "each table counts for itself")
    for (index, pair) in pairs.enumerated() where index % 3 == 0 {
      _ = try near.write(pair.near, [UInt8(index)])
    }
    hosts.run()
    for (index, table) in tables.enumerated() {
      let far = pairs[index].far
      #expect(table.events == (index % 3 == 0 ? [SocketEvent(descriptor: far, readiness: .readable)] : []))
      if index % 3 == 0 { #expect(try table.readAll(far) == [UInt8(index)]) }
    }
  }

  @Test func anObserverSeesWhatProgramsSay() throws {
    final class Observer: SocketObserver {
      var opened: [ConnectionName] = []
      var written: [UInt8] = []
      var read: [UInt8] = []
      func opened(_ name: ConnectionName) { opened.append(name) }
      func wrote(_ bytes: RawSpan, on name: ConnectionName) {
        bytes.withUnsafeBytes { written += $0 }
        #expect(name == opened[0])
      }
      func read(_ bytes: RawSpan, on name: ConnectionName) {
        bytes.withUnsafeBytes { read += $0 }
        #expect(name == opened[0].reversed)
      }
    }
    let hosts = TwoHosts()
    let observer = Observer()
    hosts.a.observer = observer
    hosts.b.observer = observer
    let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
    let pair = try hosts.connect(near, far)
    #expect(observer.opened.count == 2 && observer.opened[0] == observer.opened[1].reversed)
    _ = try near.write(pair.near, [1, 2, 3])
    _ = try near.fill(pair.near) { span in
      span.storeBytes(of: 4, toByteOffset: 0, as: UInt8.self)
      return 1
    }
    hosts.run()
    _ = try far.drain(pair.far) { _ in 2 }
    #expect(try far.readAll(pair.far) == [3, 4])
    #expect(observer.written == [1, 2, 3, 4])
    #expect(observer.read == [1, 2, 3, 4])
  }

  // MARK: The end of a host

  @Test func aHostThatStopsGivesEverythingBack() throws {
    let hosts = TwoHosts()
    let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
    let pair = try hosts.connect(near, far)
    _ = try far.write(pair.far, [UInt8](repeating: 1, count: 100_000))
    hosts.run()
    #expect(hosts.pool.outstanding > 0)
    let before = near.now
    hosts.a.stop()
    hosts.b.stop()
    #expect(hosts.pool.outstanding == 0)
    #expect(near.count == 0 && near.now == before)
    #expect(error { () throws(SocketError) in _ = try near.readAll(pair.near) } == .badDescriptor)
    #expect(error { () throws(SocketError) in _ = try near.socket(.stream) } == .networkUnreachable)
    near.close(pair.near)
    hosts.run(for: .seconds(5))
    #expect(hosts.a.makeSocketTable().events == [])
    #expect(hosts.pool.outstanding == 0)
  }

  @Test func peersOfAHostThatStoppedFindOut() throws {
    let hosts = TwoHosts()
    let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
    let pair = try hosts.connect(near, far)
    hosts.b.stop()
    _ = try near.write(pair.near, [1])
    hosts.run(for: .seconds(3_600))
    let error = near.takeError(pair.near)
    #expect(error == .timedOut || error == .hostUnreachable)
  }

  @Test func aTableMayOutliveItsHost() throws {
    var hosts: TwoHosts? = TwoHosts()
    let near = hosts!.a.makeSocketTable(), far = hosts!.b.makeSocketTable()
    let pair = try hosts!.connect(near, far)
    _ = try far.write(pair.far, [1])
    hosts!.run()
    let now = near.now
    hosts = nil
    #expect(near.now == now)
    #expect(near.readiness(pair.near) == [] && near.events == [])
    #expect(error { () throws(SocketError) in _ = try near.readAll(pair.near) } == .badDescriptor)
    near.close(pair.near)
    near.closeAll()
  }

  // MARK: Scarcity

  @Test func withoutBuffersAHostWaitsAndGoesOn() throws {
    let hosts = TwoHosts(frames: 256)
    let (near, far) = (hosts.a.makeSocketTable(), hosts.b.makeSocketTable())
    let pair = try hosts.connect(near, far)
    var taken: [Kept] = []
    while let frame = hosts.pool.take() { taken.append(Kept(frame)) }
    _ = try near.write(pair.near, [1, 2, 3])
    hosts.run(for: .milliseconds(50))
    #expect(hosts.a.nextDeadline > hosts.now, "it does not ask again at the same instant")
    #expect(far.readiness(pair.far) == .writable)
    #expect(hosts.a.withTCP { $0.counters.noBuffers } < 200)
    taken.removeAll()
    hosts.run()
    #expect(try far.readAll(pair.far) == [1, 2, 3])
  }
}

/// Holds a frame that somebody else wants.
private final class Kept {
  let frame: Frame
  init(_ frame: consuming Frame) { self.frame = frame }
}
