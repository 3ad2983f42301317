/// What a UDP table counted since it was made.
public struct UDPCounters: Equatable, Sendable {
  public var datagramsIn = 0
  public var datagramsOut = 0
  /// Datagrams that were dropped, by reason.
  public var malformed = 0
  public var badChecksum = 0
  public var nobody = 0
  public var queueFull = 0
  /// Control errors for which their socket had no room.
  public var errorsFull = 0

  public init() {}
}
