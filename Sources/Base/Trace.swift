/// Where a layer says what happened. Without a log behind it an event costs a test of a pointer, and
/// its arguments are not evaluated.
///
/// ```swift
/// trace(Event(.segmentSent, at: now, flow: slot, a: offset, c: count))
/// ```
@frozen public struct Trace {
  @usableFromInline let log: UnsafeMutablePointer<EventLog>?
  @usableFromInline let host: UInt16

  /// Says nothing to nobody.
  @inlinable public init() {
    log = nil
    host = 0
  }
  /// `log` must outlive every layer that was handed this trace.
  @inlinable public init(_ log: UnsafeMutablePointer<EventLog>, host: UInt16) {
    self.log = log
    self.host = host
  }

  /// The same log under another number, for a part that speaks for several.
  @inlinable public func onHost(_ host: UInt16) -> Trace {
    guard let log else { return self }
    return Trace(log, host: host)
  }

  @inline(__always) @inlinable public func callAsFunction(_ event: @autoclosure () -> Event) {
    guard let log else { return }
    var event = event()
    event.host = host
    log.pointee.append(event)
  }

  /// Says an event that what follows is caused by, up to the next such event.
  @inline(__always) @inlinable public func beginning(_ event: @autoclosure () -> Event) {
    guard let log else { return }
    var event = event()
    event.host = host
    log.pointee.cause = 0
    log.pointee.cause = log.pointee.append(event)
  }
}
