import StrataBase
import StrataLink
import StrataRecording
import StrataSimulator
import StrataSockets
import StrataWire
import StrataTemporary
import Testing

/// What a capture says was on the wire.
@Suite struct PacketCaptureTests {
  let folder = TemporaryFolder()

  /// Sends bytes to whoever connects, and closes.
  struct Teller: Program {
    var rest: [UInt8]
    mutating func start(_ sockets: some SocketCalls) {
      guard let socket = try? sockets.socket(.stream) else { return }
      try? sockets.bind(socket, to: SocketAddress("10.0.0.2:80")!)
      try? sockets.listen(socket, backlog: 1)
    }
    mutating func handle(_ event: SocketEvent, _ sockets: some SocketCalls) {
      let socket = (try? sockets.accept(event.descriptor))?.descriptor ?? event.descriptor
      let waiting = rest
      while !rest.isEmpty,
        let n = try? sockets.write(socket, waiting.span.bytes.extracting((waiting.count - rest.count)...))
      {
        rest.removeFirst(n)
      }
      if rest.isEmpty { try? sockets.shutdown(socket, .write) }
    }
  }

  /// The frames of a capture.
  private func frames(_ file: [UInt8]) -> [[UInt8]] {
    var frames: [[UInt8]] = []
    var at = 0
    while at + 28 <= file.count {
      let count = Int(file.span.bytes.native32(at: at + 4))
      if file.span.bytes.native32(at: at) == 6 {
        let length = Int(file.span.bytes.native32(at: at + 20))
        frames.append(Array(file[(at + 28)..<(at + 28 + length)]))
      }
      at += max(count, 12)
    }
    return frames
  }

  @Test(arguments: [false, true])
  func everyFrameFitsTheWireAndItsSumsAreRight(_ superFrames: Bool) throws {
    let world = World(seed: 1)
    let client = world.host("client", AddressPrefix("10.0.0.1/24")!)
    let server = world.host("server", AddressPrefix("10.0.0.2/24")!)
    world.cable(client, server, CableSettings(delay: .milliseconds(1), superFrames: superFrames))
    let capture = try PacketCapture(path: "\(folder.path)/a.pcapng", host: "client", epoch: 0)
    world.observers.append(capture)
    let sent = ReplayTests.noise(200_000, seed: 3)
    world.run(Teller(rest: sent), on: server)
    let requester = world.run(Requester(to: SocketAddress("10.0.0.2:80")!), on: client)
    world.input([UInt8(1)].span.bytes, to: requester)
    try world.run(for: .seconds(5))
    try capture.close()
    #expect(world.program(requester).answers == [sent])

    var got: [UInt8] = []
    var next: SequenceNumber?
    for bytes in frames(folder.read("a.pcapng")) {
      #expect(bytes.count <= 1_514)
      let ethernet = try EthernetView(bytes.span.bytes)
      guard ethernet.type == .ipv4 else { continue }
      let packet = try IPv4View(ethernet.payload)
      let segment = try TCPView(packet.payload)
      let pseudo = PseudoHeader.sum(
        source: packet.source, destination: packet.destination, protocol: .tcp,
        count: segment.raw.byteCount)
      let isRight = (packet.checksumIsRight, segment.checksumIsRight(pseudo: pseudo)) == (true, true)
      #expect(isRight)
      if segment.sourcePort == 80, segment.payloadCount > 0 {
        let isNext = next == nil || next == segment.sequence
        #expect(isNext)
        next = segment.sequence + segment.payloadCount
        got += segment.payload.array
      }
    }
    #expect(got == sent)
  }
}
