import Glibc
import StrataBase
import StrataDevices
import StrataWire

/// The far end of the kernel's TCP on a TAP with next to no stack behind it: one connection, no loss, no
/// timers, no copy, and no look at the payload. What it reaches is the limit of the device.
struct RawEnd: ~Copyable {
  private let descriptor: Int32
  private let offloads: Bool
  private let address: Address
  private let hardware = HardwareAddress(2, 0, 0, 0, 0, 9)
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 70_000, alignment: 64)
  private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 70_000, alignment: 64)
  /// The peer's names, once it has called.
  private var peer: (hardware: HardwareAddress, address: Address, ports: UInt32)?
  private var received = SequenceNumber(0)
  private var sent = SequenceNumber(1_000)
  private var acknowledged = SequenceNumber(1_000)
  private var window = 0
  private var scale: UInt8 = 0
  private var isOpen = false
  private(set) var bytes = 0

  /// Bytes in front of the frame.
  private var header: Int { offloads ? 10 : 0 }
  private static var headers: Int { EthernetHeader.count + IPv4Header.count + TCPHeader.count }
  /// Payload of a frame that is sent: whole segments of 1,460.
  private var piece: Int { offloads ? 44 * 1_460 : 1_460 }
  /// Segments that one acknowledgment answers.
  private var segmentsAcknowledged: Int { offloads ? 1 : 16 }

  init(_ device: borrowing SystemDevice, address: Address, offloads: Bool) {
    descriptor = device.descriptor
    self.offloads = offloads
    self.address = address
    input.initializeMemory(as: UInt8.self, repeating: 0)
    output.initializeMemory(as: UInt8.self, repeating: 0)
  }
  deinit {
    input.deallocate()
    output.deallocate()
  }

  /// Takes or sends as much as goes, for so long.
  mutating func run(sends: Bool, for time: Interval) {
    let end = now + time
    while now < end {
      var isBusy = false
      var unanswered = 0
      for _ in 0..<64 {
        let count = read(descriptor, input.baseAddress!, input.count)
        guard count > 0 else { break }
        isBusy = true
        take(count - header, &unanswered)
      }
      if unanswered > 0 { send(.ack, payload: 0) }
      for _ in 0..<(offloads ? 4 : 64) where sends && isOpen && sent - acknowledged + piece <= window {
        send(.ack, payload: piece)
        bytes += piece
        isBusy = true
      }
      if !isBusy { wait() }
    }
  }

  private var now: Instant {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  private func wait() {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    poll(&entry, 1, 20)
  }

  private mutating func take(_ count: Int, _ unanswered: inout Int) {
    let frame = RawSpan(_unsafeStart: input.baseAddress! + header, byteCount: count)
    guard let ethernet = try? EthernetView(frame) else { return }
    if ethernet.type == .arp { return answer(ethernet) }
    guard ethernet.type == .ipv4, let packet = try? IPv4View(ethernet.payload), packet.protocol == .tcp,
      let segment = try? TCPView(packet.payload)
    else { return }
    let ports = TCPHeader.ports(source: segment.destinationPort, destination: segment.sourcePort)
    if segment.flags.contains(.syn) {
      let options = TCPOptions.parse(segment)
      peer = (ethernet.source, packet.sourceAddress, ports)
      scale = options.windowScale ?? 0
      received = segment.sequence + 1
      sent = SequenceNumber(1_000)
      send([.syn, .ack], payload: 0)
      sent = SequenceNumber(1_001)
      acknowledged = sent
      bytes = 0
      isOpen = true
      return
    }
    // The kernel still asks about connections of an earlier run.
    guard ports == peer?.ports else { return }
    window = Int(segment.window) << Int(scale)
    if segment.acknowledgment > acknowledged { acknowledged = segment.acknowledgment }
    if segment.flags.contains(.rst) { isOpen = false }
    if segment.payloadCount > 0, segment.sequence == received {
      received += segment.payloadCount
      bytes += segment.payloadCount
      unanswered += 1
    }
    if segment.flags.contains(.fin) {
      received += 1
      isOpen = false
      send([.fin, .ack], payload: 0)
    } else if unanswered >= segmentsAcknowledged {
      unanswered = 0
      send(.ack, payload: 0)
    }
  }

  private func answer(_ ethernet: borrowing EthernetView) {
    guard let question = try? ARPView(ethernet.payload), question.operation == .request,
      question.targetAddress == address
    else { return }
    let count = EthernetHeader.count + ARPHeader.count
    var out = MutableRawSpan(_unsafeStart: output.baseAddress! + header, byteCount: count)
    EthernetHeader.emit(&out, at: 0, to: ethernet.source, from: hardware, type: .arp)
    ARPHeader.emit(
      &out, at: EthernetHeader.count, operation: .reply, senderHardware: hardware, senderAddress: address,
      targetHardware: question.senderHardware, targetAddress: question.senderAddress)
    transmit(count)
  }

  private mutating func send(_ flags: TCPFlags, payload: Int) {
    guard let peer else { return }
    // A window scale of ten, and the size of our segments.
    let options: [UInt8] = flags.contains(.syn) ? [2, 4, 5, 0xb4, 1, 3, 3, 10] : []
    let segment = TCPHeader.count + options.count + payload
    let ip = EthernetHeader.count, tcp = ip + IPv4Header.count
    var out = MutableRawSpan(_unsafeStart: output.baseAddress! + header, byteCount: tcp + segment)
    EthernetHeader.emit(&out, at: 0, to: peer.hardware, from: hardware, type: .ipv4)
    IPv4Header.emit(
      &out, at: ip, source: address.v4Native, destination: peer.address.v4Native, protocol: .tcp,
      payloadCount: segment, identification: 0)
    var sum = TCPHeader.emit(
      &out, at: tcp, ports: peer.ports, sequence: sent, acknowledgment: received, flags: flags,
      window: 65_535, headerCount: TCPHeader.count + options.count)
    out.set(options.span.bytes, at: tcp + TCPHeader.count)
    sum &+= Checksum.sum(options.span.bytes)
    let pseudo = PseudoHeader.sum(
      source: address, destination: peer.address, protocol: .tcp, count: segment)
    let isPending = offloads && payload > 0
    // The payload is all zeros, which add nothing.
    let checksum = isPending ? Checksum.fold(pseudo) : ~Checksum.fold(sum &+ pseudo)
    out.setNative16(checksum, at: tcp + TCPHeader.checksum)
    sent += payload
    if isPending { writeVirtioHeader() }
    transmit(tcp + segment)
    for byte in 0..<options.count { output[header + tcp + TCPHeader.count + byte] = 0 }
    for byte in 0..<header { output[byte] = 0 }
  }

  /// A TCP super-frame with its checksum pending.
  private func writeVirtioHeader() {
    var out = MutableRawSpan(_unsafeStart: output.baseAddress!, byteCount: header)
    out.setByte(1, at: 0)
    out.setByte(1, at: 1)
    out.setNative16(UInt16(Self.headers), at: 2)
    out.setNative16(1_460, at: 4)
    out.setNative16(UInt16(EthernetHeader.count + IPv4Header.count), at: 6)
    out.setNative16(UInt16(TCPHeader.checksum), at: 8)
  }

  private func transmit(_ count: Int) { _ = write(descriptor, output.baseAddress!, header + count) }
}
