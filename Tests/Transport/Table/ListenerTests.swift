import StrataBase
import StrataInternet
import StrataWire
import Testing

@testable import StrataTransport

@Suite struct ListenerTests {
  @Test(arguments: Family.allCases) func aSynIsAnsweredWithWhatWasAgreed(family: Family) throws {
    var site = Site(family)
    _ = try site.tcp.listen(on: family.anyone, backlog: 4, owner: 1)
    var options = TCPOptions()
    options.maximumSegmentSize = 1_000
    options.windowScale = 5
    options.sackPermitted = true
    options.timestamps = TCPTimestamps(value: 77, echo: 0)
    site.arrives(.syn, from: family.peer(1), to: 80, seq: 5_000, options: options)
    let sent = site.sent()
    expectEqual(sent.count, 1)
    let answer = try present(sent.first)
    #expect(answer.flags == [.syn, .ack])
    #expect(answer.acknowledgment == SequenceNumber(5_001))
    #expect(answer.source == SocketName(family.a, 80))
    #expect(answer.destination == family.peer(1))
    #expect(answer.checksumIsRight)
    #expect(answer.options.maximumSegmentSize == UInt16(family.segment))
    #expect(answer.options.windowScale == 3)
    #expect(answer.options.sackPermitted)
    #expect(answer.options.timestamps?.echo == 77)
  }

  @Test(arguments: Family.allCases) func whatTheSynDoesNotOfferIsNotAnswered(family: Family) throws {
    var site = Site(family)
    _ = try site.tcp.listen(on: family.anyone, backlog: 4, owner: 1)
    site.arrives(.syn, from: family.peer(1), to: 80, seq: 5_000)
    let answer = try present(site.sent().first)
    #expect(answer.options.windowScale == nil)
    #expect(!answer.options.sackPermitted)
    #expect(answer.options.timestamps == nil)
  }

  @Test(arguments: Family.allCases) func aFinishedHandshakeWaitsToBeAccepted(family: Family) throws {
    var site = Site(family)
    let listener = try site.tcp.listen(on: family.anyone, backlog: 4, owner: 7)
    let early = site.tcp.accept(listener, owner: 8)
    #expect(early == nil)
    site.handshake(from: family.peer(1), to: 80)
    let told = site.tcp.nextNotice()
    #expect(told == Notice(owner: 7, readiness: .readable))
    let queues = site.tcp.listenerQueues(listener)
    #expect(queues?.halfOpen == 0 && queues?.finished == 1 && queues?.backlog == 4)
    let connection = try present(site.tcp.accept(listener, owner: 8))
    expect(site.tcp.name(connection)?.remote == family.peer(1))
    expect(site.tcp.info(connection)?.state == .established)
    let next = site.tcp.nextNotice()
    #expect(next == Notice(owner: 8, readiness: .writable))
    let again = site.tcp.accept(listener, owner: 8)
    #expect(again == nil)
  }

  @Test(arguments: Family.allCases) func dataOnTheLastAckOfTheHandshakeIsNotLost(family: Family) throws {
    var site = Site(family)
    let listener = try site.tcp.listen(on: family.anyone, backlog: 4, owner: 1)
    site.arrives(.syn, from: family.peer(1), to: 80, seq: 100)
    let ours = site.sent()[0].sequence.rawValue + 1
    site.arrives([.ack, .psh], from: family.peer(1), to: 80, seq: 101, ack: ours, payload: [1, 2, 3])
    let connection = try present(site.tcp.accept(listener, owner: 2))
    var bytes: [UInt8] = []
    let count = site.tcp.drain(connection) {
      bytes += $0.array
      return $0.byteCount
    }
    #expect(count == 3 && bytes == [1, 2, 3])
  }

  @Test(arguments: Family.allCases) func aConnectionNobodyAcceptedAlreadyReceives(family: Family) throws {
    var site = Site(family)
    let listener = try site.tcp.listen(on: family.anyone, backlog: 4, owner: 1)
    let numbers = try present(site.handshake(from: family.peer(1), to: 80))
    site.arrives(
      [.ack], from: family.peer(1), to: 80, seq: numbers.theirs, ack: numbers.ours, payload: [9, 9])
    let acknowledged = site.passes(.milliseconds(100)).last?.acknowledgment
    #expect(acknowledged == SequenceNumber(numbers.theirs + 2))
    _ = site.tcp.nextNotice()
    let connection = try present(site.tcp.accept(listener, owner: 3))
    let told = site.tcp.nextNotice()
    #expect(told == Notice(owner: 3, readiness: [.readable, .writable]))
    expect(site.tcp.readiness(connection).contains(.readable))
  }

