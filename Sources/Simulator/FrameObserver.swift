import StrataBase

/// Sees every frame of a world where hosts and cables meet.
public protocol FrameObserver: AnyObject {
  /// A host hands a frame to its cable. Sums that the cable makes are not in it yet.
  func sent(_ frame: RawSpan, from node: WorldHost, now: Instant)
  /// A cable hands a frame to a host.
  func arrived(_ frame: RawSpan, at node: WorldHost, now: Instant)
}

extension FrameObserver {
  public func sent(_ frame: RawSpan, from node: WorldHost, now: Instant) {}
  public func arrived(_ frame: RawSpan, at node: WorldHost, now: Instant) {}
}
