import StrataBSD
import StrataBase
import StrataWire
import Testing

@Suite struct PacketHostTests {
  @Test func aStackMakesNoPacketByItself() throws {
    let line = try Line()
    #expect(line.host.nextDeadline == .never)
    line.host.advance(to: .start + .seconds(3_600))
    #expect(line.packets().isEmpty)
    #expect(line.host.now == .start + .seconds(3_600))
  }

  @Test func timeNeverGoesBack() throws {
    let line = try Line()
    line.host.advance(to: .start + .seconds(5))
    line.host.advance(to: .start + .seconds(2))
    #expect(line.host.now == .start + .seconds(5))
  }

  @Test func everythingThatIsDueHappensAtItsOwnInstant() throws {
    let line = try Line()
    let socket = try line.stream()
    var connecting = Connecting(socket, to: Protocol.v4((192, 0, 2, 2), 80).span.bytes)
    #expect(throws: ErrorNumber.inProgress) { try connecting.proceed() }
    line.host.work()
    line.host.advance(to: .start + .seconds(20))
    let times = try line.segments().map { ($0.time - .start).inSeconds }
    #expect(times == [0, 1, 3, 7, 15])
    #expect(line.host.nextDeadline == .start + .seconds(31))
  }

  @Test func aPacketForNobodyIsAnsweredByAReset() throws {
    let line = try Line()
    try line.arrives(.syn, to: 81, sequence: 7)
    let answer = try line.one()
    #expect(answer.flags == [.rst, .ack] && answer.acknowledgment == 8)
  }

  @Test func packetsThatNobodyTakesStopTheirMaker() throws {
    let line = try Line()
    let socket = try line.host.socket(domain: 2, type: 2 | 0x800, protocol: 0)
    let peer = Protocol.v4((192, 0, 2, 2), 9)
    func send() throws {
      var sending = Sending(socket, [], to: peer)
      _ = try sending.proceed()
      line.host.work()
    }
    // Behind what waits here is the host's own queue.
    for _ in 0..<(PacketHost.mostWaiting + 1_024) { try send() }
    #expect(throws: ErrorNumber.again) { try send() }
    #expect(line.packets().count == PacketHost.mostWaiting + 1_024)
    try send()
    #expect(line.packets().count == 1)
  }

