/// What the owner of a connection must do after a call of it.
public struct Disposition: OptionSet, Hashable, Sendable {
  public let rawValue: UInt8
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// Call `emit` until it gives nothing.
  public static var transmit: Disposition { Disposition(rawValue: 1) }
  /// A readiness that was not there before is there now.
  public static var readinessRose: Disposition { Disposition(rawValue: 2) }
  /// Remove it: the protocol has ended and the user is gone. While the user is there a connection that
  /// ended stays, in CLOSED, so that its last bytes and its failure can be read.
  public static var closed: Disposition { Disposition(rawValue: 4) }
  /// It waits out 2 MSL and the user is gone: a compact entry may take its place once `emit` gives
  /// nothing. It can also stay; it does then the same by itself.
  public static var timeWait: Disposition { Disposition(rawValue: 8) }
  /// Answer the segment that was given with a RST made from it (RFC 9293 §3.10.7.1).
  public static var reset: Disposition { Disposition(rawValue: 16) }
}
