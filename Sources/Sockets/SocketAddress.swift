import StrataWire

/// An address and a port: one end of a conversation.
///
/// ```swift
/// let end = SocketAddress("10.0.0.1:80")!
/// print(end.port, end)   // 80 10.0.0.1:80
/// ```
public struct SocketAddress: Hashable, Sendable {
  public var address: Address
  /// 0 asks `bind` for any free port.
  public var port: UInt16

  public init(address: Address, port: UInt16) {
    self.address = address
    self.port = port
  }

  /// Reads `10.0.0.1:80` or `[::1]:80` (RFC 3986 §3.2.2). Nil for anything else; names are not
  /// looked up.
  public init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":") else { return nil }
    let digits = text[text.index(after: colon)...]
    // `UInt16(_:)` takes a sign; a port has none.
    guard digits.allSatisfy({ ("0"..."9").contains($0) }), let port = UInt16(digits) else { return nil }
    var host = text[..<colon]
    if host.first == "[" {
      guard host.last == "]", host.count > 2 else { return nil }
      host = host.dropFirst().dropLast()
      guard host.contains(":") else { return nil }
    } else if host.contains(":") {
      return nil
    }
    guard let address = Address(String(host)) else { return nil }
    self.init(address: address, port: port)
  }
}

extension SocketAddress: CustomStringConvertible {
  public var description: String {
    let host = address.description
    return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
  }
}
