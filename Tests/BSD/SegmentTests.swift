import StrataBSD
import StrataBase
import StrataWire
import Testing

/// What calls and options do to the segments on the wire.
@Suite struct SegmentTests {
  @Test func aListenersBufferIsTheWindowThatAPeerIsOffered() throws {
    let line = try Line()
    let listener = try line.listener(on: 80) { try line.set($0, 1, 8, 8_000) }
    var options = TCPOptions()
    options.windowScale = 0
    try line.arrives(.syn, to: 80, sequence: 1_000, options: options)
    let answer = try line.one()
    #expect(answer.window == 8_000 && answer.options.windowScale == 0)
    _ = listener
  }

  @Test func aMaximumSegmentIsOfferedAndHeld() throws {
    let line = try Line()
    let listener = try line.listener(on: 80) { try line.set($0, 6, 2, 500) }
    var options = TCPOptions()
    options.maximumSegmentSize = 1_460
    try line.arrives(.syn, to: 80, sequence: 1_000, options: options)
    let answer = try line.one()
    #expect(answer.options.maximumSegmentSize == 500)
    try line.arrives(.ack, to: 80, sequence: 1_001, acknowledgment: answer.sequence &+ 1)
    var accepting = try Accepting(on: listener)
    let socket = try #require(try accepting.proceed()).socket
    try line.write(String(repeating: "x", count: 1_000), to: socket)
    #expect(try line.segments().map(\.payload.count) == [500, 500])
  }

  @Test func aCorkKeepsASegmentThatIsNotFull() throws {
    let line = try Line()
    let (socket, _) = try line.accepted(by: line.listener(on: 80), on: 80)
    try line.set(socket, 6, 3, 1)
    try line.write("two ", to: socket)
    try line.write("words", to: socket)
    #expect(try line.segments().isEmpty)
    try line.set(socket, 6, 3, 0)
    #expect(try line.one().payload == Array("two words".utf8))
  }

  @Test func aCorkOpensByItselfAfterARetransmissionTimeout() throws {
    let line = try Line()
    let (socket, _) = try line.accepted(by: line.listener(on: 80), on: 80)
    try line.set(socket, 6, 3, 1)
    try line.write("late", to: socket)
    let due = line.host.nextDeadline
    #expect(due == .start + .milliseconds(200))
    line.host.advance(to: due)
    let segment = try line.one()
    #expect(segment.payload == Array("late".utf8) && segment.time == due)
  }

  @Test func whatMoreFollowsWaitsForIt() throws {
    let line = try Line()
    let (socket, _) = try line.accepted(by: line.listener(on: 80), on: 80)
    try line.write("head ", to: socket, .more)
    #expect(try line.segments().isEmpty)
    try line.write("body", to: socket)
    #expect(try line.one().payload == Array("head body".utf8))
  }

  @Test func aZeroLingerResets() throws {
    let line = try Line()
    let (socket, next) = try line.accepted(by: line.listener(on: 80), on: 80)
    try line.set(socket, 1, 13, 1, 0)
    var closing = Closing(socket)
    #expect(try closing.proceed() != nil)
    line.host.work()
    let reset = try line.one()
    #expect(reset.flags.contains(.rst) && reset.sequence == next)
  }

  @Test func closingWaitsForThePeerWhereItLingers() throws {
    let line = try Line()
    let (socket, next) = try line.accepted(by: line.listener(on: 80), on: 80)
    try line.set(socket, 1, 13, 1, 5)
    var closing = Closing(socket)
    #expect(try closing.proceed() == nil)
    #expect(closing.deadline == .start + .seconds(5))
    line.host.work()
    #expect(try line.one().flags.contains(.fin))
    try line.arrives(.ack, to: 80, sequence: 1_001, acknowledgment: next &+ 1)
    #expect(try closing.proceed() != nil)
  }

  @Test func quickAcknowledgmentsDoNotWait() throws {
    let line = try Line()
    let (socket, next) = try line.accepted(by: line.listener(on: 80), on: 80)
    try line.set(socket, 6, 12, 1)
    try line.arrives([.ack, .psh], to: 80, sequence: 1_001, acknowledgment: next, payload: [1, 2, 3])
    let answer = try line.one()
    #expect(answer.acknowledgment == 1_004 && answer.time == .start)
  }

