/// The bounds of a table, each a number of entries.
public struct TableLimits: Equatable, Sendable {
  /// Handshakes that are under way, over all listeners. 64 bytes each.
  public var halfOpen: Int
  /// Handshakes that are under way at one listener, so that one flood leaves room for the others.
  public var halfOpenPerListener: Int
  /// Names that wait for 2 MSL to pass. 64 bytes each; the oldest gives way.
  public var timeWait: Int
  /// The longest queue of finished connections that a listener may ask for, as Linux' somaxconn.
  public var backlog: Int
  /// Listeners.
  public var listeners: Int
  /// Answers to segments that belong to no connection, a second and at once.
  public var answersPerSecond: Int
  public var answersAtOnce: Int

  public init(
    halfOpen: Int = 16_384, halfOpenPerListener: Int = 4_096, timeWait: Int = 65_536, backlog: Int = 4_096,
    listeners: Int = 4_096, answersPerSecond: Int = 1_000, answersAtOnce: Int = 50
  ) {
    self.halfOpen = halfOpen
    self.halfOpenPerListener = halfOpenPerListener
    self.timeWait = timeWait
    self.backlog = backlog
    self.listeners = listeners
    self.answersPerSecond = answersPerSecond
    self.answersAtOnce = answersAtOnce
  }
}
