import StrataBSD
import StrataBase
import StrataWire
import Testing

/// A host on a line, and the packets that the test puts on it and takes from it. The host is 192.0.2.1 and
/// 2001:db8::1.
final class Line {
  /// A TCP segment that the host made.
  struct Segment {
    let time: Instant
    let flags: TCPFlags
    let sequence: UInt32
    let acknowledgment: UInt32
    let window: Int
    let options: TCPOptions
    let payload: [UInt8]
  }

  let host: PacketHost
  static let own = Address("192.0.2.1")!
  static let peer = Address("192.0.2.2")!

  init(mtu: Int = 1_500) throws {
    host = try #require(PacketHost(mtu: mtu, seed: 1))
    try host.addAddress("192.0.2.1/24", gateway: "192.0.2.254")
    if mtu >= 1_280 { try host.addAddress("2001:db8::1/64", gateway: nil) }
  }

  /// A segment of the peer's, from port 40,000.
  func arrives(
    _ flags: TCPFlags, to port: UInt16, sequence: UInt32, acknowledgment: UInt32 = 0, window: UInt16 = 65_535,
    options: TCPOptions = TCPOptions(), payload: [UInt8] = []
  ) throws {
    let headers = TCPHeader.count + options.encodedCount
    var bytes = [UInt8](repeating: 0, count: IPv4Header.count + headers + payload.count)
    for (index, byte) in payload.enumerated() { bytes[IPv4Header.count + headers + index] = byte }
    var span = bytes.mutableSpan
    var out = span.mutableBytes
    IPv4Header.emit(
      &out, at: 0, source: Self.peer.v4Native, destination: Self.own.v4Native, protocol: .tcp,
      payloadCount: headers + payload.count, identification: 1, timeToLive: 64)
    let at = IPv4Header.count
    var sum = TCPHeader.emit(
      &out, at: at, ports: TCPHeader.ports(source: 40_000, destination: port),
      sequence: SequenceNumber(sequence), acknowledgment: SequenceNumber(acknowledgment), flags: flags,
      window: window, headerCount: headers)
    sum &+= options.emit(&out, at: at + TCPHeader.count)
    sum &+= payload.withUnsafeBytes { Checksum.sum(RawSpan(_unsafeBytes: $0)) }
    sum &+= PseudoHeader.sum(
      source: Self.peer, destination: Self.own, protocol: .tcp, count: headers + payload.count)
    TCPHeader.setChecksum(&out, at: at, sum: sum)
    try host.receive(out.bytes)
  }

  /// The packets that wait, with their times.
  func packets() -> [(time: Instant, bytes: [UInt8])] {
    var packets: [(Instant, [UInt8])] = []
    while host.nextCount != nil { host.takePacket { packets.append(($1, $0.array)) } }
    return packets
  }

  /// The segments that wait.
  func segments() throws -> [Segment] {
    try packets().map { time, bytes in
      let raw = bytes.span.bytes
      let ip = try IPv4View(raw)
      let tcp = try TCPView(raw.extracting(IPv4Header.count..<ip.totalCount))
      return Segment(
        time: time, flags: tcp.flags, sequence: tcp.sequence.rawValue,
        acknowledgment: tcp.acknowledgment.rawValue, window: Int(tcp.window), options: TCPOptions.parse(tcp),
        payload: Array(bytes[(IPv4Header.count + tcp.headerCount)..<ip.totalCount]))
    }
  }

  func one() throws -> Segment {
    let segments = try segments()
    #expect(segments.count == 1)
    return try #require(segments.first)
  }

  // MARK: Calls

  func stream() throws -> BSDSocket { try host.socket(domain: 2, type: 1 | 0x800, protocol: 0) }

  /// A listener, and what the connection to it gave.
  func listener(on port: UInt16, _ prepare: (BSDSocket) throws -> Void = { _ in }) throws -> BSDSocket {
    let socket = try stream()
    try prepare(socket)
    try socket.bind(Protocol.v4((192, 0, 2, 1), port).span.bytes)
    try socket.listen(backlog: 8)
    return socket
  }

  /// A connection of the peer's, whose next sequence number is 1,001; and our next one.
  func accepted(by listener: BSDSocket, on port: UInt16) throws -> (socket: BSDSocket, next: UInt32) {
    try arrives(.syn, to: port, sequence: 1_000)
    let next = try one().sequence &+ 1
    try arrives(.ack, to: port, sequence: 1_001, acknowledgment: next)
    var accepting = try Accepting(on: listener)
    return (try #require(try accepting.proceed()).socket, next)
  }

  /// Writes, as much as is taken at once.
  @discardableResult
  func write(_ text: String, to socket: BSDSocket, _ flags: MessageFlags = []) throws -> Int {
    var sending: Int?
    try Array(text.utf8).withUnsafeBytes {
      var call = Sending(socket, [$0], flags: flags)
      sending = try call.proceed()
    }
    host.work()
    return try #require(sending)
  }

  func set(_ socket: BSDSocket, _ level: Int32, _ name: Int32, _ values: Int32...) throws {
    let bytes = values.flatMap { number in withUnsafeBytes(of: number) { Array($0) } }
    try socket.setOption(level, name, bytes.span.bytes)
    host.work()
  }
}