  @Test(arguments: Family.allCases) func aFullFinishedQueueDropsTheLastAckAndTheSyn(family: Family) throws {
    var site = Site(family)
    let listener = try site.tcp.listen(on: family.anyone, backlog: 2, owner: 1)
    // Three begin while there is room; the third finds the queue full when it wants to finish.
    for n in 1...3 { site.arrives(.syn, from: family.peer(n), to: 80, seq: 10) }
    let answers = site.sent()
    expectEqual(answers.count, 3)
    for n in 1...3 {
      let ours = answers[n - 1].sequence.rawValue + 1
      site.arrives(.ack, from: family.peer(n), to: 80, seq: 11, ack: ours)
    }
    var queues = site.tcp.listenerQueues(listener)
    #expect(queues?.halfOpen == 1 && queues?.finished == 2)
    expectEqual(site.tcp.counters.finishedQueueFull, 1)
    site.arrives(.syn, from: family.peer(4), to: 80, seq: 10)
    expect(site.sent().isEmpty, "a SYN to a full queue is dropped")
    expectEqual(site.tcp.counters.finishedQueueFull, 2)
    // Once there is room, the third finishes with its next segment.
    let accepted = site.tcp.accept(listener, owner: 2)
    #expect(accepted != nil)
    let again = site.passes(.seconds(2)).filter { $0.destination == family.peer(3) }
    #expect(again.first?.flags == [.syn, .ack])
    site.arrives(.ack, from: family.peer(3), to: 80, seq: 11, ack: answers[2].sequence.rawValue + 1)
    queues = site.tcp.listenerQueues(listener)
    #expect(queues?.halfOpen == 0 && queues?.finished == 2)
  }

  @Test(arguments: Family.allCases) func nobodyListensSoTheSegmentIsRefused(family: Family) {
    var site = Site(family)
    site.arrives(.syn, from: family.peer(1), to: 80, seq: 10, payload: [1, 2])
    site.arrives([.ack], from: family.peer(1), to: 80, seq: 10, ack: 4_000)
    site.arrives([.rst], from: family.peer(1), to: 80, seq: 10)
    site.arrives([.syn, .fin], from: family.peer(1), to: 80, seq: 10)
    let sent = site.sent()
    expectEqual(sent.map(\.flags), [[.rst, .ack], .rst, [.rst, .ack]])
    #expect(sent[0].sequence == SequenceNumber(0) && sent[0].acknowledgment == SequenceNumber(13))
    #expect(sent[1].sequence == SequenceNumber(4_000))
    #expect(sent[2].acknowledgment == SequenceNumber(12))
    expect(sent.allSatisfy { $0.checksumIsRight })
    expectEqual(site.tcp.counters.resetsSent, 3)
  }

  @Test(arguments: Family.allCases) func resetsAreLimited(family: Family) {
    var site = Site(family, limits: TableLimits(answersPerSecond: 10, answersAtOnce: 5))
    for n in 0..<100 { site.arrives(.syn, from: family.peer(n), to: 80) }
    expectEqual(site.sent().count, 5)
    expectEqual(site.tcp.counters.answersLimited, 95)
    site.now = site.now + .seconds(1)
    for n in 0..<100 { site.arrives(.syn, from: family.peer(n), to: 80) }
    expectEqual(site.sent().count, 5)
  }

  @Test(arguments: Family.allCases) func aListenerAnswersAnAckWithAResetAndIgnoresTheRest(family: Family)
    throws
  {
    var site = Site(family)
    _ = try site.tcp.listen(on: family.anyone, backlog: 4, owner: 1)
    site.arrives(.rst, from: family.peer(1), to: 80)
    site.arrives(.fin, from: family.peer(1), to: 80)
    site.arrives([], from: family.peer(1), to: 80)
    site.arrives(.syn, from: family.peer(1), to: 80, broadcast: true)
    site.arrives(.syn, from: SocketName(Address("224.0.0.1")!, 5), to: 80)
    expect(site.sent().isEmpty)
    site.arrives(.ack, from: family.peer(1), to: 80, ack: 55)
    let sent = site.sent()
    #expect(sent.map(\.flags) == [.rst] && sent[0].sequence == SequenceNumber(55))
    expectEqual(site.tcp.halfOpenCount, 0)
  }

  @Test(arguments: Family.allCases) func damagedSegmentsAreDroppedAndCounted(family: Family) throws {
    var site = Site(family)
    _ = try site.tcp.listen(on: family.anyone, backlog: 4, owner: 1)
    site.arrives(.syn, from: family.peer(1), to: 80, corrupt: true)
    var short = site.pool.take()!
    short.append(12)
    site.tcp.receive(
      Packet(frame: short, source: family.b, destination: family.a, protocol: .tcp), &site.internet,
      at: site.now)
    expect(site.sent().isEmpty)
    expect(site.tcp.counters.badChecksum == 1 && site.tcp.counters.malformed == 1)
  }

