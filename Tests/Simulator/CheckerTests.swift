import StrataBase
import StrataLink
import StrataSimulator
import StrataSockets
import StrataTransport
import StrataWire
import Testing

/// The checkers find what they are for.
@Suite struct CheckerTests {
  static let name = ConnectionName(
    local: SocketName(Address("10.0.0.1")!, 1), remote: SocketName(Address("10.0.0.2")!, 2))

  private func delivered(_ reads: [[UInt8]], of written: [UInt8]) -> DeliveryChecker {
    let checker = DeliveryChecker()
    checker.opened(Self.name)
    checker.wrote(written.span.bytes, on: Self.name)
    for bytes in reads { checker.read(bytes.span.bytes, on: Self.name.reversed) }
    return checker
  }

  @Test func whatArrivesAsItWasWrittenIsRight() throws {
    let checker = delivered([[1, 2], [3, 4, 5, 6, 7, 8, 9], [10]], of: Array(1...12))
    try checker.verdict()
    #expect(checker.checked == 10 && checker.unread == 2)
  }

  @Test(arguments: [[[1, 3]], [[1, 2], [2, 3]], [[1, 2], [4]], [[1, 2, 3, 4, 5]], [[]] + [[2]]])
  func whatArrivesOtherwiseIsFound(_ reads: [[UInt8]]) {
    #expect(throws: CheckFailure.self) { try delivered(reads, of: [1, 2, 3, 4]).verdict() }
  }

  @Test func aLongStreamIsCheckedToItsLastByte() throws {
    let checker = DeliveryChecker()
    let piece = (0..<100_003).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    for _ in 0..<25 {
      checker.wrote(piece.span.bytes, on: Self.name)
      checker.read(piece.span.bytes, on: Self.name.reversed)
    }
    try checker.verdict()
    var wrong = piece
    wrong[wrong.count - 1] ^= 1
    checker.wrote(piece.span.bytes, on: Self.name)
    checker.read(wrong.span.bytes, on: Self.name.reversed)
    #expect(throws: CheckFailure.self) { try checker.verdict() }
  }

  // MARK: the window

  /// A frame with a segment from host `a` to host `b`, the last figures of their addresses, which are
  /// its ports too where no others are given.
  static func frame(
    _ a: UInt8, _ b: UInt8, seq: UInt32, ack: UInt32, window: UInt16, flags: TCPFlags = .ack,
    payload: Int = 0, scale: UInt8? = nil, ports: (UInt16, UInt16)? = nil
  ) -> [UInt8] {
    let (source, target) = ports ?? (UInt16(a), UInt16(b))
    var options = TCPOptions()
    options.windowScale = scale
    let header = 20 + options.encodedCount, total = 34 + header + payload
    var bytes = [UInt8](repeating: 0, count: total)
    let from = Address("10.0.0.\(a)")!, to = Address("10.0.0.\(b)")!
    bytes.replaceSubrange(
      0..<34,
      with: [
        2, 0, 0, 0, 0, b, 2, 0, 0, 0, 0, a, 8, 0, 0x45, 0, UInt8((total - 14) >> 8),
        UInt8((total - 14) & 255),
        0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, a, 10, 0, 0, b,
      ])
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    out.setNative16(~Checksum.fold(Checksum.sum(out.bytes.extracting(14..<34))), at: 24)
    var tcp = out._mutatingExtracting(34..<total)
    _ = TCPHeader.emit(
      &tcp, at: 0, ports: UInt32(source.bigEndian) | UInt32(target.bigEndian) << 16,
      sequence: SequenceNumber(seq), acknowledgment: SequenceNumber(ack), flags: flags, window: window,
      headerCount: header)
    _ = options.emit(&tcp, at: 20)
    let pseudo = PseudoHeader.sum(source: from, destination: to, protocol: .tcp, count: total - 34)
    tcp.setNative16(0, at: 16)
    TCPHeader.setChecksum(&tcp, at: 0, sum: Checksum.sum(tcp.bytes) &+ pseudo)
    return bytes
  }

  struct Stage {
    let site = Site(seed: 1)
    let checker = WindowChecker()

