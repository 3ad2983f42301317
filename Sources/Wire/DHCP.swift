import StrataBase

// Dynamic Host Configuration Protocol (RFC 2131 §2; options: RFC 2132, RFC 3442)
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +---------------+---------------+---------------+---------------+
// |   Operation   | Hardware Type |  Its Length   |     Hops      |
// +---------------+---------------+---------------+---------------+
// |                        Transaction                            |
// +-------------------------------+-+-----------------------------+
// |            Seconds            |B|            Flags            |
// +-------------------------------+-+-----------------------------+
// |                        Client Address                         |
// |                         Your Address                          |
// |                        Server Address                         |
// |                        Relay Address                          |
// +---------------------------------------------------------------+
// |     Hardware Address (16), Server Name (64), File (128)       |
// +---------------------------------------------------------------+
// |         Magic Cookie 63 82 53 63, then options                |
// +---------------------------------------------------------------+

/// What a message is: its option 53.
@frozen public enum DHCPMessageType: UInt8, Sendable {
  case discover = 1
  case offer = 2
  case request = 3
  case decline = 4
  case acknowledgment = 5
  case refusal = 6
  case release = 7
  case inform = 8
}

/// The numbers of options that are read or written here.
@frozen public struct DHCPOption: RawRepresentable, Hashable, Sendable {
  public var rawValue: UInt8
  @inline(__always) @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  @inlinable public static var pad: DHCPOption { DHCPOption(rawValue: 0) }
  @inlinable public static var subnetMask: DHCPOption { DHCPOption(rawValue: 1) }
  @inlinable public static var router: DHCPOption { DHCPOption(rawValue: 3) }
  @inlinable public static var nameServers: DHCPOption { DHCPOption(rawValue: 6) }
  @inlinable public static var domainName: DHCPOption { DHCPOption(rawValue: 15) }
  @inlinable public static var requestedAddress: DHCPOption { DHCPOption(rawValue: 50) }
  /// Seconds.
  @inlinable public static var leaseTime: DHCPOption { DHCPOption(rawValue: 51) }
  @inlinable public static var messageType: DHCPOption { DHCPOption(rawValue: 53) }
  @inlinable public static var server: DHCPOption { DHCPOption(rawValue: 54) }
  @inlinable public static var parameters: DHCPOption { DHCPOption(rawValue: 55) }
  /// T1, seconds.
  @inlinable public static var renewalTime: DHCPOption { DHCPOption(rawValue: 58) }
  /// T2, seconds.
  @inlinable public static var rebindingTime: DHCPOption { DHCPOption(rawValue: 59) }
  /// Routes with masks of any length (RFC 3442).
  @inlinable public static var classlessRoutes: DHCPOption { DHCPOption(rawValue: 121) }
  @inlinable public static var end: DHCPOption { DHCPOption(rawValue: 255) }
}

/// A message that was read.
///
/// ```swift
/// let message = try DHCPView(datagram)
/// if message.type == .offer, let lease = message.number(.leaseTime) { ... }
/// ```
@frozen public struct DHCPView: ~Escapable {
  public let raw: RawSpan

  @_lifetime(copy raw)
  @inlinable public init(_ raw: RawSpan) throws(WireError) {
    guard raw.byteCount >= DHCPHeader.count else { throw .short }
    // RFC 2131 §3: "The first four octets of the 'options' field of the DHCP message contain the
    // (decimal) values 99, 130, 83 and 99".
    guard raw.big32(at: DHCPHeader.cookie) == DHCPHeader.cookieValue else { throw .unsupported }
    guard raw.byte(at: 1) == 1, raw.byte(at: 2) == 6 else { throw .unsupported }
    self.raw = raw
  }

  /// Whether a server says it.
  @inlinable public var isReply: Bool { raw.byte(at: 0) == 2 }
  @inlinable public var transaction: UInt32 { raw.big32(at: DHCPHeader.transaction) }
  @inlinable public var seconds: UInt16 { raw.big16(at: DHCPHeader.seconds) }
  /// The client cannot be reached by its address yet.
  @inlinable public var wantsBroadcast: Bool { raw.byte(at: DHCPHeader.flags) & 0x80 != 0 }
  /// ciaddr: the address that the client has and uses.
  @inlinable public var client: Address { Address(v4Native: raw.native32(at: DHCPHeader.client)) }
  /// yiaddr: the address that the server gives.
  @inlinable public var yours: Address { Address(v4Native: raw.native32(at: DHCPHeader.yours)) }
  @inlinable public var hardware: HardwareAddress { HardwareAddress(raw, at: DHCPHeader.hardware) }

