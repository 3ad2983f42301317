import StrataBase
import StrataWire

/// What a server granted: an address for some time, and what a host has to know of its network.
public struct DHCPLease: Equatable, Sendable {
  /// A router for a network; on the link itself where `gateway` is unspecified.
  public struct Route: Equatable, Sendable {
    public let network: AddressPrefix
    public let gateway: Address

    public init(network: AddressPrefix, gateway: Address) {
      self.network = network
      self.gateway = gateway
    }
  }

  /// Our address and network.
  public let address: AddressPrefix
  public let server: Address
  /// RFC 3442: where the server gives classless routes, its router option does not count.
  public let routes: [Route]
  public let nameServers: [Address]
  /// In whatever letters the server used.
  public let domainName: String
  /// T1: ask the server again. T2: ask any server. Then it is over.
  public let renewAt: Instant
  public let rebindAt: Instant
  public let endsAt: Instant

  /// The most routes and name servers that are taken.
  static var mostEntries: Int { 16 }

  /// What a message grants from `now` on; nil where it does not say enough.
  init?(_ message: borrowing DHCPView, at now: Instant) {
    let yours = message.yours
    guard !yours.isUnspecified, !yours.isMulticast, !yours.isBroadcast, !yours.isLoopback,
      let server = message.address(.server), let seconds = message.number(.leaseTime), seconds > 0
    else { return nil }
    self.server = server
    address = AddressPrefix(yours, length: Self.length(of: message, yours))
    // RFC 2131 §3.3: all ones is for ever.
    let isForever = seconds == .max
    let time = Int64(seconds)
    // RFC 2131 §4.4.5: "T1 defaults to (0.5 * duration_of_lease). T2 defaults to (0.875 * ...)".
    let second = min(message.number(.rebindingTime).map { Int64($0) } ?? time * 7 / 8, time)
    let first = min(message.number(.renewalTime).map { Int64($0) } ?? time / 2, second)
    renewAt = isForever ? .never : now + .seconds(first)
    rebindAt = isForever ? .never : now + .seconds(second)
    endsAt = isForever ? .never : now + .seconds(time)
    routes = Self.routes(of: message)
    nameServers = Self.addresses(message.option(.nameServers))
    domainName = Self.text(message.option(.domainName))
  }

  private static func length(of message: borrowing DHCPView, _ address: Address) -> Int {
    if let mask = message.number(.subnetMask) { return (~mask).leadingZeroBitCount }
    // RFC 950: without a mask the class of the address says the network.
    return address.v4 >> 31 == 0 ? 8 : address.v4 >> 30 == 2 ? 16 : 24
  }

  private static func addresses(_ bytes: RawSpan?) -> [Address] {
    guard let bytes else { return [] }
    let count = min(bytes.byteCount / 4, mostEntries)
    return (0..<count).map { Address(v4Native: bytes.native32(at: $0 * 4)) }
  }

  private static func text(_ bytes: RawSpan?) -> String {
    guard let bytes else { return "" }
    return String(decoding: bytes.array, as: UTF8.self)
  }

  private static func routes(of message: borrowing DHCPView) -> [Route] {
    guard let bytes = message.option(.classlessRoutes) else {
      let all = AddressPrefix(.anyV4, length: 0)
      return message.address(.router).map { [Route(network: all, gateway: $0)] } ?? []
    }
    var routes: [Route] = []
    var at = 0
    // RFC 3442: a length, as many bytes of the network as it needs, and the router.
    while at < bytes.byteCount, routes.count < mostEntries {
      let length = Int(bytes.byte(at: at)), count = (length + 7) / 8
      guard length <= 32, at + 1 + count + 4 <= bytes.byteCount else { return routes }
      var network: UInt32 = 0
      for index in 0..<count { network |= UInt32(bytes.byte(at: at + 1 + index)) << UInt32(24 - 8 * index) }
      let gateway = Address(v4Native: bytes.native32(at: at + 1 + count))
      routes.append(Route(network: AddressPrefix(Address(v4: network), length: length), gateway: gateway))
      at += 1 + count + 4
    }
    return routes
  }
}