  @Test func addressesAreToldApart() throws {
    let host = try #require(PacketHost(mtu: 1_500, seed: 1))
    for (address, gateway) in [
      ("", nil), ("192.0.2.1/33", nil), ("nonsense", nil), ("224.0.0.1/8", nil), ("127.0.0.2/8", nil),
      ("192.0.2.1/24", "nonsense"), ("192.0.2.1/24", "2001:db8::1"), ("0.0.0.0/0", nil),
    ] as [(String, String?)] {
      #expect(throws: ErrorNumber.invalidArgument, "\(address)") {
        try host.addAddress(address, gateway: gateway)
      }
    }
    for number in 1...16 { try host.addAddress("192.0.2.\(number)/24", gateway: nil) }
    #expect(throws: ErrorNumber.noSpace) { try host.addAddress("192.0.2.17/24", gateway: nil) }
    #expect(throws: ErrorNumber.addressInUse) { try host.addAddress("192.0.2.16/24", gateway: nil) }
    for number in 1...16 { try host.addAddress("2001:db8::\(number)/64", gateway: nil) }
    #expect(throws: ErrorNumber.noSpace) { try host.addAddress("2001:db8::17/64", gateway: nil) }
    let small = try #require(PacketHost(mtu: 1_279, seed: 1))
    #expect(throws: ErrorNumber.invalidArgument) { try small.addAddress("2001:db8::1/64", gateway: nil) }
    #expect(PacketHost(mtu: 67, seed: 1) == nil && PacketHost(mtu: 65_536, seed: 1) == nil)
  }

  @Test func aSecondAddressOfIPv4AnswersToo() throws {
    let line = try Line()
    try line.host.addAddress("198.51.100.7/24", gateway: nil)
    let socket = try line.host.socket(domain: 2, type: 2, protocol: 0)
    try socket.bind(Protocol.v4((198, 51, 100, 7), 53).span.bytes)
    var sending = Sending(socket, [], to: Protocol.v4((198, 51, 100, 9), 9))
    #expect(try sending.proceed() == 0)
    line.host.work()
    let packet = try #require(line.packets().first).bytes
    #expect(try IPv4View(packet.span.bytes).sourceAddress == Address("198.51.100.7"))
  }

  @Test func oneAddressOfIPv6IsThereAtOnce() throws {
    let line = try Line()
    let socket = try line.host.socket(domain: 10, type: 2, protocol: 0)
    let peer = Protocol.v6(9, address: [0x20, 1, 0xd, 0xb8] + [UInt8](repeating: 0, count: 11) + [2])
    var sending = Sending(socket, [], to: peer)
    #expect(try sending.proceed() == 0)
    line.host.work()
    let packets = line.packets()
    #expect(packets.count == 1 && packets.first?.bytes[0] == 0x60 && packets.first?.bytes[6] == 17)
  }

  @Test func whatIsLongerThanTheLinkTakesIsRefused() throws {
    let line = try Line()
    #expect(throws: ErrorNumber.messageTooLong) {
      try line.host.receive([UInt8](repeating: 0x45, count: 1_501).span.bytes)
    }
    #expect(throws: ErrorNumber.invalidArgument) { try line.host.receive([UInt8]().span.bytes) }
    try line.host.receive([UInt8](repeating: 0, count: 20).span.bytes)
    #expect(line.packets().isEmpty)
  }

  @Test func aLinkOf9000BytesCarriesSegmentsOf8960() throws {
    let line = try Line(mtu: 9_000)
    let listener = try line.listener(on: 80)
    var options = TCPOptions()
    options.maximumSegmentSize = 8_960
    try line.arrives(.syn, to: 80, sequence: 1_000, options: options)
    let next = try line.one().sequence &+ 1
    try line.arrives(.ack, to: 80, sequence: 1_001, acknowledgment: next)
    var accepting = try Accepting(on: listener)
    let socket = try #require(try accepting.proceed()).socket
    try line.write(String(repeating: "x", count: 20_000), to: socket)
    #expect(try line.segments().map(\.payload.count) == [8_960, 8_960])
  }

  // MARK: Settings

  @Test func settingsHoldForSocketsThatAreOpenedLater() throws {
    let line = try Line()
    let before = try line.listener(on: 80)
    _ = before
    for name in ["tcp.timestamps", "tcp.sack", "tcp.window_scaling"] { try line.host.set(name, to: "0") }
    let after = try line.listener(on: 81)
    _ = after
    var options = TCPOptions()
    options.maximumSegmentSize = 1_460
    options.sackPermitted = true
    options.timestamps = TCPTimestamps(value: 1, echo: 0)
    options.windowScale = 7
    try line.arrives(.syn, to: 80, sequence: 1, options: options)
    let rich = try line.one().options
    #expect(rich.sackPermitted && rich.timestamps != nil && rich.windowScale != nil)
    try line.arrives(.syn, to: 81, sequence: 1, options: options)
    let poor = try line.one().options
    #expect(!poor.sackPermitted && poor.timestamps == nil && poor.windowScale == nil)
  }

  @Test func aSettingHasANameAndAValue() throws {
    let line = try Line()
    #expect(throws: ErrorNumber.noEntry) { try line.host.set("tcp.nonsense", to: "1") }
    for name in PacketHost.settingNames {
      #expect(throws: ErrorNumber.invalidArgument, "\(name)") { try line.host.set(name, to: "nonsense") }
      #expect(throws: ErrorNumber.invalidArgument, "\(name)") { try line.host.set(name, to: "-1") }
    }
    try line.host.set("tcp.initial_window", to: "2")
    let listener = try line.listener(on: 80)
    var options = TCPOptions()
    options.maximumSegmentSize = 1_460
    try line.arrives(.syn, to: 80, sequence: 1_000, options: options)
    let next = try line.one().sequence &+ 1
    try line.arrives(.ack, to: 80, sequence: 1_001, acknowledgment: next)
    var accepting = try Accepting(on: listener)
    let socket = try #require(try accepting.proceed()).socket
    try line.write(String(repeating: "x", count: 20_000), to: socket)
    #expect(try line.segments().map(\.payload.count) == [1_460, 1_460])
  }
}
