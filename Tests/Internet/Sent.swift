import StrataBase
import StrataWire

/// What a transmitted IPv4 packet said, as values that outlive its bytes.
struct Sent {
  var to = HardwareAddress.zero, from = HardwareAddress.zero
  var source = Address.any, destination = Address.any
  var `protocol` = IPProtocol(rawValue: 255)
  var timeToLive: UInt8 = 0
  var dontFragment = false
  /// Of the header, and of the control message if it is one.
  var checksumsAreRight = false
  var payload: [UInt8] = []
  var icmp: (type: UInt8, code: UInt8) = (255, 255)
  /// Of a control message.
  var body: [UInt8] = []

  init(_ bytes: [UInt8]) {
    let raw = bytes.span.bytes
    guard let frame = try? EthernetView(raw), let packet = try? IPv4View(frame.payload) else { return }
    (to, from) = (frame.destination, frame.source)
    (source, destination) = (packet.sourceAddress, packet.destinationAddress)
    `protocol` = packet.protocol
    timeToLive = packet.timeToLive
    dontFragment = packet.dontFragment
    checksumsAreRight = packet.checksumIsRight && frame.type == .ipv4
    payload = packet.payload.array
    guard packet.protocol == .icmp, let message = try? ICMPv4View(packet.payload) else { return }
    icmp = (message.type.rawValue, message.code)
    checksumsAreRight = checksumsAreRight && message.checksumIsRight
    body = message.body.array
  }
}
