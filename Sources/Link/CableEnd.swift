import StrataBase

/// One end of a cable as a device, for code that is written against `Device`.
///
/// ```swift
/// var device = CableEnd(cable, 0)
/// device.send(frame, at: now)
/// ```
@frozen public struct CableEnd: Device, ~Copyable {
  @usableFromInline let cable: UnsafeMutablePointer<Cable>
  @usableFromInline let end: Int

  /// `cable` must outlive both its ends.
  @inlinable public init(_ cable: UnsafeMutablePointer<Cable>, _ end: Int) {
    precondition(end == 0 || end == 1)
    self.cable = cable
    self.end = end
  }

  @inlinable public var capabilities: LinkCapabilities { cable.pointee.settings.capabilities }
  @inline(__always) @inlinable public mutating func receive(at now: Instant) -> Frame? {
    cable.pointee.receive(at: end, now)
  }
  @inline(__always) @inlinable public mutating func send(_ frame: consuming Frame, at now: Instant) {
    cable.pointee.send(frame, from: end, at: now)
  }
}
