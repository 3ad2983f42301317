/// An address and how many of its first bits name its network, as in 10.0.0.2/24 (RFC 4632 §3.1).
///
/// ```swift
/// let prefix = AddressPrefix("10.0.0.2/24")!
/// prefix.contains(Address("10.0.0.77")!)   // true
/// prefix.network.description               // "10.0.0.0"
/// ```
@frozen public struct AddressPrefix: Hashable, Sendable {
  public var address: Address
  /// Bits of the network: 0...32 for IPv4, 0...128 for IPv6.
  public var length: Int

  /// `length` is cut to what the address has.
  @inlinable public init(_ address: Address, length: Int) {
    self.address = address
    self.length = min(max(length, 0), address.isV4 ? 32 : 128)
  }

  /// The network's mask over all 16 bytes, in host order.
  @inlinable var mask: (high: UInt64, low: UInt64) {
    let bits = address.isV4 ? length &+ 96 : length
    return (
      bits >= 64 ? .max : ~(UInt64.max >> UInt64(bits)),
      bits >= 128 ? .max : bits <= 64 ? 0 : ~(UInt64.max >> UInt64(bits &- 64))
    )
  }

  /// Whether an address of the same version lies in this network.
  @inlinable public func contains(_ other: Address) -> Bool {
    let mask = mask
    return (other.high ^ address.high) & mask.high.bigEndian == 0
      && (other.low ^ address.low) & mask.low.bigEndian == 0 && other.isV4 == address.isV4
  }

  /// The address with all bits of the host cleared.
  @inlinable public var network: Address {
    let mask = mask
    return Address(high: address.high & mask.high.bigEndian, low: address.low & mask.low.bigEndian)
  }

  /// The address of everyone in an IPv4 network; nil for IPv6, and for /31 and /32, which have no such
  /// address (RFC 3021).
  @inlinable public var broadcast: Address? {
    guard address.isV4, length < 31 else { return nil }
    return Address(v4: address.v4 | UInt32.max >> UInt32(length))
  }
}

extension AddressPrefix: CustomStringConvertible {
  /// Reads `address/length`; a bare address is a network of its own.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let address = Address(String(parts[0])) else { return nil }
    let most = address.isV4 ? 32 : 128
    var length = most
    if parts.count == 2 {
      guard parts[1].utf8.count <= 3, parts[1].utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
        let number = Int(parts[1]), number <= most
      else { return nil }
      length = number
    }
    self.init(address, length: length)
  }

  public var description: String { "\(address)/\(length)" }
}
