import StrataBase
import StrataLink
import StrataSockets
import StrataStack
import StrataTransport
import StrataWire

/// A host with a program that echoes on port 80, takes datagrams on port 53 and calls a peer that may
/// not be there.
final class HostSubject {
  let pool: FramePool
  let host: Host
  let sockets: SocketTable
  let listener: Descriptor
  let datagrams: Descriptor
  var forge = FrameForge()
  var now = Instant.start + .seconds(10)
  /// Frames that the host sent, and connections that it accepted.
  private(set) var sent = 0
  private(set) var accepted = 0
  private var last: [[UInt8]] = []
  private var open: [Descriptor] = []

  static let mostTurns = 20_000

  init(_ pool: FramePool, _ random: inout Random) throws {
    self.pool = pool
    var settings = HostSettings()
    settings.connections = random.one(of: [8, 64, 256])
    settings.internet.autoconfigures = random.coin()
    settings.internet.acceptsRedirects = random.coin()
    settings.internet.neighbours = random.one(of: [4, 512])
    settings.tcp.sack = random.coin()
    settings.tcp.timestamps = random.coin()
    host = Host(pool: pool, random: random.fork(), trace: Trace(), settings: settings)
    _ = host.attach(
      hardware: FrameForge.host,
      addresses: [
        AddressPrefix(Address(v4: FrameForge.hostAddress), length: 24),
        AddressPrefix(ForgedIPv6.host, length: 64),
      ], capabilities: LinkCapabilities(), duplicateProbes: random.number(2))
    host.addRoute(to: AddressPrefix(.anyV4, length: 0), gateway: Address(v4: 0x0a00_00fe), interface: 0)
    sockets = host.makeSocketTable()
    host.expire(at: now)
    listener = try sockets.socket(.stream)
    // Of both versions.
    try sockets.bind(listener, to: SocketAddress(address: .any, port: 80))
    try sockets.listen(listener, backlog: random.one(of: [1, 4, 64]))
    datagrams = try sockets.socket(.datagram)
    try sockets.bind(datagrams, to: SocketAddress(address: .anyV4, port: 53))
  }

  // MARK: frames

  func receive(_ bytes: [UInt8]) throws {
    guard var frame = pool.take(large: bytes.count > Frame.standardRoom) else {
      throw Finding("\(pool.outstanding) frames are out")
    }
    frame.append(bytes.span.bytes)
    host.receive(frame, on: 0, at: now)
    try settle()
  }

  /// Lets host and program answer each other, and notes what goes out.
  private func settle() throws {
    last = []
    var turns = 0
    var isBusy = true
    while isBusy {
      host.flush(at: now)
      isBusy = false
      while let frame = host.takeOutgoing() {
        isBusy = true
        sent += 1
        forge.hear(frame.bytes)
        last.append(frame.bytes.array)
        try HostSubject.checkFrame(frame.bytes)
      }
      while let event = sockets.nextEvent() {
        isBusy = true
        serve(event.descriptor)
      }
      turns += 1
      try check(turns < HostSubject.mostTurns, "host and program never become quiet at \(now)")
    }
    let broken = host.withTCP { $0.counters.invariantsBroken }
    try check(broken == 0, "\(broken) invariants broke")
  }

  /// What leaves a host is always right.
  private static func checkFrame(_ bytes: RawSpan) throws {
    do {
      let ethernet = try EthernetView(bytes)
      if ethernet.type == .arp { return _ = try ARPView(ethernet.payload) }
      if ethernet.type == .ipv6 { return try ForgedIPv6.check(ethernet.payload) }
      let packet = try IPv4View(ethernet.payload)
      try check(packet.checksumIsRight, "it sends a packet with a wrong checksum")
      try check(packet.sourceAddress == Address(v4: FrameForge.hostAddress), "it sends in a foreign name")
      let payload = packet.payload
      let pseudo = PseudoHeader.sum(
        source: packet.source, destination: packet.destination, protocol: packet.protocol,
        count: payload.byteCount)
      switch packet.protocol {
      case .tcp:
        try check(try TCPView(payload).checksumIsRight(pseudo: pseudo), "it sends a wrong TCP checksum")
      case .udp:
        try check(try UDPView(payload).checksumIsRight(pseudo: pseudo), "it sends a wrong UDP checksum")
      default: try check(try ICMPv4View(payload).checksumIsRight, "it sends a wrong ICMP checksum")
      }
    } catch let error as WireError {
      throw Finding("it sends what cannot be read (\(error)): \(bytes.array)")
    }
  }

