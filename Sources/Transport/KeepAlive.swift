import StrataBase

/// When a silent peer is asked whether it is still there (RFC 9293 §3.8.4).
public struct KeepAlive: Hashable, Sendable {
  /// Silence before the first probe.
  public var idle: Interval
  /// Silence between probes.
  public var interval: Interval
  /// Probes without an answer after which the connection has timed out.
  public var count: UInt8

  /// Linux's values where nothing is said: two hours, then nine probes 75 seconds apart.
  public init(idle: Interval = .seconds(7_200), interval: Interval = .seconds(75), count: UInt8 = 9) {
    self.idle = idle
    self.interval = interval
    self.count = count
  }
}
