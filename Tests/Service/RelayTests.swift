import Glibc
import StrataBase
import StrataFiles
import StrataService
import StrataSockets
import StrataTemporary
import Testing

@Suite struct RelayTests {
  let ground = KernelGround()

  func tunnel(to target: SocketAddress) throws -> Tunnel {
    var gateway = Gateway(address: .loopback)
    try gateway.listen(ground.sockets)
    return Tunnel(gateway: gateway, forwarder: Forwarder(target: target))
  }

  typealias Ends = Both<Both<Tunnel, RawServer>, RawClient>
  /// A client that is connected to a server through the tunnel.
  func ends(says text: String) throws -> Ends {
    var server = RawServer()
    server.start(ground.sockets)
    let tunnel = try tunnel(to: server.address!)
    var client = RawClient(tunnel.gateway.localAddress!, says: text)
    client.start(ground.sockets)
    var ends = Both(a: Both(a: tunnel, b: server), b: client)
    #expect(ground.run(&ends) { $0.a.b.connection != nil && $0.a.b.input == text.utf8.count })
    return ends
  }

  @Test(.enabled(if: Curl.isThere, "curl is not installed"))
  func twentyDownloadsSideBySideAreEqual() throws {
    let folder = TemporaryFolder()
    let big = randomBytes(3 << 20)
    folder.write(bytes: Array("big.bin".utf8), content: big)
    var server = FileServer(
      store: try FolderStore(path: folder.path), address: .loopback, clock: WallClock(secondsAtStart: 0))
    try server.listen(ground.sockets)
    var all = Both(a: server, b: try tunnel(to: server.localAddress!))
    let url = "http://\(all.b.gateway.localAddress!)/big.bin"
    let results = Curl.runAll((0..<20).map { ["-o", "\(folder.path)/got\($0)", url] }, ground, &all)
    #expect(results.allSatisfy { $0.status == 0 })
    for n in 0..<20 { #expect(contents("\(folder.path)/got\(n)") == big) }
    #expect(ground.run(&all) { $0.b.gateway.flowCount == 0 && $0.b.forwarder.flowCount == 0 })
    #expect(all.b.mostWaiting <= 262_144)
  }

  @Test func aHalfCloseTravelsThroughAndTheOtherWayGoesOn() throws {
    var ends = try ends(says: "question")
    ends.b.halfCloses = true
    ends.b.move(ground.sockets)
    #expect(ground.run(&ends) { $0.a.b.ended })
    #expect(!ends.b.ended)
    ends.a.b.write("answer", ground.sockets)
    #expect(ground.run(&ends) { $0.b.text == "answer" })
    ground.sockets.close(ends.a.b.connection!)
    #expect(ground.run(&ends) { $0.b.ended && $0.a.a.flowCount == 0 })
    #expect(ends.b.error == nil)
  }

  @Test func aServersHalfCloseTravelsTheOtherWay() throws {
    var ends = try ends(says: "x")
    try ground.sockets.shutdown(ends.a.b.connection!, .write)
    #expect(ground.run(&ends) { $0.b.ended })
    ends.b.say("more", ground.sockets)
    #expect(ground.run(&ends) { $0.a.b.input == 5 })
    #expect(ends.a.a.forwarder.flowCount == 1)
  }

  @Test func aClientsResetReachesTheServer() throws {
    var ends = try ends(says: "x")
    ends.b.abort(ground.sockets)
    #expect(ground.run(&ends) { $0.a.b.error != nil })
    #expect(ends.a.b.error == .connectionReset)
    #expect(ends.a.a.gateway.flowCount == 0 && ends.a.a.forwarder.flowCount == 0)
  }

  @Test func aServersResetReachesTheClient() throws {
    var ends = try ends(says: "x")
    ground.sockets.abort(ends.a.b.connection!)
    ends.a.b.connection = nil
    #expect(ground.run(&ends) { $0.b.error != nil })
    #expect(ends.b.error == .connectionReset)
    #expect(ends.a.a.gateway.flowCount == 0 && ends.a.a.forwarder.flowCount == 0)
  }

  @Test func aTargetThatRefusesResetsTheClient() throws {
    var server = RawServer()
    server.start(ground.sockets)
    let nobody = server.address!
    var tunnel = try tunnel(to: nobody)
    let listener = try ground.sockets.socket(.stream)
    // A port that was just given back has nobody listening.
    try ground.sockets.bind(listener, to: .loopback)
    let free = try ground.sockets.localAddress(listener)
    ground.sockets.close(listener)
    tunnel.forwarder = Forwarder(target: free)
    var client = RawClient(tunnel.gateway.localAddress!, says: "x")
    client.start(ground.sockets)
    var both = Both(a: tunnel, b: client)
    #expect(ground.run(&both) { $0.b.isOver })
    #expect(both.b.error == .connectionReset && both.a.gateway.flowCount == 0)
  }

  @Test func aServerThatDoesNotReadHoldsTheClientBack() throws {
    var ends = try ends(says: "x")
    ends.a.b.reads = false
    ends.b.output = randomBytes(24 << 20)
    ends.b.move(ground.sockets)
    // Until nothing moves: the windows and the system's buffers are full.
    var quiet = 0
    var before = ends.b.output.count
    #expect(
      ground.run(&ends) {
        quiet = $0.b.output.count == before ? quiet + 1 : 0
        before = $0.b.output.count
        return quiet > 40
      })
    #expect(ends.b.output.count > 0)
    #expect(ends.a.a.mostWaiting <= 262_144)
    ends.a.b.reads = true
    ends.a.b.read(ground.sockets)
    #expect(ground.run(&ends) { $0.a.b.input == 1 + 24 << 20 })
  }

