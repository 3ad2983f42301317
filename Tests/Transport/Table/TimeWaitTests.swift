import StrataBase
import StrataInternet
import StrataWire
import Testing

@testable import StrataTransport

@Suite struct TimeWaitTests {
  private func stamps(_ value: UInt32?, echo: UInt32 = 0) -> TCPOptions {
    var options = TCPOptions()
    options.timestamps = value.map { TCPTimestamps(value: $0, echo: echo) }
    return options
  }

  /// A site with one name in TIME-WAIT: a peer connected, we closed first, and the peer answered. Its
  /// last sequence number is 1,001, its last timestamp 51.
  private struct Ended: ~Copyable {
    var site: Site
    var ours: UInt32
    let remote: SocketName

    init(_ family: Family, timestamps: Bool, listens: Bool = true) throws {
      remote = family.peer(1)
      site = Site(family)
      let listener = try site.tcp.listen(on: SocketName(family.any, 80), backlog: 4, owner: 1)
      var options = TCPOptions()
      if timestamps { options.timestamps = TCPTimestamps(value: 50, echo: 0) }
      let numbers = try present(site.handshake(from: remote, to: 80, seq: 999, options: options))
      let connection = try present(site.tcp.accept(listener, owner: 2))
      site.tcp.close(connection, at: site.now)
      ours = numbers.ours
      let finish = site.sent()
      #expect(finish.count == 1 && finish[0].flags.contains(.fin))
      ours &+= 1
      if timestamps { options.timestamps = TCPTimestamps(value: 51, echo: 0) }
      site.arrives([.fin, .ack], from: remote, to: 80, seq: 1_000, ack: ours, options: options)
      let last = site.sent()
      #expect(last.map(\.flags) == [.ack] && last[0].acknowledgment == SequenceNumber(1_001))
      expectEqual(site.tcp.timeWaitCount, 1)
      if !listens { site.tcp.closeListener(listener, at: site.now) }
      expectEqual(site.tcp.endpointCount, listens ? 1 : 0)
      expectEqual(site.framesOut, 0)
    }
  }

  @Test(arguments: Family.allCases) func aConnectionBecomesACompactEntryForTwoLifetimes(family: Family) throws
  {
    var ended = try Ended(family, timestamps: false)
    _ = ended.site.passes(.seconds(59))
    expectEqual(ended.site.tcp.timeWaitCount, 1)
    _ = ended.site.passes(.seconds(1))
    expectEqual(ended.site.tcp.timeWaitCount, 0)
    expectEqual(ended.site.tcp.nextDeadline, .never)
    // Its name is nobody's now.
    ended.site.arrives([.fin, .ack], from: ended.remote, to: 80, seq: 1_000, ack: ended.ours)
    expectEqual(ended.site.sent().map(\.flags), [.rst])
  }

  @Test(arguments: Family.allCases) func aFinThatComesAgainIsAcknowledgedAndStartsTheWaitAnew(family: Family)
    throws
  {
    var ended = try Ended(family, timestamps: true)
    _ = ended.site.passes(.seconds(40))
    ended.site.arrives(
      [.fin, .ack], from: ended.remote, to: 80, seq: 1_000, ack: ended.ours, options: stamps(51))
    let sent = ended.site.sent()
    #expect(sent.map(\.flags) == [.ack])
    #expect(sent[0].acknowledgment == SequenceNumber(1_001) && sent[0].sequence.rawValue == ended.ours)
    #expect(sent[0].options.timestamps?.echo == 51 && sent[0].checksumIsRight)
    _ = ended.site.passes(.seconds(59))
    expectEqual(ended.site.tcp.timeWaitCount, 1)
    _ = ended.site.passes(.seconds(1))
    expectEqual(ended.site.tcp.timeWaitCount, 0)
  }

  @Test(arguments: Family.allCases) func aForgedFinDoesNotProlongTheWait(family: Family) throws {
    var ended = try Ended(family, timestamps: false)
    _ = ended.site.passes(.seconds(40))
    ended.site.arrives([.fin, .ack], from: ended.remote, to: 80, seq: 77, ack: ended.ours)
    _ = ended.site.passes(.seconds(20))
    expectEqual(ended.site.tcp.timeWaitCount, 0)
  }

  @Test(arguments: Family.allCases) func aResetDoesNotAssassinateIt(family: Family) throws {
    var ended = try Ended(family, timestamps: false)
    ended.site.arrives(.rst, from: ended.remote, to: 80, seq: 1_001)
    expect(ended.site.sent().isEmpty)
    expectEqual(ended.site.tcp.timeWaitCount, 1)
  }

  @Test(arguments: Family.allCases) func oldDataIsAnsweredAndALoneAckIsNot(family: Family) throws {
    var ended = try Ended(family, timestamps: false)
    ended.site.arrives(.ack, from: ended.remote, to: 80, seq: 1_001, ack: ended.ours)
    ended.site.arrives(.ack, from: ended.remote, to: 80, seq: 5, ack: 6)
    expect(ended.site.sent().isEmpty, "two ends in TIME-WAIT would talk for ever")
    ended.site.arrives(.ack, from: ended.remote, to: 80, seq: 900, ack: ended.ours, payload: [1])
    expectEqual(ended.site.sent().map(\.flags), [.ack])
  }

