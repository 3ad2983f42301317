import StrataBase

// Address Resolution Protocol for IPv4 on Ethernet (RFC 826)
//
//  0                   1                   2                   3
//  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
// +-------------------------------+-------------------------------+
// |      Hardware type (1)        |     Protocol type (0x0800)    |
// +---------------+---------------+-------------------------------+
// | Hw length (6) | Pr length (4) |           Operation           |
// +---------------+---------------+-------------------------------+
// |                    Sender hardware address                    |
// |                               +-------------------------------+
// |                               |    Sender protocol address    |
// +-------------------------------+-------------------------------+
// |                               |    Target hardware address    |
// +-------------------------------+                               |
// |                                                               |
// +---------------------------------------------------------------+
// |                    Target protocol address                    |
// +---------------------------------------------------------------+

/// Whether a message asks or answers.
@frozen public enum ARPOperation: UInt16, Sendable {
  case request = 1
  case reply = 2
}

/// An ARP message that was read: IPv4 on Ethernet, and a question or an answer.
///
/// ```swift
/// let message = try ARPView(frame.payload)
/// if message.operation == .request, message.targetAddress == mine { ... }
/// ```
@frozen public struct ARPView: ~Escapable {
  public let raw: RawSpan
  public let operation: ARPOperation

  /// Other hardware, other protocols and other operations are `.unsupported`.
  @_lifetime(copy raw) @inline(__always)
  @inlinable public init(_ raw: RawSpan) throws(WireError) {
    guard raw.byteCount >= ARPHeader.count else { throw .short }
    guard raw.big64(at: 0) >> 16 == ARPHeader.kind,
      let operation = ARPOperation(rawValue: raw.big16(at: ARPHeader.operation))
    else { throw .unsupported }
    self.raw = raw.extracting(first: ARPHeader.count)
    self.operation = operation
  }

  @inlinable public var senderHardware: HardwareAddress { HardwareAddress(raw, at: ARPHeader.senderHardware) }
  @inlinable public var senderAddress: Address { Address(v4: raw.big32(at: ARPHeader.senderAddress)) }
  @inlinable public var targetHardware: HardwareAddress { HardwareAddress(raw, at: ARPHeader.targetHardware) }
  @inlinable public var targetAddress: Address { Address(v4: raw.big32(at: ARPHeader.targetAddress)) }
}

/// Writes ARP messages.
@frozen public enum ARPHeader {
  /// Ethernet, IPv4 and the lengths of their addresses: the first six bytes.
  @inlinable public static var kind: UInt64 { 0x0001_0800_0604 }
  @inlinable public static var operation: Int { 6 }
  @inlinable public static var senderHardware: Int { 8 }
  @inlinable public static var senderAddress: Int { 14 }
  @inlinable public static var targetHardware: Int { 18 }
  @inlinable public static var targetAddress: Int { 24 }
  /// Bytes of a message.
  @inlinable public static var count: Int { 28 }

  /// Writes a whole message of 28 bytes. Both addresses have to be IPv4.
  @_lifetime(out: copy out)
  @inlinable public static func emit(
    _ out: inout MutableRawSpan, at o: Int, operation: ARPOperation,
    senderHardware: HardwareAddress, senderAddress: Address,
    targetHardware: HardwareAddress, targetAddress: Address
  ) {
    out.setBig64(kind << 16 | UInt64(operation.rawValue), at: o)
    senderHardware.emit(&out, at: o &+ self.senderHardware)
    out.setNative32(senderAddress.v4Native, at: o &+ self.senderAddress)
    targetHardware.emit(&out, at: o &+ self.targetHardware)
    out.setNative32(targetAddress.v4Native, at: o &+ self.targetAddress)
  }
}

extension ARPView {
  /// As tcpdump prints it.
  public var description: String {
    switch operation {
    case .request: "ARP, Request who-has \(targetAddress) tell \(senderAddress), length \(raw.byteCount)"
    case .reply: "ARP, Reply \(senderAddress) is-at \(senderHardware), length \(raw.byteCount)"
    }
  }
}
