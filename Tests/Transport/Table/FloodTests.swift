import StrataBase
import StrataInternet
import StrataWire
import Testing

@testable import StrataTransport

@Suite struct FloodTests {
  /// Segments with random fields from few names, so that every kind of place is hit: nobody, listeners,
  /// half-open entries, connections and names in TIME-WAIT. Numbers are often near the right ones.
  @Test(arguments: Family.allCases, [1, 2, 3])
  func aFloodOfRandomSegmentsNeitherTrapsNorLeaksFrames(family: Family, seed: Int) throws {
    var random = Random(seed: UInt64(seed))
    let limits = TableLimits(halfOpen: 64, halfOpenPerListener: 32, timeWait: 16)
    var site = Site(family, capacity: 100, limits: limits, seed: UInt64(seed))
    let listener = try site.tcp.listen(on: SocketName(family.any, 80), backlog: 8, owner: 0)
    var held: [Handle] = []
    var recent: [Sent] = []
    for step in 0..<30_000 {
      let isFresh = recent.isEmpty || random.below(4) == 0
      let near = isFresh ? nil : recent[Int(random.below(UInt64(recent.count)))]
      let from = near?.destination ?? family.peer(Int(random.below(6)), port: UInt16(1 + random.below(4)))
      var options = TCPOptions()
      if random.below(3) == 0 { options.timestamps = TCPTimestamps(value: UInt32(step), echo: 0) }
      let usual: [TCPFlags] = [.syn, .ack, .ack, [.fin, .ack], .rst, [.syn, .ack], [.psh, .ack]]
      let flags =
        random.below(8) == 0 ? TCPFlags(rawValue: UInt16(random.below(512))) : usual[Int(random.below(7))]
      let slip = { random.below(4) == 0 ? UInt32(random.below(4)) &- 2 : 0 }
      let seq = (near?.acknowledgment.rawValue ?? 0) &+ slip()
      let count = near.map { $0.flags.isDisjoint(with: [.syn, .fin]) ? 0 : 1 } ?? 0
      let ack = (near?.sequence.rawValue ?? 0) &+ UInt32(count) &+ slip()
      site.arrives(
        flags, from: from, to: random.below(10) == 0 ? 81 : near?.source.port ?? 80,
        seq: random.below(9) == 0 ? UInt32(random.below(1 << 32)) : seq, ack: ack,
        window: UInt16(random.below(65_536)), options: options,
        payload: [UInt8](repeating: 1, count: Int(random.below(4))))
      var sent = step % 4 == 0 ? site.sent() : []
      if step % 50 == 0 { sent += site.passes(.milliseconds(Int64(random.below(3_000)))) }
      recent = Array((recent + sent.filter { !$0.flags.contains(.rst) }).suffix(12))
      while let one = site.tcp.accept(listener, owner: 1) { held.append(one) }
      while held.count > 20 {
        let one = held.removeFirst()
        if random.below(2) == 0 {
          site.tcp.close(one, at: site.now)
        } else {
          site.tcp.abort(one, at: site.now)
        }
      }
      #expect(site.tcp.demultiplexer.count <= 100 + 64 + 16)
    }
    #expect(site.tcp.counters.accepted > 100)
    for one in held { site.tcp.close(one, at: site.now) }
    site.tcp.closeListener(listener, at: site.now)
    _ = site.passes(.seconds(4_000))
    #expect(site.tcp.endpointCount == 0 && site.tcp.timeWaitCount == 0 && site.tcp.halfOpenCount == 0)
    #expect(site.tcp.demultiplexer.count == 0 && site.tcp.nextDeadline == .never)
    expectEqual(site.framesOut, 0)
  }

  @Test(arguments: Family.allCases) func randomBytesThatSomebodyVouchesForDoNotTrap(family: Family) throws {
    var random = Random(seed: 4)
    var site = Site(family)
    _ = try site.tcp.listen(on: SocketName(family.any, 80), backlog: 8, owner: 0)
    _ = try site.udp.bind(SocketName(family.any, 80), owner: 0, site.internet)
    for step in 0..<20_000 {
      var frame = site.pool.take()!
      var bytes: [UInt8] = []
      for _ in 0..<random.below(70) { bytes.append(UInt8(random.below(256))) }
      frame.append(bytes.span.bytes)
      if frame.count >= 4 {
        var out = frame.mutableBytes
        out.setBig16(80, at: 2)
      }
      frame.notes.checksumIsVerified = true
      let isTCP = step % 2 == 0
      let packet = Packet(
        frame: frame, source: family.peer(Int(random.below(3))).address, destination: family.a,
        protocol: isTCP ? .tcp : .udp)
      if isTCP {
        site.tcp.receive(packet, &site.internet, at: site.now)
      } else {
        site.udp.receive(packet, &site.internet, at: site.now)
      }
      if step % 100 == 0 { _ = site.passes(.milliseconds(500)) }
    }
    let tcp = site.tcp.counters.malformed, udp = site.udp.counters.malformed
    #expect(tcp > 0 && udp > 0)
  }

  @Test(arguments: Family.allCases) func errorsAboutNothingOfOursAreIgnored(family: Family) throws {
    var site = Site(family)
    let client = try site.tcp.connect(to: family.peer(1), owner: 1, &site.internet, at: site.now)
    let sent = site.sent()
    let name = try present(site.tcp.name(client))
    func error(_ sequence: UInt32, port: UInt16) -> ControlError {
      ControlError(
        kind: .portUnreachable, protocol: .tcp, source: family.a, destination: family.peer(1).address,
        transport: UInt64(port) << 48 | UInt64(family.peer(1).port) << 32 | UInt64(sequence))
    }
    let number = sent[0].sequence.rawValue
    site.tcp.failed(error(number, port: name.local.port ^ 1), at: site.now)
    site.tcp.failed(error(number &+ 9, port: name.local.port), at: site.now)
    expect(site.tcp.failure(client) == nil, "a forged error misses the sequence number")
    site.tcp.failed(error(number, port: name.local.port), at: site.now)
    expect(site.tcp.failure(client) == .refused)
  }
}