  @Test(
    arguments: Family.allCases,
    [
      // RFC 6191: the SYN's sequence number and timestamp, and whether it may take the name.
      (false, UInt32(2_000), nil as UInt32?, true), (false, 1_002, nil, true), (false, 1_001, nil, false),
      (false, 500, nil, false), (true, 500, 52, true), (true, 500, 51, false), (true, 2_000, 51, true),
      (true, 2_000, 50, false), (true, 2_000, nil, true), (false, 2_000, 7, true),
    ]) func aNewerSynTakesTheName(family: Family, given: (Bool, UInt32, UInt32?, Bool)) throws
  {
    let (timestamps, seq, value, isTaken) = given
    var ended = try Ended(family, timestamps: timestamps)
    ended.site.arrives(.syn, from: ended.remote, to: 80, seq: seq, options: stamps(value))
    let sent = ended.site.sent()
    #expect(sent.map(\.flags) == [isTaken ? [.syn, .ack] : .ack])
    expectEqual(ended.site.tcp.timeWaitCount, isTaken ? 0 : 1)
    expectEqual(ended.site.tcp.counters.timeWaitReused, isTaken ? 1 : 0)
    if isTaken {
      #expect(sent[0].acknowledgment == SequenceNumber(seq + 1))
      // Our numbers go on ahead of those of the last connection.
      #expect(sent[0].sequence > SequenceNumber(ended.ours))
    }
  }

  @Test(arguments: Family.allCases) func withoutAListenerTheNameIsKept(family: Family) throws {
    var ended = try Ended(family, timestamps: false, listens: false)
    ended.site.arrives(.syn, from: ended.remote, to: 80, seq: 5_000)
    expectEqual(ended.site.sent().map(\.flags), [.ack])
    expectEqual(ended.site.tcp.timeWaitCount, 1)
  }

  @Test(arguments: Family.allCases) func theOldestGivesWay(family: Family) throws {
    var site = Site(family, limits: TableLimits(timeWait: 8))
    let listener = try site.tcp.listen(on: family.anyone, backlog: 4, owner: 1)
    for n in 0..<20 {
      let numbers = try present(site.handshake(from: family.peer(n), to: 80))
      let connection = try present(site.tcp.accept(listener, owner: 2))
      site.tcp.close(connection, at: site.now)
      _ = site.sent()
      site.arrives([.fin, .ack], from: family.peer(n), to: 80, seq: numbers.theirs, ack: numbers.ours &+ 1)
      _ = site.sent()
    }
    #expect(site.tcp.timeWaitCount == 8 && site.tcp.counters.timeWaitReclaimed == 12)
    #expect(site.tcp.endpointCount == 1 && site.framesOut == 0)
    expectEqual(site.tcp.demultiplexer.count, 8)
    // The last eight are those that are left.
    site.arrives([.fin, .ack], from: family.peer(11), to: 80, seq: 1_001, ack: 5)
    site.arrives([.fin, .ack], from: family.peer(12), to: 80, seq: 1_001, ack: 5)
    expectEqual(site.sent().map(\.flags), [.rst, .ack])
  }

  @Test(arguments: Family.allCases) func whatIsUnreadStaysWithItsUserWhenANewConnectionTakesTheName(
    family: Family
  ) throws {
    var site = Site(family)
    let listener = try site.tcp.listen(on: family.anyone, backlog: 4, owner: 1)
    let numbers = try present(site.handshake(from: family.peer(1), to: 80))
    let connection = try present(site.tcp.accept(listener, owner: 2))
    site.tcp.closeWrite(connection, at: site.now)
    _ = site.sent()
    site.arrives(
      [.fin, .ack], from: family.peer(1), to: 80, seq: numbers.theirs, ack: numbers.ours &+ 1,
      payload: [1, 2, 3])
    _ = site.sent()
    expect(site.tcp.info(connection)?.state == .timeWait)
    site.arrives(.syn, from: family.peer(1), to: 80, seq: 50_000)
    let answer = site.sent()
    #expect(answer.map(\.flags) == [[.syn, .ack]])
    var read: [UInt8] = []
    _ = site.tcp.drain(connection) {
      read += $0.array
      return $0.byteCount
    }
    #expect(read == [1, 2, 3])
    site.arrives(.ack, from: family.peer(1), to: 80, seq: 50_001, ack: answer[0].sequence.rawValue &+ 1)
    let second = try present(site.tcp.accept(listener, owner: 3))
    site.tcp.close(connection, at: site.now)
    expect(site.tcp.info(second)?.state == .established)
    #expect(site.tcp.endpointCount == 2 && site.framesOut == 0)
  }

  @Test(arguments: Family.allCases) func aNameWhoseConnectionWasResetIsFreeWhileItsUserStillHoldsIt(
    family: Family
  ) throws {
    var site = Site(family)
    let listener = try site.tcp.listen(on: family.anyone, backlog: 4, owner: 1)
    let numbers = try present(site.handshake(from: family.peer(1), to: 80))
    let connection = try present(site.tcp.accept(listener, owner: 2))
    site.arrives(.rst, from: family.peer(1), to: 80, seq: numbers.theirs)
    expect(site.tcp.failure(connection) == .reset)
    let second = site.handshake(from: family.peer(1), to: 80, seq: 7_000)
    #expect(second != nil)
    expect(site.tcp.failure(connection) == .reset)
    site.tcp.close(connection, at: site.now)
    expectEqual(site.tcp.endpointCount, 2)
    let next = try present(site.tcp.accept(listener, owner: 3))
    expect(site.tcp.info(next)?.state == .established)
  }
}
