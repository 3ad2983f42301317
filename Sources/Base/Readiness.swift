/// What a socket is ready for.
public struct Readiness: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8

  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Bytes, a datagram, the end of the stream or a connection to accept is there: the call does not
  /// block.
  @inlinable public static var readable: Readiness { Readiness(rawValue: 1) }
  /// At least one byte (or a datagram) would be taken. A stream becomes writable by being connected.
  @inlinable public static var writable: Readiness { Readiness(rawValue: 2) }
  /// The peer has sent its end; what came before it may still wait to be read.
  @inlinable public static var peerClosed: Readiness { Readiness(rawValue: 4) }
  /// The connection is broken or was never made; `takeError` says why.
  @inlinable public static var failed: Readiness { Readiness(rawValue: 8) }
}

extension Readiness: CustomStringConvertible {
  public var description: String {
    var names: [String] = []
    if contains(.readable) { names.append("readable") }
    if contains(.writable) { names.append("writable") }
    if contains(.peerClosed) { names.append("peerClosed") }
    if contains(.failed) { names.append("failed") }
    return "[" + names.joined(separator: ", ") + "]"
  }
}
