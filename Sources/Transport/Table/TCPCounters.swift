/// What a table counted since it was made.
public struct TCPCounters: Equatable, Sendable {
  public var segmentsIn = 0
  public var segmentsOut = 0
  /// Connections that were opened by us, and those that were made at our listeners.
  public var opened = 0
  public var accepted = 0
  /// Connections that are gone.
  public var closed = 0
  /// Resets that were sent in the table's name, and those that the limit kept back.
  public var resetsSent = 0
  public var answersLimited = 0
  /// Half-open handshakes: begun, given up after the last retry, SYN+ACKs sent again.
  public var halfOpened = 0
  public var halfOpenExpired = 0
  public var handshakesSentAgain = 0
  /// SYN cookies that were given out, and connections that came of them.
  public var cookiesGiven = 0
  public var cookiesTaken = 0
  /// TIME-WAIT entries that gave way to newer ones, and names that a newer SYN took over.
  public var timeWaitReclaimed = 0
  public var timeWaitReused = 0
  /// Segments that were dropped, by reason.
  public var malformed = 0
  public var badChecksum = 0
  public var finishedQueueFull = 0
  public var halfOpenFull = 0
  public var tableFull = 0
  public var unacceptable = 0
  public var noBuffers = 0
  public var noRoute = 0
  /// Our own mistakes, each of which cost one connection.
  public var invariantsBroken = 0

  public init() {}
}