    /// 1 has opened a connection to 2, whose window is `window` << 2.
    init(window: UInt16) {
      sent(1, CheckerTests.frame(1, 2, seq: 100, ack: 0, window: 9_000, flags: .syn, scale: 2))
      arrived(1, CheckerTests.frame(2, 1, seq: 500, ack: 101, window: 1_000, flags: [.syn, .ack], scale: 2))
      arrived(1, CheckerTests.frame(2, 1, seq: 501, ack: 101, window: window))
    }
    func sent(_ host: UInt8, _ frame: [UInt8]) {
      checker.sent(frame.span.bytes, from: host == 1 ? site.client : site.server, now: .start)
    }
    func arrived(_ host: UInt8, _ frame: [UInt8]) {
      checker.arrived(frame.span.bytes, at: host == 1 ? site.client : site.server, now: .start)
    }
    /// The sender sends so many bytes from the offset.
    func sends(_ count: Int, at offset: UInt32) {
      sent(1, CheckerTests.frame(1, 2, seq: 101 + offset, ack: 501, window: 100, payload: count))
    }
  }

  @Test func asMuchAsTheWindowTakesIsRight() throws {
    let stage = Stage(window: 500)
    stage.sends(1_400, at: 0)
    stage.sends(600, at: 1_400)
    try stage.checker.verdict()
    #expect(stage.checker.checked == 2)
  }

  @Test func aProbeOfOneByteIsRight() throws {
    let stage = Stage(window: 500)
    stage.sends(1, at: 2_000)
    try stage.checker.verdict()
  }

  @Test func oneByteMoreThanTheWindowIsFound() {
    let stage = Stage(window: 500)
    stage.sends(1_400, at: 601)
    #expect(throws: CheckFailure.self) { try stage.checker.verdict() }
  }

  @Test func anOfferThatWasDamagedOffersNothing() {
    let stage = Stage(window: 500)
    var offer = CheckerTests.frame(2, 1, seq: 501, ack: 101, window: 600)
    offer[offer.count - 6] ^= 0x40
    stage.arrived(1, offer)
    stage.sends(1_400, at: 601)
    #expect(throws: CheckFailure.self) { try stage.checker.verdict() }
  }

  // MARK: leftovers

  /// Opens a socket and forgets it.
  struct Forgetful: Program {
    let kind: SocketKind
    mutating func start(_ sockets: some SocketCalls) {
      guard let socket = try? sockets.socket(kind) else { return }
      try? sockets.bind(socket, to: SocketAddress("10.0.0.1:99")!)
      if kind == .stream { try? sockets.listen(socket, backlog: 1) }
    }
    mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {}
  }

  @Test(arguments: [
    (SocketKind.stream, "client: 1 connections or listeners are left"),
    (.datagram, "client: 1 sockets for datagrams are left"),
  ])
  func aForgottenSocketIsFound(_ kind: SocketKind, _ sentence: String) {
    let site = Site(seed: 1)
    site.world.run(Forgetful(kind: kind), on: site.client)
    #expect(throws: CheckFailure(sentence)) { try site.world.runUntilQuiet() }
  }

  @Test func aForgottenFrameIsFound() throws {
    let site = Site(seed: 1)
    do {
      let frame = site.world.pool.take()
      #expect(throws: CheckFailure("1 frames are not back in the pool")) { try site.world.runUntilQuiet() }
      _ = consume frame
    }
    try site.world.runUntilQuiet()
  }

  @Test func timeWaitIsNotLeftAfterTwiceTheLifetimeOfASegment() throws {
    let site = Site(seed: 1)
    site.world.run(Answerer("10.0.0.2:9", sends: 10), on: site.server)
    site.world.run(Caller(to: "10.0.0.2:9", sends: 10), on: site.client)
    try site.world.run(for: .seconds(59))
    #expect(site.client.host.withTCP { $0.timeWaitCount } == 1)
    try site.world.run(for: .seconds(3))
    #expect(site.client.host.withTCP { $0.timeWaitCount } == 0)
    #expect(try site.world.runUntilQuiet())
  }
}
