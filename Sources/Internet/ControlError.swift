import StrataBase
import StrataWire

/// That a packet of ours did not arrive, and why: from a control message (RFC 792), or from our own
/// attempt to find its next hop. Transports match it to a connection by the ports it quotes.
public struct ControlError: Equatable, Sendable {
  /// What went wrong.
  public enum Kind: Equatable, Sendable {
    case networkUnreachable, hostUnreachable, protocolUnreachable, portUnreachable
    /// The packet was longer than a link takes. `mtu` is what that link takes, in bytes; an estimate where
    /// an old router does not say (RFC 1191 §5).
    case fragmentationNeeded(mtu: Int)
    /// It went round too long, or its fragments never became whole.
    case timeExceeded
  }

  public let kind: Kind
  public let `protocol`: IPProtocol
  /// Ours.
  public let source: Address
  /// Where the packet was to go.
  public let destination: Address
  /// The first eight bytes of its transport header; the first byte is the highest.
  public let transport: UInt64
  /// The code of the control message; 0 where there was none.
  public var code: UInt8 = 0
  /// Who says so: `source` where we found out ourselves.
  public var reporter: Address
  /// The bytes that followed `transport` in the packet, as far as they were quoted; the others are 0.
  public var front = SIMD32<UInt8>()
  public var frontCount = 0

  public init(
    kind: Kind, protocol: IPProtocol, source: Address, destination: Address, transport: UInt64
  ) {
    reporter = source
    self.kind = kind
    self.protocol = `protocol`
    self.source = source
    self.destination = destination
    self.transport = transport
  }

  /// Keeps the front of what a quoted packet carried behind its transport header.
  public mutating func keepFront(_ bytes: RawSpan) {
    frontCount = min(bytes.byteCount, front.scalarCount)
    for at in 0..<frontCount { front[at] = bytes.byte(at: at) }
  }

  /// The same error, as a control message told it.
  public func told(by reporter: Address, code: UInt8) -> ControlError {
    var error = self
    error.reporter = reporter
    error.code = code
    return error
  }

  /// Of an echo request: its identifier.
  public var identifier: UInt16 { UInt16(truncatingIfNeeded: transport >> 16) }
  /// The port that we sent from.
  public var sourcePort: UInt16 { UInt16(truncatingIfNeeded: transport >> 48) }
  /// The port that we sent to.
  public var destinationPort: UInt16 { UInt16(truncatingIfNeeded: transport >> 32) }
  /// Of a TCP segment: where it began. An error about bytes not in flight is forged (RFC 5927 §4.1).
  public var sequence: SequenceNumber { SequenceNumber(UInt32(truncatingIfNeeded: transport)) }
}
