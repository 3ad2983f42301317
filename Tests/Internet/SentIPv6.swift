import StrataBase
import StrataInternet
import StrataWire

/// What a transmitted IPv6 packet said, as values that outlive its bytes.
struct SentIPv6: CustomStringConvertible {
  var to = HardwareAddress.zero
  var source = Address.any, destination = Address.any
  /// Behind all extension headers.
  var `protocol` = IPProtocol(rawValue: 255)
  var hopLimit: UInt8 = 0
  var payload: [UInt8] = []
  /// Of a control message.
  var checksumIsRight = false
  var icmp: (type: UInt8, code: UInt8, rest: UInt32) = (255, 255, 0)
  var body: [UInt8] = []
  var hasRouterAlert = false
  var description = "?"

  init(_ bytes: [UInt8]) {
    guard let frame = try? EthernetView(bytes.span.bytes), frame.type == .ipv6,
      let packet = try? IPv6View(frame.payload), let walk = try? IPv6ExtensionsView(packet.raw)
    else { return }
    to = frame.destination
    (source, destination) = (packet.source, packet.destination)
    `protocol` = walk.upper
    hopLimit = packet.hopLimit
    hasRouterAlert = walk.hasRouterAlert
    payload = walk.payload.array
    description = "\(source) > \(destination): \(payload.count)"
    guard walk.upper == .icmpv6, let message = try? ICMPv6View(walk.payload) else { return }
    icmp = (message.type.rawValue, message.code, message.rest)
    body = message.body.array
    checksumIsRight = message.checksumIsRight(
      pseudo: PseudoHeader.sum(
        source: source, destination: destination, protocol: .icmpv6, count: payload.count))
    var text = message.description
    if let discovery = try? NDPView(walk.payload) { text = discovery.description }
    if let report = try? MLDReportView(walk.payload) { text = report.description }
    description = "\(source) > \(destination): \(text)"
  }
}
