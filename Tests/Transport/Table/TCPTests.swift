import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

@testable import StrataTransport

@Suite struct TCPTests {
  @Test(arguments: Family.allCases) func bytesGoBothWaysAndBothEndsClose(family: Family) throws {
    var pair = Pair(family)
    let listener = try pair.b.tcp.listen(on: SocketName(family.any, 80), backlog: 4, owner: 1)
    let client = try pair.a.tcp.connect(
      to: SocketName(family.b, 80), owner: 5, &pair.a.internet, at: pair.now)
    let met = pair.run { !$0.b.tcp.readiness(listener).isEmpty }
    #expect(met)
    let told = pair.a.tcp.nextNotice()
    #expect(told == Notice(owner: 5, readiness: .writable))
    let accepted = try present(pair.b.tcp.accept(listener, owner: 6))
    let question: [UInt8] = Array("a question".utf8), answer: [UInt8] = Array("an answer".utf8)
    let written = pair.a.tcp.write(client, question.span.bytes)
    #expect(written == question.count)
    var heard: [UInt8] = []
    pair.run { pair in
      _ = pair.b.tcp.drain(accepted) {
        heard += $0.array
        return $0.byteCount
      }
      return heard.count == question.count
    }
    #expect(heard == question)
    _ = pair.b.tcp.write(accepted, answer.span.bytes)
    pair.b.tcp.closeWrite(accepted, at: pair.now)
    pair.run { $0.a.tcp.readiness(client).contains(.peerClosed) }
    var read: [UInt8] = Array(repeating: 0, count: 100)
    let count = {
      var span = read.mutableSpan; var bytes = span.mutableBytes; return pair.a.tcp.read(client, into: &bytes)
    }()
    #expect(count == answer.count && Array(read[..<answer.count]) == answer)
    pair.a.tcp.close(client, at: pair.now)
    pair.b.tcp.close(accepted, at: pair.now)
    pair.b.tcp.closeListener(listener, at: pair.now)
    pair.passes(.seconds(120))
    Self.expectNothingLeft(&pair)
  }

  /// Everything was closed and 2 MSL have passed.
  static func expectNothingLeft(_ pair: inout Pair) {
    #expect(pair.a.tcp.endpointCount == 0 && pair.b.tcp.endpointCount == 0)
    #expect(pair.a.tcp.demultiplexer.count == 0 && pair.b.tcp.demultiplexer.count == 0)
    #expect(pair.a.tcp.timeWaitCount == 0 && pair.b.tcp.timeWaitCount == 0)
    #expect(pair.a.tcp.halfOpenCount == 0 && pair.b.tcp.halfOpenCount == 0)
    #expect(!pair.a.tcp.hasOutput && !pair.b.tcp.hasOutput)
    #expect(pair.a.tcp.nextDeadline == .never && pair.b.tcp.nextDeadline == .never)
    #expect(pair.pool.outstanding == 0)
  }

  @Test(arguments: Family.allCases, [0.0, 0.02])
  func aThousandConnectionsAtOnce(family: Family, loss: Double) throws {
    var pair = Pair(family, cable: CableSettings(delay: .milliseconds(5), loss: loss), frames: 65_536)
    let listener = try pair.b.tcp.listen(on: SocketName(family.any, 80), backlog: 4_096, owner: 0)
    let bytes = (0..<3_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    var clients: [Handle] = []
    for n in 0..<1_000 {
      clients.append(
        try pair.a.tcp.connect(to: SocketName(family.b, 80), owner: UInt64(n), &pair.a.internet, at: pair.now)
      )
    }
    // Each client writes all it has and ends; the server echoes and ends when it was told the end.
    var answered: [Int] = Array(repeating: 0, count: 1_000)
    var right = 0, done = 0
    var accepted: [Handle] = []
    let finished = pair.run { pair in
      while let notice = pair.a.tcp.nextNotice() {
        let n = Int(notice.owner), client = clients[n]
        if notice.readiness.contains(.writable), answered[n] == 0 {
          answered[n] = 1
          let taken = pair.a.tcp.write(client, bytes.span.bytes)
          if taken == bytes.count { pair.a.tcp.closeWrite(client, at: pair.now) }
        }
        if notice.readiness.contains(.peerClosed), answered[n] == 1 {
          answered[n] = 2
          var echoed: [UInt8] = []
          _ = pair.a.tcp.drain(client) {
            echoed += $0.array
            return $0.byteCount
          }
          if echoed == bytes { right += 1 }
          done += 1
          pair.a.tcp.close(client, at: pair.now)
        }
      }
      while let notice = pair.b.tcp.nextNotice() {
        if notice.owner == 0 {
          while let one = pair.b.tcp.accept(listener, owner: UInt64(accepted.count + 1)) {
            accepted.append(one)
          }
          continue
        }
        guard notice.readiness.contains(.peerClosed) else { continue }
        let one = accepted[Int(notice.owner) - 1]
        var echo: [UInt8] = []
        _ = pair.b.tcp.drain(one) {
          echo += $0.array
          return $0.byteCount
        }
        _ = pair.b.tcp.write(one, echo.span.bytes)
        pair.b.tcp.close(one, at: pair.now)
      }
      return done == 1_000
    }
    #expect(finished && right == 1_000 && accepted.count == 1_000)
    pair.b.tcp.closeListener(listener, at: pair.now)
    pair.passes(.seconds(200))
    Self.expectNothingLeft(&pair)
  }

  @Test(arguments: Family.allCases) func nobodyListensSoTheConnectionIsRefused(family: Family) throws {
    var pair = Pair(family)
    let client = try pair.a.tcp.connect(
      to: SocketName(family.b, 80), owner: 5, &pair.a.internet, at: pair.now)
    pair.run { $0.a.tcp.failure(client) != nil }
    expect(pair.a.tcp.failure(client) == .refused)
    let told = pair.a.tcp.nextNotice()
    #expect(told?.owner == 5 && told?.readiness.contains(.failed) == true)
    pair.a.tcp.close(client, at: pair.now)
    pair.passes(.seconds(5))
    Self.expectNothingLeft(&pair)
  }

  @Test(arguments: Family.allCases) func anUnreachableHostFailsTheConnection(family: Family) throws {
    var pair = Pair(family)
    let client = try pair.a.tcp.connect(
      to: SocketName(family.nobody, 80), owner: 5, &pair.a.internet, at: pair.now)
    pair.run(most: .seconds(10)) { $0.a.tcp.failure(client) != nil }
    expect(pair.a.tcp.failure(client) == .hostUnreachable)
    #expect(throws: TransportError.noRoute) {
      try pair.a.tcp.connect(
        to: SocketName(Address("9.9.9.9")!, 80), owner: 1, &pair.a.internet, at: pair.now)
    }
  }