  @Test(arguments: Family.allCases) func closingAListenerResetsWhatNobodyAccepted(family: Family) throws {
    var site = Site(family)
    let listener = try site.tcp.listen(on: family.anyone, backlog: 4, owner: 1)
    let other = try site.tcp.listen(on: SocketName(family.any, 81), backlog: 4, owner: 2)
    site.handshake(from: family.peer(1), to: 80)
    site.handshake(from: family.peer(2), to: 80)
    let kept = try present(site.tcp.accept(listener, owner: 3))
    site.arrives(.syn, from: family.peer(3), to: 80)
    site.arrives(.syn, from: family.peer(4), to: 81)
    _ = site.sent()
    site.tcp.closeListener(listener, at: site.now)
    let sent = site.sent()
    #expect(sent.map(\.destination) == [family.peer(2)])
    #expect(sent.first?.flags.contains(.rst) == true)
    expectEqual(site.tcp.halfOpenCount, 1)
    // What was accepted lives on, a new SYN is refused, and the other listener is as it was.
    expect(site.tcp.info(kept)?.state == .established)
    site.arrives(.syn, from: family.peer(5), to: 80)
    expect(site.sent().map(\.flags) == [[.rst, .ack]])
    let gone = site.tcp.listenerQueues(listener), left = site.tcp.listenerQueues(other)
    #expect(gone == nil && left?.halfOpen == 1)
  }

  @Test(arguments: Family.allCases) func aNameIsTakenOnlyOnce(family: Family) throws {
    var site = Site(family)
    let name = SocketName(family.a, 80)
    let first = try site.tcp.listen(on: name, backlog: 1, owner: 1)
    for taken in [name, family.anyone, SocketName(.any, 80)] {
      #expect(throws: TransportError.addressInUse) { try site.tcp.listen(on: taken, backlog: 1, owner: 2) }
      #expect(throws: TransportError.addressInUse) { try site.tcp.bind(taken, site.internet) }
    }
    #expect(throws: TransportError.addressNotAvailable) { try site.tcp.bind(family.peer(1), site.internet) }
    site.tcp.closeListener(first, at: site.now)
    let bound = try site.tcp.bind(family.anyone, site.internet)
    #expect(bound == family.anyone)
    #expect(throws: TransportError.addressInUse) { try site.tcp.listen(on: name, backlog: 1, owner: 2) }
    let second = try site.tcp.listen(on: family.anyone, backlog: 1, owner: 2, isBound: true)
    expect(site.tcp.listenerName(second) == family.anyone)
    site.tcp.closeListener(second, at: site.now)
    site.tcp.unbind(family.anyone)
    let third = try site.tcp.listen(on: SocketName(family.any, 0), backlog: 1, owner: 3)
    let port = try present(site.tcp.listenerName(third)?.port)
    #expect(Ports.ephemeral.contains(port))
  }

  @Test(arguments: Family.allCases) func thereIsABoundOnListeners(family: Family) throws {
    var site = Site(family, limits: TableLimits(listeners: 3))
    for port in 1...3 {
      _ = try site.tcp.listen(on: SocketName(family.any, UInt16(port)), backlog: 1, owner: 0)
    }
    #expect(throws: TransportError.tableFull) {
      try site.tcp.listen(on: SocketName(family.any, 9), backlog: 1, owner: 0)
    }
  }

  @Test(arguments: Family.allCases) func theRecordTellsAHandshakeInOrder(family: Family) throws {
    let log = UnsafeMutablePointer<EventLog>.allocate(capacity: 1)
    log.initialize(to: EventLog(capacity: 64))
    defer {
      log.deinitialize(count: 1)
      log.deallocate()
    }
    var site = Site(family, trace: Trace(log, host: 3))
    let listener = try site.tcp.listen(on: family.anyone, backlog: 4, owner: 1)
    site.handshake(from: family.peer(1), to: 80)
    let events = (1...log.pointee.count).compactMap { log.pointee.event($0) }
    // SYN, half open, SYN+ACK, finished, ACK; what follows is the connection's.
    let kinds: [Event.Kind] = [
      .segmentArrived, .queuesChanged, .segmentSent, .queuesChanged, .segmentArrived,
    ]
    #expect(events.filter { kinds.contains($0.kind) }.map(\.kind) == kinds)
    let queues = events.filter { $0.kind == .queuesChanged }
    #expect(queues.map(\.c) == [1, 0] && queues.map(\.d) == [0, 1])
    #expect(queues.allSatisfy { $0.flow == listener.slot && $0.host == 3 })
    #expect(events.first?.flow == .max && events.first.map { $0.d >> 24 } == 2)
  }
}