  /// What an option carries; nil where it is not there, or not whole.
  @_lifetime(copy self)
  public func option(_ wanted: DHCPOption) -> RawSpan? {
    var at = DHCPHeader.count
    while at < raw.byteCount {
      let code = raw.byte(at: at)
      if code == DHCPOption.end.rawValue { return nil }
      at += 1
      if code == DHCPOption.pad.rawValue { continue }
      guard at < raw.byteCount else { return nil }
      let count = Int(raw.byte(at: at))
      at += 1
      guard count <= raw.byteCount - at else { return nil }
      if code == wanted.rawValue { return raw.extracting(at..<(at + count)) }
      at += count
    }
    return nil
  }

  /// The bytes of all options up to the end, as they are; without the end itself.
  public var optionsCount: Int {
    var at = DHCPHeader.count
    while at < raw.byteCount {
      let code = raw.byte(at: at)
      if code == DHCPOption.end.rawValue { break }
      if code == DHCPOption.pad.rawValue {
        at += 1
        continue
      }
      guard at + 1 < raw.byteCount, at + 2 + Int(raw.byte(at: at + 1)) <= raw.byteCount else { break }
      at += 2 + Int(raw.byte(at: at + 1))
    }
    return at - DHCPHeader.count
  }

  public var type: DHCPMessageType? {
    guard let bytes = option(.messageType), bytes.byteCount == 1 else { return nil }
    return DHCPMessageType(rawValue: bytes.byte(at: 0))
  }
  /// An option of four bytes as a number.
  public func number(_ wanted: DHCPOption) -> UInt32? {
    guard let bytes = option(wanted), bytes.byteCount == 4 else { return nil }
    return bytes.big32(at: 0)
  }
  /// The first address that an option carries.
  public func address(_ wanted: DHCPOption) -> Address? {
    guard let bytes = option(wanted), bytes.byteCount >= 4 else { return nil }
    return Address(v4Native: bytes.native32(at: 0))
  }
}

/// Writes messages.
@frozen public enum DHCPHeader {
  @inlinable public static var transaction: Int { 4 }
  @inlinable public static var seconds: Int { 8 }
  @inlinable public static var flags: Int { 10 }
  @inlinable public static var client: Int { 12 }
  @inlinable public static var yours: Int { 16 }
  @inlinable public static var hardware: Int { 28 }
  @inlinable public static var cookie: Int { 236 }
  @inlinable public static var cookieValue: UInt32 { 0x6382_5363 }
  /// Bytes in front of the options.
  @inlinable public static var count: Int { 240 }
  /// What every client and server takes (RFC 2131 §2), without the headers below.
  @inlinable public static var smallestLimit: Int { 548 }
  @inlinable public static var serverPort: UInt16 { 67 }
  @inlinable public static var clientPort: UInt16 { 68 }

  /// Writes everything in front of the options.
  @_lifetime(out: copy out)
  public static func emit(
    _ out: inout MutableRawSpan, at o: Int, isReply: Bool, transaction t: UInt32, seconds s: UInt16 = 0,
    wantsBroadcast: Bool = false, client c: Address = .anyV4, yours y: Address = .anyV4,
    hardware h: HardwareAddress
  ) {
    for at in stride(from: o, to: o + count, by: 4) { out.setNative32(0, at: at) }
    out.setBig32((isReply ? 0x0200_0000 : 0x0100_0000) | 0x0001_0600, at: o)
    out.setBig32(t, at: o + transaction)
    out.setBig32(UInt32(s) << 16 | (wantsBroadcast ? 0x8000 : 0), at: o + seconds)
    out.setNative32(c.v4Native, at: o + client)
    out.setNative32(y.v4Native, at: o + yours)
    h.emit(&out, at: o + hardware)
    out.setBig32(cookieValue, at: o + cookie)
  }
}

extension DHCPView {
  /// As tcpdump prints it.
  public var description: String {
    let name = type.map { "\($0)" } ?? "BOOTP"
    var text = "DHCP \(name) from \(hardware), xid 0x\(String(transaction, radix: 16)), secs \(seconds)"
    if wantsBroadcast { text += ", broadcast" }
    if !client.isUnspecified { text += ", client-IP \(client)" }
    if !yours.isUnspecified { text += ", your-IP \(yours)" }
    return text + ", options \(optionsCount)"
  }
}
