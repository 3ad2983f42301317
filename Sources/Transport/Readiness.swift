/// What the user of a connection could do now, with the same bits as a socket's readiness.
public struct Readiness: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Bytes, the end of the stream or a failure can be read.
  public static var readable: Readiness { Readiness(rawValue: 1) }
  /// A quarter of the send buffer's memory is free, or writing would fail at once.
  public static var writable: Readiness { Readiness(rawValue: 2) }
  /// The peer sent its end.
  public static var peerClosed: Readiness { Readiness(rawValue: 4) }
  public static var failed: Readiness { Readiness(rawValue: 8) }
}
