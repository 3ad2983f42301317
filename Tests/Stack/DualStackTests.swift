import StrataBase
import StrataSockets
import StrataWire
import Testing

@testable import StrataStack

/// Sockets of both versions of IP on hosts that have both.
@Suite struct DualStackTests {
  private let hosts = TwoHosts(isDual: true)
  private static let v4 = "10.0.0.2:80", v6 = "[fd00::2]:80"

  /// Connects to an address and gives the peer as the server sees it; nil where it is refused.
  private func connect(
    to address: String, _ near: SocketTable, _ far: SocketTable, _ listener: Descriptor
  ) throws -> Address? {
    let client = try near.socket(.stream)
    do throws(SocketError) {
      try near.connect(client, to: SocketAddress(address)!)
    } catch {
      try #require(error == .inProgress)
    }
    hosts.run(for: .seconds(1))
    if let error = near.takeError(client) {
      #expect(error == .connectionRefused)
      return nil
    }
    return try far.accept(listener).peer.address
  }

  @Test func aListenerOnEverythingTakesBothVersions() throws {
    let near = hosts.a.makeSocketTable(), far = hosts.b.makeSocketTable()
    let listener = try far.socket(.stream)
    try far.bind(listener, to: SocketAddress("[::]:80")!)
    try far.listen(listener, backlog: 8)
    #expect(try connect(to: DualStackTests.v4, near, far, listener) == Address("10.0.0.1")!)
    #expect(try connect(to: DualStackTests.v6, near, far, listener) == Address("fd00::1")!)
    let other = try far.socket(.stream)
    #expect(throws: SocketError.addressInUse) { try far.bind(other, to: SocketAddress("0.0.0.0:80")!) }
  }

  @Test func aListenerForIPv6OnlyLeavesIPv4ToOthers() throws {
    let near = hosts.a.makeSocketTable(), far = hosts.b.makeSocketTable()
    let listener = try far.socket(.stream)
    try far.setOption(listener, .v6Only(true))
    try far.bind(listener, to: SocketAddress("[::]:80")!)
    #expect(throws: SocketError.invalidArgument) { try far.setOption(listener, .v6Only(false)) }
    try far.listen(listener, backlog: 8)
    #expect(try connect(to: DualStackTests.v4, near, far, listener) == nil)
    #expect(try connect(to: DualStackTests.v6, near, far, listener) == Address("fd00::1")!)
    let other = try far.socket(.stream)
    try far.bind(other, to: SocketAddress("0.0.0.0:80")!)
    try far.listen(other, backlog: 8)
    #expect(try connect(to: DualStackTests.v4, near, far, other) == Address("10.0.0.1")!)
  }

  @Test func aNameOfOneVersionReachesNoPeerOfTheOther() throws {
    let near = hosts.a.makeSocketTable()
    for (own, peer) in [("0.0.0.0:0", DualStackTests.v6), ("[fd00::1]:0", DualStackTests.v4)] {
      for kind in [SocketKind.stream, .datagram] {
        let d = try near.socket(kind)
        try near.bind(d, to: SocketAddress(own)!)
        #expect(throws: SocketError.networkUnreachable) { try near.connect(d, to: SocketAddress(peer)!) }
      }
    }
    let d = try near.socket(.datagram)
    try near.setOption(d, .v6Only(true))
    try near.bind(d, to: SocketAddress("[::]:0")!)
    #expect(throws: SocketError.networkUnreachable) {
      try near.connect(d, to: SocketAddress(DualStackTests.v4)!)
    }
  }

  @Test(arguments: ["10.0.0.2:53", "[fd00::2]:53"])
  func datagramsOfAnySizeArriveOverBothVersions(address: String) throws {
    let near = hosts.a.makeSocketTable(), far = hosts.b.makeSocketTable()
    let server = try far.socket(.datagram)
    try far.bind(server, to: SocketAddress("[::]:53")!)
    let client = try near.socket(.datagram)
    for size in [0, 1_452, 1_453, 20_000, 65_400] {
      let question = (0..<size).map { UInt8(truncatingIfNeeded: $0 % 251) }
      try near.send(client, question.span.bytes, to: SocketAddress(address)!)
      hosts.run(for: .seconds(1))
      let (bytes, from) = try far.receiveAll(server)
      #expect(bytes == question && from.address.isV4 == (address.first != "["))
      try far.send(server, question.span.bytes, to: from)
      hosts.run(for: .seconds(1))
      #expect(try near.receiveAll(client).bytes == question)
    }
  }

  @Test func aGroupOfIPv6IsHeardUntilItIsLeft() throws {
    let near = hosts.a.makeSocketTable(), far = hosts.b.makeSocketTable()
    let group = SocketAddress("[ff02::fb]:5353")!
    let member = try far.socket(.datagram)
    try far.bind(member, to: SocketAddress("[::]:5353")!)
    let sender = try near.socket(.datagram)
    let hello: [UInt8] = [1, 2, 3]
    try near.send(sender, hello.span.bytes, to: group)
    hosts.run()
    #expect(throws: SocketError.wouldBlock) { _ = try far.receiveAll(member) }
    try far.setOption(member, .joinGroup(group.address, interface: .any))
    try near.send(sender, hello.span.bytes, to: group)
    hosts.run()
    let (bytes, from) = try far.receiveAll(member)
    #expect(bytes == hello && from.address.isLinkLocal)
    try far.setOption(member, .leaveGroup(group.address, interface: .any))
    try near.send(sender, hello.span.bytes, to: group)
    hosts.run()
    #expect(throws: SocketError.wouldBlock) { _ = try far.receiveAll(member) }
  }
}
