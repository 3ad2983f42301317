import StrataBase

/// News of one socket: what it became ready for.
public struct SocketEvent: Hashable, Sendable {
  public let descriptor: Descriptor
  public let readiness: Readiness

  public init(descriptor: Descriptor, readiness: Readiness) {
    self.descriptor = descriptor
    self.readiness = readiness
  }
}
