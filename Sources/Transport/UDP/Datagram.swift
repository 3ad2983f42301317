import StrataBase

/// A datagram that arrived and waits to be read in place.
public struct Datagram: ~Copyable {
  /// The payload.
  public var frame: Frame
  public let source: SocketName
  /// The address of ours, or the broadcast address, that it was sent to.
  public let destination: SocketName

  init(frame: consuming Frame, source: SocketName, destination: SocketName) {
    self.frame = frame
    self.source = source
    self.destination = destination
  }
}
