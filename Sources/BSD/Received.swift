/// What one receiving call gave.
public struct Received {
  /// Bytes; of a datagram with MSG_TRUNC all that it had, stored or not.
  public var count: Int
  /// Who sent the datagram, as C has addresses; nil for a stream.
  public var from: [UInt8]?
  /// MSG_TRUNC: the datagram was longer than what there was room for.
  public var flags: MessageFlags = []
  /// Control messages, as C has them: those that options ask for.
  public var control: [UInt8] = []
}
