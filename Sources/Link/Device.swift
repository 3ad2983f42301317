import StrataBase

/// A link's end, as a host sees it: frames go in and frames come out, and neither call waits.
///
/// ```swift
/// while let frame = device.receive(at: now) { ... }
/// device.send(frame, at: now)
/// ```
public protocol Device: ~Copyable {
  /// What the device takes; it may change while the device runs.
  var capabilities: LinkCapabilities { get }
  /// The next frame that has arrived by `now`; nil when there is none.
  mutating func receive(at now: Instant) -> Frame?
  /// Sends a frame, or drops it and counts that, as every link may.
  mutating func send(_ frame: consuming Frame, at now: Instant)
}