  @Test(arguments: Family.allCases) func bothSidesMayConnectAtOnce(family: Family) throws {
    var pair = Pair(family)
    let left = SocketName(family.a, 1_111), right = SocketName(family.b, 2_222)
    // Both know each other's hardware address first, so that the SYNs cross.
    pair.passes(.milliseconds(10))
    let one = try pair.a.tcp.connect(from: left, to: right, owner: 1, &pair.a.internet, at: pair.now)
    let two = try pair.b.tcp.connect(from: right, to: left, owner: 2, &pair.b.internet, at: pair.now)
    let met = pair.run(most: .seconds(20)) {
      $0.a.tcp.info(one)?.state == .established && $0.b.tcp.info(two)?.state == .established
    }
    #expect(met)
    #expect(throws: TransportError.addressInUse) {
      try pair.a.tcp.connect(from: left, to: right, owner: 1, &pair.a.internet, at: pair.now)
    }
    pair.a.tcp.abort(one, at: pair.now)
    pair.run { $0.b.tcp.failure(two) != nil }
    expect(pair.b.tcp.failure(two) == .reset)
    pair.b.tcp.close(two, at: pair.now)
    pair.passes(.seconds(5))
    Self.expectNothingLeft(&pair)
  }

  @Test(arguments: Family.allCases) func staleHandlesAreHarmless(family: Family) throws {
    var pair = Pair(family)
    let listener = try pair.b.tcp.listen(on: SocketName(family.any, 80), backlog: 4, owner: 1)
    let client = try pair.a.tcp.connect(
      to: SocketName(family.b, 80), owner: 5, &pair.a.internet, at: pair.now)
    pair.a.tcp.close(client, at: pair.now)
    let byte: [UInt8] = [1]
    let written = pair.a.tcp.write(client, byte.span.bytes)
    let drained = pair.a.tcp.drain(client) { $0.byteCount }
    let filled = pair.a.tcp.fill(client) { $0.byteCount }
    #expect(written == nil && drained == nil && filled == nil)
    pair.a.tcp.close(client, at: pair.now)
    pair.a.tcp.abort(client, at: pair.now)
    pair.a.tcp.closeWrite(client, at: pair.now)
    expect(pair.a.tcp.readiness(client).isEmpty)
    #expect(
      pair.a.tcp.name(client) == nil && pair.a.tcp.info(client) == nil && pair.a.tcp.failure(client) == nil)
    // The slot is used again; the old handle does not reach the new connection.
    let second = try pair.a.tcp.connect(
      to: SocketName(family.b, 80), owner: 6, &pair.a.internet, at: pair.now)
    #expect(second.slot == client.slot && second != client)
    pair.a.tcp.abort(client, at: pair.now)
    expect(pair.a.tcp.info(second)?.state == .synSent)
    // A listener is no connection and a connection no listener.
    let wrong = pair.b.tcp.write(listener, byte.span.bytes), none = pair.a.tcp.accept(second, owner: 1)
    #expect(wrong == nil && none == nil)
    pair.a.tcp.closeListener(second, at: pair.now)
    pair.b.tcp.close(listener, at: pair.now)
    pair.b.tcp.closeListener(listener, at: pair.now)
    let queues = pair.b.tcp.listenerQueues(listener), late = pair.b.tcp.accept(listener, owner: 1)
    #expect(queues == nil && late == nil)
    pair.b.tcp.closeListener(listener, at: pair.now)
    pair.a.tcp.abort(second, at: pair.now)
    pair.passes(.seconds(70))
    Self.expectNothingLeft(&pair)
  }

  @Test(arguments: Family.allCases) func portsRunOutWithAnErrorOfItsOwn(family: Family) throws {
    var site = Site(family)
    var handles: [Handle] = []
    let count = Ports.ephemeral.count
    // All but a few are bound elsewhere, so that the search stays short.
    for port in Ports.ephemeral.dropLast(5) { site.tcp.bound.insert(SocketName(family.a, port), number: 0) }
    for _ in 0..<5 {
      handles.append(try site.tcp.connect(to: family.peer(1), owner: 1, &site.internet, at: site.now))
    }
    let ports = Set(handles.compactMap { site.tcp.name($0)?.local.port })
    #expect(ports.count == 5 && count == 28_232)
    #expect(throws: TransportError.noPortLeft) {
      try site.tcp.connect(to: family.peer(1), owner: 1, &site.internet, at: site.now)
    }
    // To another peer the same ports are free.
    _ = try site.tcp.connect(to: family.peer(2), owner: 1, &site.internet, at: site.now)
    for port in Ports.ephemeral.suffix(5) { site.tcp.bound.insert(SocketName(family.a, port), number: 0) }
    #expect(throws: TransportError.noPortLeft) { try site.tcp.bind(SocketName(family.a, 0), site.internet) }
  }

  @Test(arguments: Family.allCases) func aFullTableRefusesToConnect(family: Family) throws {
    var site = Site(family, capacity: 3)
    for n in 0..<3 { _ = try site.tcp.connect(to: family.peer(n), owner: 0, &site.internet, at: site.now) }
    #expect(throws: TransportError.tableFull) {
      try site.tcp.connect(to: family.peer(9), owner: 0, &site.internet, at: site.now)
    }
    for bad in [
      SocketName(family.any, 80), SocketName(family.peer(1).address, 0), SocketName(.broadcastV4, 80),
    ] {
      #expect(throws: TransportError.invalidArgument) {
        try site.tcp.connect(to: bad, owner: 0, &site.internet, at: site.now)
      }
    }
    #expect(throws: TransportError.addressNotAvailable) {
      try site.tcp.connect(from: family.peer(5), to: family.peer(1), owner: 0, &site.internet, at: site.now)
    }
  }

  @Test(arguments: Family.allCases) func deadEntriesOfDeadlinesAreClearedOut(family: Family) throws {
    var pair = Pair(family)
    let listener = try pair.b.tcp.listen(on: SocketName(family.any, 80), backlog: 4, owner: 1)
    let client = try pair.a.tcp.connect(
      to: SocketName(family.b, 80), owner: 5, &pair.a.internet, at: pair.now)
    pair.run { !$0.b.tcp.readiness(listener).isEmpty }
    let accepted = try present(pair.b.tcp.accept(listener, owner: 2))
    // Each small question moves both ends' deadlines earlier and later again.
    let byte: [UInt8] = [1]
    var most = 0
    for _ in 0..<2_000 {
      _ = pair.a.tcp.write(client, byte.span.bytes)
      pair.run { pair in (pair.b.tcp.drain(accepted) { $0.byteCount } ?? 0) > 0 }
      pair.passes(.milliseconds(50))
      most = max(most, max(pair.a.tcp.deadlines.count, pair.b.tcp.deadlines.count))
    }
    #expect(most <= 2 * 2 + 64)
  }

  @Test(arguments: Family.allCases) func aBudgetIsSharedInTurn(family: Family) throws {
    var pair = Pair(family, cable: CableSettings(delay: .milliseconds(1)))
    let listener = try pair.b.tcp.listen(on: SocketName(family.any, 80), backlog: 8, owner: 1)
    var clients: [Handle] = []
    for n in 0..<4 {
      clients.append(
        try pair.a.tcp.connect(to: SocketName(family.b, 80), owner: UInt64(n), &pair.a.internet, at: pair.now)
      )
    }
    pair.run { ($0.b.tcp.listenerQueues(listener)?.finished ?? 0) == 4 }
    let full = family.segment - 12, bytes = [UInt8](repeating: 1, count: 14_600)
    for client in clients { _ = pair.a.tcp.write(client, bytes.span.bytes) }
    // 20 segments of the 40 that could go: eight, eight and four.
    pair.a.tcp.transmit(&pair.a.internet, budget: 20, at: pair.now)
    let flights = clients.map { pair.a.tcp.info($0)?.inFlight ?? 0 }
    #expect(flights == [8 * full, 8 * full, 4 * full, 0])
    expect(pair.a.tcp.hasOutput)
    pair.a.tcp.transmit(&pair.a.internet, budget: 8, at: pair.now)
    let next = clients.map { pair.a.tcp.info($0)?.inFlight ?? 0 }
    #expect(next[3] == 8 * full)
  }
}
