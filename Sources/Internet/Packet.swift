import StrataBase
import StrataWire

/// A packet for this host whose Internet header was read: what the transports get.
///
/// ```swift
/// if case .packet(let packet) = internet.receive(frame, on: 0, at: now), packet.protocol == .tcp {
///   tcp.receive(packet, &internet, at: now)
/// }
/// ```
public struct Packet: ~Copyable {
  /// Begins at the transport header; padding is cut off. The headers in front of it are still in the
  /// buffer, untouched, for an error to quote.
  public var frame: Frame
  public let source: Address
  /// One of this host's addresses, a broadcast address of its networks, or a group's.
  public let destination: Address
  /// The four small facts in one word: apart they cost the data path a tenth of its instructions.
  private let facts: UInt32

  @inline(__always)
  public init(
    frame: consuming Frame, source: Address, destination: Address, protocol: IPProtocol,
    timeToLive: UInt8 = 64, headerCount: UInt16 = 0, isBroadcast: Bool = false
  ) {
    self.frame = frame
    self.source = source
    self.destination = destination
    facts =
      UInt32(timeToLive) | UInt32(`protocol`.rawValue) << 8 | UInt32(headerCount) << 16
      | (isBroadcast ? 1 << 31 : 0)
  }

  public var `protocol`: IPProtocol { IPProtocol(rawValue: UInt8(truncatingIfNeeded: facts >> 8)) }
  public var timeToLive: UInt8 { UInt8(truncatingIfNeeded: facts) }
  /// Bytes of the Internet header in front of `frame`, with extension headers; 0 where there is none to
  /// quote.
  public var headerCount: UInt16 { UInt16(truncatingIfNeeded: facts >> 16 & 0x7fff) }
  /// It was sent to everyone on a network, or to a group, so no error may answer it.
  public var isBroadcast: Bool { facts >> 31 != 0 }

  /// The frame alone; the packet is gone.
  public consuming func takeFrame() -> Frame { frame }
}

/// What a received frame was to the layers above.
public enum Arrival: ~Copyable {
  /// Nothing: it was answered here, or dropped and counted.
  case none
  /// A TCP segment, a UDP datagram or an echo reply, whose checksum was proven, for this host.
  case packet(Packet)
  /// A router or host could not deliver something that we sent.
  case error(ControlError)
}
