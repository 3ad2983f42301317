import StrataBase
import StrataSockets
import StrataWire
import Testing

/// Datagram sockets, on any ground.
extension Ground {
  private func server() throws -> (descriptor: Descriptor, address: SocketAddress) {
    let d = try b.socket(.datagram)
    try b.bind(d, to: SocketAddress(address: addressOfB, port: 0))
    return (d, try b.localAddress(d))
  }

  private func send(
    _ calls: Calls, _ d: Descriptor, _ bytes: [UInt8], to peer: SocketAddress?
  ) throws(SocketError) {
    try calls.send(d, bytes.span.bytes, to: peer)
  }

  private func take(_ calls: Calls, _ d: Descriptor) throws(SocketError) -> (
    bytes: [UInt8], from: SocketAddress
  ) {
    var room = [UInt8](repeating: 0, count: 65_536)
    var span = room.mutableSpan
    var target = span.mutableBytes
    let got = try calls.receive(d, into: &target)
    return (Array(room[..<got.count]), got.from)
  }

  func aConnectedSocketNeedsNoAddressAndHearsItsPeerOnly() throws {
    let (server, address) = try server()
    let client = try a.socket(.datagram), stranger = try b.socket(.datagram)
    #expect(End<Calls>.error { () throws(SocketError) in _ = try a.peerAddress(client) } == .notConnected)
    try a.connect(client, to: address)
    #expect(try a.peerAddress(client) == address)
    try send(a, client, [1, 2], to: nil)
    try run { b.readiness(server).contains(.readable) }
    let (bytes, from) = try take(b, server)
    let port = try a.localAddress(client).port
    #expect(bytes == [1, 2] && from.port == port)
    try send(b, stranger, [9], to: from)
    try send(b, server, [3], to: from)
    try run { a.readiness(client).contains(.readable) }
    run(for: .milliseconds(5))
    #expect(try take(a, client).bytes == [3])
    #expect(End<Calls>.error { () throws(SocketError) in _ = try take(a, client) } == .wouldBlock)
  }

  func aSocketWithoutAPeerNeedsAnAddress() throws {
    let client = try a.socket(.datagram)
    #expect(
      End<Calls>.error { () throws(SocketError) in
        try send(a, client, [1], to: nil)
      } == .notConnected)
  }

  func whereNobodyHearsDatagramsTheSenderIsToldOnce() throws {
    let (server, address) = try server()
    b.close(server)
    let client = try a.socket(.datagram)
    try a.connect(client, to: address)
    try send(a, client, [1], to: nil)
    var news: Readiness = []
    try run {
      while let event = a.nextEvent() { news.formUnion(event.readiness) }
      return news.contains(.failed)
    }
    #expect(a.takeError(client) == .connectionRefused)
    #expect(a.takeError(client) == nil)
  }

  func theLongestDatagramArrivesWhole() throws {
    let (server, address) = try server()
    let client = try a.socket(.datagram)
    let longest = addressOfB.isV4 ? 65_507 : 65_527
    for count in [1_473, 10_000, longest] {
      let bytes = Pattern.bytes(0..<count)
      try a.send(client, bytes.span.bytes, to: address)
      try run { b.readiness(server).contains(.readable) }
      #expect(try take(b, server).bytes == bytes)
    }
    let tooMuch = [UInt8](repeating: 0, count: longest + 1)
    #expect(
      End<Calls>.error { () throws(SocketError) in
        try a.send(client, tooMuch.span.bytes, to: address)
      } == .messageTooLong)
  }

  func aGroupIsHeardUntilItIsLeft() throws {
    let isV4 = addressOfB.isV4
    let group = Address(isV4 ? "239.255.77.7" : "ff15::77:7")!
    let member = try b.socket(.datagram)
    try b.setOption(member, .reuseAddress(true))
    try b.bind(member, to: SocketAddress(address: isV4 ? .anyV4 : .any, port: 0))
    let address = SocketAddress(address: group, port: try b.localAddress(member).port)
    try b.setOption(member, .joinGroup(group, interface: addressOfB))
    let sender = try a.socket(.datagram)
    try a.setOption(sender, .groupInterface(addressOfA))
    try a.setOption(sender, .groupTimeToLive(1))
    try send(a, sender, [1, 2, 3], to: address)
    try run { b.readiness(member).contains(.readable) }
    #expect(try take(b, member).bytes == [1, 2, 3])
    try b.setOption(member, .leaveGroup(group, interface: addressOfB))
    try send(a, sender, [4], to: address)
    run(for: .milliseconds(20))
    #expect(End<Calls>.error { () throws(SocketError) in _ = try take(b, member) } == .wouldBlock)
  }

  func everyDatagramOptionCanBeSet() throws {
    let d = try a.socket(.datagram)
    let options: [SocketOption] = [
      .broadcast(true), .groupLoop(false), .groupTimeToLive(0), .groupTimeToLive(255), .reuseAddress(true),
      .sendBuffer(65_536), .receiveBuffer(65_536), .groupInterface(addressOfA),
    ]
    for option in options { try a.setOption(d, option) }
    let wrong: [(SocketOption, SocketError)] = [
      (.groupTimeToLive(256), .invalidArgument), (.groupTimeToLive(-1), .invalidArgument),
      (.joinGroup(addressOfB, interface: .anyV4), .invalidArgument), (.noDelay(true), .notSupported),
    ]
    for (option, error) in wrong {
      #expect(End<Calls>.error { () throws(SocketError) in try a.setOption(d, option) } == error)
    }
    let stream = try a.socket(.stream)
    #expect(
      End<Calls>.error { () throws(SocketError) in
        try a.setOption(stream, .broadcast(true))
      } == .notSupported)
  }
}
