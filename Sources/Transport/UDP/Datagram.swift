import StrataBase

/// A datagram that arrived and waits to be read in place.
public struct Datagram: ~Copyable {
  /// The payload.
  public var frame: Frame
  public let source: SocketName
  /// The address of ours, or the broadcast address, that it was sent to.
  public let destination: SocketName
  /// What was left of its time to live or hop limit.
  public let timeToLive: UInt8

  init(frame: consuming Frame, source: SocketName, destination: SocketName, timeToLive: UInt8) {
    self.frame = frame
    self.source = source
    self.destination = destination
    self.timeToLive = timeToLive
  }
}
