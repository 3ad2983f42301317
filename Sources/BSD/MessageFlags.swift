/// How one message is to be sent or received, and how it was (bits/socket.h).
public struct MessageFlags: OptionSet, Hashable, Sendable {
  public let rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }

  public static let outOfBand = MessageFlags(rawValue: 0x1)  // MSG_OOB
  public static let peek = MessageFlags(rawValue: 0x2)  // MSG_PEEK
  public static let controlTruncated = MessageFlags(rawValue: 0x8)  // MSG_CTRUNC
  public static let truncated = MessageFlags(rawValue: 0x20)  // MSG_TRUNC
  public static let doNotWait = MessageFlags(rawValue: 0x40)  // MSG_DONTWAIT
  public static let waitForAll = MessageFlags(rawValue: 0x100)  // MSG_WAITALL
  public static let errorQueue = MessageFlags(rawValue: 0x2000)  // MSG_ERRQUEUE
  public static let noSignal = MessageFlags(rawValue: 0x4000)  // MSG_NOSIGNAL: we never send one
  public static let more = MessageFlags(rawValue: 0x8000)  // MSG_MORE
}
