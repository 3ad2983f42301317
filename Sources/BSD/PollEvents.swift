/// What a socket is ready for (asm-generic/poll.h).
public struct PollEvents: OptionSet, Hashable, Sendable {
  public let rawValue: Int16
  public init(rawValue: Int16) { self.rawValue = rawValue }

  public static let input = PollEvents(rawValue: 0x1)  // POLLIN
  public static let priority = PollEvents(rawValue: 0x2)  // POLLPRI
  public static let output = PollEvents(rawValue: 0x4)  // POLLOUT
  public static let error = PollEvents(rawValue: 0x8)  // POLLERR
  public static let hangUp = PollEvents(rawValue: 0x10)  // POLLHUP
  public static let invalid = PollEvents(rawValue: 0x20)  // POLLNVAL
  public static let normalInput = PollEvents(rawValue: 0x40)  // POLLRDNORM
  public static let normalOutput = PollEvents(rawValue: 0x100)  // POLLWRNORM
  public static let bandOutput = PollEvents(rawValue: 0x200)  // POLLWRBAND
  public static let peerHangUp = PollEvents(rawValue: 0x2000)  // POLLRDHUP

  /// Those that are told whether they were asked for or not.
  public static let always: PollEvents = [.error, .hangUp]

  static let readable: PollEvents = [.input, .normalInput]
  static let writable: PollEvents = [.output, .normalOutput]
}