  func wait(_ span: Interval) throws { try wait(until: now + span) }

  private func wait(until end: Instant) throws {
    var turns = 0
    while host.nextDeadline != .never, host.nextDeadline <= end {
      now = max(now, host.nextDeadline)
      host.expire(at: now)
      try settle()
      turns += 1
      try check(turns < HostSubject.mostTurns, "its deadlines do not end at \(now)")
    }
    if end != .never { now = max(now, end) }
    host.expire(at: now)
    try settle()
  }

  // MARK: the program

  private func serve(_ d: Descriptor) {
    if d == datagrams { return takeDatagrams() }
    if d != listener { return echo(d) }
    while let (connection, _) = try? sockets.accept(listener) {
      accepted += 1
      open.append(connection)
    }
  }

  private func takeDatagrams() {
    var room = [UInt8](repeating: 0, count: 2_048)
    var span = room.mutableSpan
    var target = span.mutableBytes
    while true {
      do throws(SocketError) {
        let (count, from) = try sockets.receive(datagrams, into: &target)
        // What it would say to itself would never end.
        if from.address == Address(v4: FrameForge.hostAddress) { continue }
        try sockets.send(datagrams, target.bytes.extracting(first: min(count, 1_000)), to: from)
      } catch {
        if error == .wouldBlock { return }
      }
    }
  }

  private func echo(_ d: Descriptor) {
    var room = [UInt8](repeating: 0, count: 2_048)
    while true {
      do throws(SocketError) {
        var span = room.mutableSpan
        var target = span.mutableBytes
        let count = try sockets.read(d, into: &target)
        if count == 0 { return close(d) }
        _ = try sockets.write(d, target.bytes.extracting(first: count))
      } catch {
        if error == .wouldBlock || error == .inProgress { return }
        return close(d)
      }
    }
  }

  private func close(_ d: Descriptor) {
    sockets.close(d)
    open.removeAll { $0 == d }
  }

  /// Calls somebody, sends a datagram, or drops a connection.
  func act(_ random: inout Random) {
    let peer = SocketAddress(
      address: Address(v4: random.one(of: [0x0a00_0002, 0x0a00_0003, 0x0808_0808, 0x0a00_0001])),
      port: random.one(of: FrameForge.ports))
    do throws(SocketError) {
      switch random.number(4) {
      case 0:
        if open.count > 20 { return }
        let d = try sockets.socket(.stream)
        open.append(d)
        try sockets.connect(d, to: peer)
      case 1: try sockets.send(datagrams, random.bytes(random.size(1_400)).span.bytes, to: peer)
      case 2: if let d = open.last, random.coin() { close(d) }
      default:
        guard let d = open.last else { return }
        sockets.abort(d)
        open.removeLast()
      }
    } catch {
      _ = error.description
    }
  }

  // MARK: afterwards

  /// Somebody who has not been here before wants to be served.
  func askAsStranger() throws {
    for d in open { sockets.abort(d) }
    open = []
    try settle()
    // Connections that were closed before may still wait for their peers, and fill a small table.
    while host.endpointCount > 3, now < .start + .seconds(100_000) { try wait(.seconds(60)) }
    var stranger = Stranger()
    try exchange(stranger.question, stranger)
    try check(last.contains { stranger.isAnswer($0) }, "it does not answer a neighbour's question")
    try exchange(stranger.echo, stranger)
    try check(last.contains { stranger.isEcho($0) }, "it does not answer an echo")
    try exchange(stranger.synchronize, stranger)
    try check(last.contains { stranger.takes($0) }, "it does not answer a SYN")
    try exchange(stranger.hello, stranger)
    for frame in last { _ = stranger.takes(frame) }
    try check(stranger.wasEchoed, "it does not echo what a stranger says")
  }

  /// Sends a frame and answers what the host asks of it.
  private func exchange(_ bytes: [UInt8], _ stranger: Stranger) throws {
    try receive(bytes)
    let first = last
    guard first.contains(where: { stranger.isQuestion($0) }) else { return }
    try receive(stranger.answer)
    last = first + last
  }

  /// Its programs go, and time passes.
  func end() throws {
    sockets.closeAll()
    try settle()
    try wait(until: .never)
    let counts = host.withTCP { ($0.endpointCount, $0.halfOpenCount, $0.timeWaitCount) }
    try check(counts == (0, 0, 0), "it is left with \(counts)")
    try check(pool.outstanding == 0, "\(pool.outstanding) frames are left with it")
  }
}