  @Test func aClientBeyondTheBoundWaitsForAnother() throws {
    var server = RawServer()
    server.start(ground.sockets)
    var gateway = Gateway(address: .loopback, backlog: 2_048)
    try gateway.listen(ground.sockets)
    var clients: [RawClient] = []
    for _ in 0..<1_030 {
      var client = RawClient(gateway.localAddress!)
      client.start(ground.sockets)
      clients.append(client)
    }
    var opened = 0
    #expect(
      ground.run(&gateway) {
        $0.takeOutput { if RelayMessage($0)?.kind == .opened { opened += 1 } }
        return opened == 1_024
      })
    #expect(gateway.flowCount == 1_024)
    clients[0].abort(ground.sockets)
    #expect(
      ground.run(&gateway) {
        $0.takeOutput { if RelayMessage($0)?.kind == .opened { opened += 1 } }
        return opened == 1_025
      })
    #expect(gateway.flowCount == 1_024)
    gateway.stop(ground.sockets)
    #expect(gateway.flowCount == 0)
  }

  /// A forwarder to a server that does not read, with so many bytes on their way to it.
  private func forwarding(_ count: Int) throws -> Both<Forwarder, RawServer> {
    var server = RawServer()
    server.start(ground.sockets)
    server.reads = false
    var both = Both(a: Forwarder(target: server.address!), b: server)
    func message(_ kind: UInt8, _ content: [UInt8] = []) -> [UInt8] { [kind, 0, 0, 4, 0] + content }
    both.a.receive(message(1).span.bytes, ground.sockets)
    for start in stride(from: 0, to: count, by: 65_536) {
      let piece = [UInt8](repeating: 9, count: min(65_536, count - start))
      both.a.receive(message(2, piece).span.bytes, ground.sockets)
    }
    both.a.receive(message(7).span.bytes, ground.sockets)
    return both
  }

  @Test func aBrokenConnectionHasAllOfItsBytesBeforeItsReset() throws {
    for count in [0, 1, 200_000] {
      var both = try forwarding(count)
      #expect(ground.run(&both) { $0.b.connection != nil })
      both.b.reads = true
      both.b.read(ground.sockets)
      var kinds: [RelayMessage.Kind] = []
      #expect(
        ground.run(&both) {
          $0.a.expire(ground.sockets)
          $0.a.takeOutput { kinds.append(RelayMessage($0)!.kind) }
          return $0.b.error != nil
        })
      #expect(both.b.error == .connectionReset && both.b.input == count)
      #expect(!kinds.contains(.reset) && both.a.flowCount == 0 && both.a.nextDeadline == .never)
    }
  }

  @Test func aBrokenConnectionWhosePeerDoesNotReadIsResetInTheEnd() throws {
    // More than the system's buffers of both ends hold.
    var both = try forwarding(262_144)
    #expect(ground.run(&both) { $0.b.connection != nil })
    let connection = both.b.connection!
    try ground.sockets.setOption(connection, .receiveBuffer(4_096))
    func turn(after span: Interval) -> Int {
      ground.sockets.now = ground.sockets.now + span
      both.a.expire(ground.sockets)
      return both.a.flowCount
    }
    _ = turn(after: .seconds(9))
    #expect(turn(after: .seconds(2)) == 0)
  }

  @Test func aBrokenConnectionLeavesItsPlaceToTheNextAtOnce() throws {
    var both = try forwarding(262_144)
    // The second flow of the first place.
    both.a.receive(([1, 0, 0, 8, 0] as [UInt8]).span.bytes, ground.sockets)
    var kinds: [RelayMessage.Kind] = []
    both.a.takeOutput { kinds.append(RelayMessage($0)!.kind) }
    #expect(!kinds.contains(.refused) && both.a.flowCount == 2)
    both.a.stop(ground.sockets)
    #expect(both.a.flowCount == 0)
  }

  @Test func aSilentClientIsGivenUpAtTheEnd() throws {
    var ends = try ends(says: "half of a requ")
    ends.a.a.gateway.stopListening(ground.sockets)
    ends.a.a.gateway.closeServed(ground.sockets)
    #expect(ends.a.a.gateway.flowCount == 1)
    let silenceEnds = ends.a.a.gateway.silenceEnds
    ground.sockets.now = silenceEnds - .milliseconds(1)
    ends.a.a.gateway.closeServed(ground.sockets)
    #expect(ends.a.a.gateway.flowCount == 1)
    ground.sockets.now = silenceEnds
    ends.a.a.gateway.closeServed(ground.sockets)
    #expect(ends.a.a.gateway.flowCount == 0 && ends.a.a.gateway.silenceEnds == .never)
    #expect(ground.run(&ends) { $0.b.error != nil && $0.a.b.error != nil })
  }

  @Test func aClientToWhomBytesStillGoIsNotSilent() throws {
    var ends = try ends(says: "x")
    for _ in 0..<4 {
      ground.sockets.now = ground.sockets.now + .seconds(4)
      ends.a.b.write("more", ground.sockets)
      let before = ends.b.text.count
      #expect(ground.run(&ends) { $0.b.text.count > before })
      ends.a.a.gateway.closeServed(ground.sockets)
      #expect(ends.a.a.gateway.flowCount == 1)
    }
  }

  @Test func moreThanTheWindowFromOutsideIsAReset() throws {
    var server = RawServer()
    server.start(ground.sockets)
    var forwarder = Forwarder(target: server.address!)
    var both = Both(a: forwarder, b: server)
    forwarder = both.a
    func message(_ kind: UInt8, _ content: [UInt8] = []) -> [UInt8] { [kind, 0, 0, 4, 0] + content }
    both.a.receive(message(1).span.bytes, ground.sockets)
    // Not connected yet, so all of it waits.
    for _ in 0..<4 { both.a.receive(message(2, randomBytes(65_536)).span.bytes, ground.sockets) }
    #expect(both.a.mostWaiting == 262_144 && both.a.flowCount == 1)
    both.a.receive(message(2, [1]).span.bytes, ground.sockets)
    var kinds: [RelayMessage.Kind] = []
    both.a.takeOutput { kinds.append(RelayMessage($0)!.kind) }
    #expect(kinds == [.reset] && both.a.flowCount == 0)
  }

  @Test func messagesThatAreNoneAreIgnored() throws {
    var random = Random(seed: 7)
    var forwarder = Forwarder(target: SocketAddress("127.0.0.1:9")!)
    var gateway = Gateway(address: .loopback)
    for _ in 0..<20_000 {
      var bytes = (0..<Int(random.below(12))).map { _ in UInt8(truncatingIfNeeded: random.next()) }
      if !bytes.isEmpty { bytes[0] = 2 + UInt8(random.below(6)) }
      forwarder.receive(bytes.span.bytes, ground.sockets)
      gateway.receive(bytes.span.bytes, ground.sockets)
    }
    #expect(forwarder.flowCount == 0 && gateway.flowCount == 0 && !forwarder.hasOutput && !gateway.hasOutput)
  }
}
