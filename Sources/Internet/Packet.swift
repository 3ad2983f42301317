import StrataBase
import StrataWire

/// A packet for this host whose Internet header was read: what TCP and UDP get.
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
  /// One of this host's addresses, or a broadcast address of its networks.
  public let destination: Address
  public let `protocol`: IPProtocol
  public let timeToLive: UInt8
  /// Bytes of the Internet header in front of `frame`; 0 where there is none to quote.
  public let headerCount: UInt8
  /// It was sent to everyone on a network, so no error may answer it.
  public let isBroadcast: Bool

  @inline(__always)
  public init(
    frame: consuming Frame, source: Address, destination: Address, protocol: IPProtocol,
    timeToLive: UInt8 = 64, headerCount: UInt8 = 0, isBroadcast: Bool = false
  ) {
    self.frame = frame
    self.source = source
    self.destination = destination
    self.protocol = `protocol`
    self.timeToLive = timeToLive
    self.headerCount = headerCount
    self.isBroadcast = isBroadcast
  }

  /// The frame alone; the packet is gone.
  public consuming func takeFrame() -> Frame { frame }
}

/// What a received frame was to the layers above.
public enum Arrival: ~Copyable {
  /// Nothing: it was answered here, or dropped and counted.
  case none
  /// A TCP segment or UDP datagram for this host.
  case packet(Packet)
  /// A router or host could not deliver something that we sent.
  case error(ControlError)
}
