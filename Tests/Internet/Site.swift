import StrataBase
import StrataInternet
import StrataLink
import StrataWire

let mineHardware = HardwareAddress(2, 0, 0, 0, 0, 1), theirHardware = HardwareAddress(2, 0, 0, 0, 0, 2)
let mine = Address("10.0.0.1")!, theirs = Address("10.0.0.2")!

func ms(_ n: Int64) -> Instant { .start + .milliseconds(n) }
func s(_ n: Int64) -> Instant { .start + .seconds(n) }

/// A host's Internet layer with one interface, 10.0.0.1/24, and all that a test does to it.
struct Site: ~Copyable {
  let pool: FramePool
  var internet: Internet

  init(
    _ settings: InternetSettings = InternetSettings(), address: String = "10.0.0.1/24",
    hardware: HardwareAddress = mineHardware, seed: UInt64 = 1, frames: Int = 8_192, trace: Trace = Trace()
  ) {
    pool = FramePool(standard: frames, large: 4)
    internet = Internet(pool: pool, random: Random(seed: seed), trace: trace, settings: settings)
    _ = internet.attach(
      hardware: hardware, address: AddressPrefix(address)!, capabilities: LinkCapabilities())
  }

  mutating func receive(_ bytes: [UInt8], at now: Instant = .start) -> Outcome {
    var frame = pool.take(large: bytes.count > Frame.standardRoom)!
    frame.append(bytes.span.bytes)
    switch internet.receive(frame, on: 0, at: now) {
    case .none: return .none
    case .packet(let packet):
      return .packet(
        packet.frame.bytes.array, from: packet.source, to: packet.destination, packet.protocol)
    case .error(let error): return .error(error)
    }
  }

  /// Takes a frame in and answers the packet in it with an error.
  mutating func refuse(
    _ bytes: [UInt8], _ what: ControlMessages.Unreachable = .port, at now: Instant = .start
  ) {
    var frame = pool.take()!
    frame.append(bytes.span.bytes)
    if case .packet(let packet) = internet.receive(frame, on: 0, at: now) {
      internet.sendUnreachable(what, for: packet, at: now)
    }
  }

  mutating func send(
    _ payload: [UInt8], on path: inout Path, to destination: Address, _ p: IPProtocol = .udp,
    at now: Instant = .start
  ) {
    var frame = pool.take(large: payload.count > Frame.standardRoom)!
    frame.append(payload.span.bytes)
    internet.send(frame, on: &path, to: destination, protocol: p, at: now)
  }
  mutating func send(_ payload: [UInt8], to destination: Address, at now: Instant = .start) {
    var path = internet.path(to: destination)!
    send(payload, on: &path, to: destination, at: now)
  }

  /// All frames that wait to be transmitted.
  mutating func transmitted() -> [[UInt8]] {
    var frames: [[UInt8]] = []
    while let frame = internet.outgoing.pop() { frames.append(frame.bytes.array) }
    return frames
  }
  /// The same, each in tcpdump's words.
  mutating func said() -> [String] {
    transmitted().map { bytes in
      let frame = try! EthernetView(bytes.span.bytes)
      let to = "\(frame.destination) "
      if let message = try? ARPView(frame.payload) { return to + message.description }
      if let packet = try? IPv4View(frame.payload) {
        return to + "\(packet.sourceAddress) > \(packet.destinationAddress): \(packet.payload.byteCount)"
      }
      return "?"
    }
  }
  mutating func learnTheirs(at now: Instant = .start) {
    _ = receive(arp(.request, from: theirs, theirHardware, to: mine), at: now)
    _ = transmitted()
  }
  mutating func errors() -> [ControlError] {
    var all: [ControlError] = []
    while let error = internet.nextError() { all.append(error) }
    return all
  }
}

func arp(
  _ operation: ARPOperation, from sender: Address, _ hardware: HardwareAddress, to target: Address,
  _ targetHardware: HardwareAddress = .zero, ethernet: HardwareAddress? = nil
) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: 60)
  var out = bytes.mutableSpan
  var raw = out.mutableBytes
  let destination = ethernet ?? (operation == .request ? .broadcast : targetHardware)
  EthernetHeader.emit(&raw, at: 0, to: destination, from: hardware, type: .arp)
  ARPHeader.emit(
    &raw, at: 14, operation: operation, senderHardware: hardware, senderAddress: sender,
    targetHardware: targetHardware, targetAddress: target)
  return bytes
}

func packet(
  _ payload: [UInt8], from source: Address = theirs, to destination: Address = mine, _ p: IPProtocol = .udp,
  hardware: HardwareAddress = mineHardware, timeToLive: UInt8 = 64, more: Bool = false, offset: Int = 0,
  padding: Int = 0
) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: 34) + payload + [UInt8](repeating: 0xee, count: padding)
  var out = bytes.mutableSpan
  var raw = out.mutableBytes
  EthernetHeader.emit(&raw, at: 0, to: hardware, from: theirHardware, type: .ipv4)
  IPv4Header.emit(
    &raw, at: 14, source: source.v4Native, destination: destination.v4Native, protocol: p,
    payloadCount: payload.count, identification: 7, timeToLive: timeToLive,
    dontFragment: !more && offset == 0,
    moreFragments: more, fragmentOffset: offset)
  return bytes
}

/// Sets a byte of the IPv4 header and makes its checksum right again.
func patched(_ bytes: [UInt8], _ offset: Int, _ value: UInt8) -> [UInt8] {
  var bytes = bytes
  bytes[14 + offset] = value
  bytes[24] = 0
  bytes[25] = 0
  let count = max(Int(bytes[14] & 15) * 4, 20)
  let sum = ~Checksum.fold(Checksum.sum(bytes.span.bytes.extracting(14..<min(14 + count, bytes.count))))
  bytes[24] = UInt8(truncatingIfNeeded: sum)
  bytes[25] = UInt8(truncatingIfNeeded: sum >> 8)
  return bytes
}

/// A frame with what differs from run to run blanked: the identification and the checksum over it.
func blanked(_ bytes: [UInt8]) -> [UInt8] {
  var bytes = bytes
  for at in [18, 19, 24, 25] { bytes[at] = 0 }
  return bytes
}

func bytes(_ hex: String) -> [UInt8] {
  let digits = hex.utf8.map { UInt8($0 > 0x39 ? $0 - 0x57 : $0 - 0x30) }
  return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}
