import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

/// A link of packets has no Ethernet and no neighbours: a tunnel's end.
@Suite struct PacketLinkTests {
  struct End: ~Copyable {
    let pool = FramePool(standard: 256, large: 4)
    var internet: Internet

    init(_ addresses: String..., seed: UInt64, mtu: Int = 1_500) {
      var settings = InternetSettings()
      settings.autoconfigures = true
      internet = Internet(pool: pool, random: Random(seed: seed), trace: Trace(), settings: settings)
      internet.attachPacketLink(
        addresses: addresses.map { AddressPrefix($0)! }, capabilities: LinkCapabilities(mtu: mtu))
    }

    mutating func send(_ payload: [UInt8], to destination: Address, _ p: IPProtocol = .udp) {
      var path = internet.path(to: destination)!
      var frame = pool.take(large: payload.count > Frame.standardRoom)!
      frame.append(payload.span.bytes)
      internet.send(frame, on: &path, to: destination, protocol: p, at: .start)
    }
    /// The packets that wait to be transmitted.
    mutating func transmitted() -> [[UInt8]] {
      var packets: [[UInt8]] = []
      while let frame = internet.outgoing.pop() { packets.append(frame.bytes.array) }
      return packets
    }
    /// What comes up of a packet.
    mutating func receive(_ bytes: [UInt8]) -> [UInt8]? {
      var frame = pool.take(large: bytes.count > Frame.standardRoom)!
      frame.append(bytes.span.bytes)
      guard case .packet(let packet) = internet.receive(frame, on: 0, at: .start) else { return nil }
      return packet.frame.bytes.array
    }
  }

  @Test(arguments: Family.allCases) func packetsPassAtOnceWithNothingInFront(_ family: Family) {
    var left = End("10.0.0.1/24", "fd00::1/64", seed: 1), right = End("10.0.0.2/24", "fd00::2/64", seed: 2)
    left.send([1, 2, 3, 4, 5, 6, 7, 8], to: family.theirs)
    let packets = left.transmitted()
    #expect(packets.count == 1)
    #expect(packets.first.map { $0[0] >> 4 } == (family == .v4 ? 4 : 6))
    #expect(packets.first?.count == family.headerCount + 8)
    #expect(right.receive(packets[0]) == [1, 2, 3, 4, 5, 6, 7, 8])
    #expect(left.internet.neighbours.isEmpty && left.internet.counters.neighboursAsked == 0)
  }

  @Test func aHostSaysNothingByItself() {
    var end = End("10.0.0.1/24", "fd00::1/64", seed: 1)
    for second in 0..<120 { end.internet.expire(at: s(Int64(second))) }
    #expect(end.transmitted().isEmpty)
    let isLocal = end.internet.isLocal(Address("fd00::1")!)
    #expect(isLocal)
  }

  @Test(arguments: Family.allCases) func whatIsTooLongGoesInPieces(_ family: Family) {
    var left = End("10.0.0.1/24", "fd00::1/64", seed: 1), right = End("10.0.0.2/24", "fd00::2/64", seed: 2)
    let payload = (0..<4_000).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    left.send(payload, to: family.theirs)
    let pieces = left.transmitted()
    #expect(pieces.count == 3 && pieces.allSatisfy { $0.count <= 1_500 })
    #expect(pieces.compactMap { right.receive($0) } == [payload])
  }

  @Test(arguments: Family.allCases) func anEchoRequestIsAnswered(_ family: Family) throws {
    var end = End("10.0.0.1/24", "fd00::1/64", seed: 1)
    let request = Array(family.echo([7, 7, 7]).dropFirst(EthernetHeader.count))
    #expect(end.receive(request) == nil)
    let answers = end.transmitted()
    #expect(answers.count == 1)
    let answer = try #require(
      family.control(in: [UInt8](repeating: 0, count: 12) + type(family) + answers[0]))
    #expect(answer.type == (family == .v4 ? 0 : 129) && answer.body == [7, 7, 7])
  }

  private func type(_ family: Family) -> [UInt8] { family == .v4 ? [8, 0] : [0x86, 0xdd] }

  @Test func whatIsNoPacketIsCounted() {
    var end = End("10.0.0.1/24", seed: 1)
    #expect(end.receive([]) == nil)
    #expect(end.receive([0x50, 1, 2, 3]) == nil)
    #expect(end.receive([0x45]) == nil)
    let counters = end.internet.counters
    #expect(counters[.shortFrame] == 1 && counters[.badVersion] == 1 && counters[.shortHeader] == 1)
    #expect(end.pool.outstanding == 0)
  }
}
