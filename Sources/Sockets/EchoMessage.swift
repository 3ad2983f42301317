import StrataWire

/// An echo request or reply as an echo socket sends and receives it: type, code, checksum, identifier and
/// sequence, eight bytes (RFC 792, RFC 4443 §4), and the data behind them.
///
/// The ground writes identifier and checksum, and receives only replies to its own requests.
///
/// ```swift
/// let d = try sockets.socket(.echo)
/// let request = EchoMessage.request(sequence: 1, data: [1, 2, 3], to: far)
/// try sockets.send(d, request.span.bytes, to: SocketAddress(address: far, port: 0))
/// ```
public enum EchoMessage {
  /// Bytes in front of the data.
  public static let headerCount = 8

  /// A request as it is handed to `send`.
  public static func request(sequence: UInt16, data: [UInt8], to destination: Address) -> [UInt8] {
    [requestType(destination.isV4), 0, 0, 0, 0, 0, UInt8(sequence >> 8), UInt8(sequence & 0xff)] + data
  }

  /// The sequence of a message; nil for bytes that are none.
  public static func sequence(_ message: RawSpan) -> UInt16? {
    message.byteCount < headerCount ? nil : message.big16(at: 6)
  }

  /// The type of a request: 8 of ICMP, 128 of ICMPv6.
  public static func requestType(_ isV4: Bool) -> UInt8 {
    isV4 ? ICMPv4Type.echoRequest.rawValue : ICMPv6Type.echoRequest.rawValue
  }
}