  @Test func whatIsKnownOfAConnectionStandsInTCPInfo() throws {
    let line = try Line()
    let listener = try line.listener(on: 80)
    try line.arrives(.syn, to: 80, sequence: 1_000)
    let next = try line.one().sequence &+ 1
    line.host.advance(to: .start + .milliseconds(30))
    try line.arrives(.ack, to: 80, sequence: 1_001, acknowledgment: next)
    var accepting = try Accepting(on: listener)
    let socket = try #require(try accepting.proceed()).socket
    try line.write("12345", to: socket)
    _ = try line.segments()
    try line.arrives(.ack, to: 80, sequence: 1_001, acknowledgment: next &+ 3, window: 4_000)
    let info = try socket.option(6, 11)
    let span = info.span.bytes
    #expect(info.count == 240 && info[0] == 1)
    #expect(span.native32(at: 16) == 536, "no MSS came with the SYN")
    #expect(span.native32(at: 24) == 1, "tcpi_unacked")
    #expect(span.native32(at: 68) == 30_000, "tcpi_rtt in microseconds")
    #expect(span.native64(at: 120) == 3, "tcpi_bytes_acked")
    #expect(span.native32(at: 228) == 4_000, "tcpi_snd_wnd")
    #expect(try line.stream().option(6, 11)[0] == 7, "TCP_CLOSE")
    #expect(try line.listener(on: 81).option(6, 11)[0] == 10, "TCP_LISTEN")
  }

  @Test func nothingGetsOnForLongerThanTheUserAllows() throws {
    let line = try Line()
    let (socket, _) = try line.accepted(by: line.listener(on: 80), on: 80)
    try line.set(socket, 6, 18, 1_000)
    line.host.advance(to: .start + .seconds(1))
    try line.write("lost", to: socket)
    line.host.advance(to: .start + .milliseconds(1_999))
    #expect(!socket.events.contains(.error))
    line.host.advance(to: .start + .seconds(2))
    #expect(socket.events.contains(.error) && socket.takeError() == .timedOut)
    #expect(try line.segments().map { ($0.time - .start).inSeconds } == [1, 1.2, 1.6])
  }

  @Test func aShutWindowIsWaitedForNoLongerThanTheUserAllows() throws {
    let line = try Line()
    let (socket, next) = try line.accepted(by: line.listener(on: 80), on: 80)
    try line.set(socket, 6, 18, 1_000)
    try line.arrives(.ack, to: 80, sequence: 1_001, acknowledgment: next, window: 0)
    try line.write("stays", to: socket)
    line.host.advance(to: .start + .seconds(10))
    #expect(socket.takeError() == .timedOut)
  }

  @Test func aCallThatWaitsEndsAtItsTime() throws {
    let line = try Line()
    let (socket, next) = try line.accepted(by: line.listener(on: 80), on: 80)
    socket.isNonblocking = false
    try line.set(socket, 1, 20, 2, 0, 0, 0)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 10, alignment: 1)
    defer { memory.deallocate() }
    var receiving = Receiving(socket, into: [memory], flags: .waitForAll)
    #expect(try receiving.proceed() == nil)
    #expect(receiving.deadline == .start + .seconds(2))
    try line.arrives([.ack, .psh], to: 80, sequence: 1_001, acknowledgment: next, payload: [1, 2, 3])
    #expect(try receiving.proceed() == nil)
    line.host.advance(to: receiving.deadline)
    #expect(try receiving.proceed()?.count == 3)
    var again = Receiving(socket, into: [memory])
    #expect(try again.proceed() == nil)
    line.host.advance(to: again.deadline)
    #expect(throws: ErrorNumber.again) { try again.proceed() }
  }

  @Test func aSocketThatIsClosedMeanwhileEndsTheCall() throws {
    let line = try Line()
    let listener = try line.listener(on: 80)
    listener.isNonblocking = false
    var accepting = try Accepting(on: listener)
    #expect(try accepting.proceed() == nil)
    var closing = Closing(listener)
    #expect(try closing.proceed() != nil)
    #expect(throws: ErrorNumber.badDescriptor) { try accepting.proceed() }
  }

  @Test func whereADatagramWentIsToldToWhoAsks() throws {
    let line = try Line()
    let socket = try line.host.socket(domain: 2, type: 2 | 0x800, protocol: 0)
    try socket.bind(Protocol.v4((0, 0, 0, 0), 53).span.bytes)
    try line.set(socket, 0, 8, 1)
    var sending = Sending(socket, [], to: Protocol.v4((192, 0, 2, 1), 53))
    #expect(try sending.proceed() == 0)
    line.host.work()
    var receiving = Receiving(socket, into: [])
    let control = try #require(try receiving.proceed()).control
    #expect(control.count == 32 && control[0] == 28 && control[12] == 8)
    #expect(Array(control[20..<24]) == [192, 0, 2, 1])
  }
}
