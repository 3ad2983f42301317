import StrataBase
import StrataInternet
import StrataLink
import StrataWire
import Testing

@testable import StrataTransport

@Suite struct UDPGroupsTests {
  private let group = Address("239.1.2.3")!
  private let hello: [UInt8] = Array("hello".utf8)

  private func settings(_ change: (inout UDPSettings) -> Void) -> UDPSettings {
    var settings = UDPSettings()
    change(&settings)
    return settings
  }

  private func expectDestination(_ datagram: consuming Datagram, _ name: SocketName) {
    let destination = datagram.destination
    #expect(destination == name)
  }

  @Test func aGroupsDatagramsReachItsMembersOnly() throws {
    var pair = Pair(.v4)
    let sender = try pair.a.udp.bind(SocketName(.anyV4, 0), owner: 1, pair.a.internet)
    let shared = settings { $0.sharesName = true }
    let first = try pair.b.udp.bind(SocketName(.anyV4, 5_000), owner: 2, settings: shared, pair.b.internet)
    let second = try pair.b.udp.bind(SocketName(group, 5_000), owner: 3, settings: shared, pair.b.internet)
    let outside = try pair.b.udp.bind(SocketName(.anyV4, 5_000), owner: 4, settings: shared, pair.b.internet)
    for member in [first, second] { try pair.b.udp.join(member, group, &pair.b.internet, at: pair.now) }
    try pair.a.udp.send(
      sender, hello.span.bytes, to: SocketName(group, 5_000), &pair.a.internet, at: pair.now)
    pair.passes(.milliseconds(20))
    for (socket, count) in [(first, 1), (second, 1), (outside, 0)] {
      expectEqual(pair.b.udp.waiting(socket)?.datagrams, count)
    }
    try expectDestination(present(pair.b.udp.next(first)), SocketName(group, 5_000))
    try pair.b.udp.leave(first, group, &pair.b.internet, at: pair.now)
    try pair.a.udp.send(
      sender, hello.span.bytes, to: SocketName(group, 5_000), &pair.a.internet, at: pair.now)
    pair.passes(.milliseconds(20))
    expectEqual(pair.b.udp.waiting(first)?.datagrams, 0)
    expectEqual(pair.b.udp.waiting(second)?.datagrams, 2)
    for socket in [first, second, outside] { pair.b.udp.close(socket, &pair.b.internet, at: pair.now) }
    let isMember = pair.b.internet.isMember(of: group, on: 0)
    #expect(!isMember, "closing leaves")
    expectEqual(pair.b.internet.counters.errorsSent, 0)
  }

  @Test func aSenderHearsItsOwnGroupUnlessItDoesNotWantTo() throws {
    var pair = Pair(.v4)
    let socket = try pair.a.udp.bind(SocketName(.anyV4, 5_000), owner: 1, pair.a.internet)
    try pair.a.udp.join(socket, group, &pair.a.internet, at: pair.now)
    for loops in [true, false] {
      pair.a.udp.set(socket, settings { $0.loopsBack = loops })
      try pair.a.udp.send(
        socket, hello.span.bytes, to: SocketName(group, 5_000), &pair.a.internet, at: pair.now)
      while let packet = pair.a.internet.nextLoopback() {
        pair.a.udp.receive(packet, &pair.a.internet, at: pair.now)
      }
      expectEqual(pair.a.udp.waiting(socket)?.datagrams, 1)
    }
    pair.passes(.milliseconds(5))
  }

  @Test func theTimeToLiveOfGroupsIsTheSockets() throws {
    var site = Site(.v4)
    let socket = try site.udp.bind(SocketName(.anyV4, 5_000), owner: 1, site.internet)
    for hops in [nil, 7, 0] as [UInt8?] {
      if let hops { site.udp.set(socket, settings { $0.groupTimeToLive = hops }) }
      try site.udp.send(socket, hello.span.bytes, to: SocketName(group, 9), &site.internet, at: site.now)
      let frame = try present(site.internet.outgoing.pop())
      let sent = frame.bytes.byte(at: 14 + 8)
      #expect(sent == hops ?? 1)
    }
  }

  @Test func whatCannotBeJoinedIsATypedError() throws {
    var site = Site(.v4)
    let socket = try site.udp.bind(SocketName(.anyV4, 5_000), owner: 1, site.internet)
    #expect(throws: TransportError.invalidArgument) {
      try site.udp.join(socket, Family.v4.b, &site.internet, at: site.now)
    }
    try site.udp.join(socket, group, &site.internet, at: site.now)
    #expect(throws: TransportError.addressInUse) {
      try site.udp.join(socket, group, &site.internet, at: site.now)
    }
    for n in 1..<20 {
      try site.udp.join(socket, Address(v4: 0xef00_0000 + UInt32(n)), &site.internet, at: site.now)
    }
    #expect(throws: TransportError.tableFull) {
      try site.udp.join(socket, Address("239.7.7.7")!, &site.internet, at: site.now)
    }
    #expect(throws: TransportError.addressNotAvailable) {
      try site.udp.leave(socket, Address("239.7.7.7")!, &site.internet, at: site.now)
    }
  }

  @Test(arguments: Family.allCases) func theLongestDatagramCrossesInPieces(family: Family) throws {
    var pair = Pair(family, large: 8)
    var settings = UDPSettings()
    settings.receiveBuffer = 1 << 20
    let server = try pair.b.udp.bind(
      SocketName(family.any, 53), owner: 2, settings: settings, pair.b.internet)
    let client = try pair.a.udp.bind(SocketName(family.any, 0), owner: 1, pair.a.internet)
    // IPv6's headers are longer, and each piece has one more.
    for count in [1_473, 8_000, family == .v4 ? 65_507 : 65_479] {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 / 255) }
      try pair.a.udp.send(
        client, bytes.span.bytes, to: SocketName(family.b, 53), &pair.a.internet, at: pair.now)
      pair.passes(.milliseconds(100))
      let datagram = try present(pair.b.udp.next(server))
      let got = datagram.frame.bytes.array
      #expect(got == bytes)
    }
    expectEqual(pair.b.internet.counters.reassembled, 3)
    expectEqual(pair.pool.outstanding, 0)
  }

  @Test(arguments: Family.allCases) func aDatagramThatMayNotBeCutIsRefusedAsTooLong(family: Family) throws {
    var pair = Pair(family)
    let whole = settings { $0.mayBeCut = false }
    let client = try pair.a.udp.bind(SocketName(family.any, 0), owner: 1, settings: whole, pair.a.internet)
    let bytes = [UInt8](repeating: 1, count: 1_473)
    #expect(throws: TransportError.messageTooLong) {
      try pair.a.udp.send(
        client, bytes.span.bytes, to: SocketName(family.b, 53), &pair.a.internet, at: pair.now)
    }
  }
}
